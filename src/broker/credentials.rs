//! The real credentials of a run, which never leave the broker but on the way to their provider.

use std::sync::Arc;

use age::secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::model::credential_id::CredentialId;
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::{Asked, Tokens, Unavailable};
use crate::refresh::worker::Workers;

/// The keys that a request is signed with by OAuth 1.0a.
pub(crate) struct SigningKeys {
    pub(crate) consumer_key: String,
    pub(crate) consumer_secret: SecretString,
    pub(crate) token_secret: SecretString,
}

/// A credential in use.
pub(crate) struct LiveCredential {
    pub(crate) id: CredentialId,
    /// The name under which the calls of its account are counted.
    pub(crate) owner: String,
    pub(crate) source: TokenSource,
}

/// The source of a credential's token.
pub(crate) enum TokenSource {
    /// It never changes.
    Fixed { token: Arc<Live>, signing: Option<SigningKeys> },
    /// It is kept fresh.
    Kept { tokens: Tokens, renewal: Renewal },
}

/// The renewal of a token that the provider refused.
pub(crate) struct Renewal {
    workers: Arc<Workers>,
    /// The token that was refused last, and the one in its place. Held while one is asked for.
    last: Mutex<Option<(Arc<Live>, Arc<Live>)>>,
}

impl Renewal {
    pub(crate) fn new(workers: Arc<Workers>) -> Self {
        Self { workers, last: Mutex::default() }
    }
}

impl LiveCredential {
    /// Returns a token that lives long enough for one call. Waits while it is refreshed.
    ///
    /// # Errors
    ///
    /// The grant is dead, or cannot be refreshed for now.
    pub(crate) async fn token(&self) -> Result<Arc<Live>, Unavailable> {
        let (tokens, renewal) = match &self.source {
            TokenSource::Fixed { token, .. } => return Ok(Arc::clone(token)),
            TokenSource::Kept { tokens, renewal } => (tokens, renewal),
        };
        let live = match tokens.ask(&self.id.name_in_launch(), None) {
            Asked::Now(live) => live,
            Asked::Later(later) => match later.await {
                Ok(answer) => answer?,
                // The run is at its end.
                Err(_) => return Err(Unavailable::ended()),
            },
            Asked::Unknown => return Err(Unavailable::ended()),
        };
        // The new one may not have arrived here yet.
        match &*renewal.last.lock().await {
            Some((refused, new)) if refused.equals(&live) => Ok(Arc::clone(new)),
            _ => Ok(live),
        }
    }

    /// Returns another token in the place of one that the provider refused, refreshed once however many
    /// calls ask; `None` where there is none.
    pub(crate) async fn renewed(&self, refused: &Arc<Live>) -> Option<Arc<Live>> {
        let TokenSource::Kept { renewal, .. } = &self.source else { return None };
        let mut last = renewal.last.lock().await;
        if let Some((old, new)) = &*last
            && old.equals(refused)
        {
            return Some(Arc::clone(new));
        }
        let (workers, id, old) = (Arc::clone(&renewal.workers), self.id.clone(), refused.clone());
        let asked = move || {
            let stored = workers.token(&id, jiff::SignedDuration::ZERO).ok()?;
            if stored.equals(&old) { workers.new_token(&id).ok() } else { Some(stored) }
        };
        let new = Arc::new(tokio::task::spawn_blocking(asked).await.ok()??);
        *last = Some((Arc::clone(refused), Arc::clone(&new)));
        Some(new)
    }

    /// Returns the keys that requests are signed with, where they are.
    pub(crate) fn signing(&self) -> Option<&SigningKeys> {
        match &self.source {
            TokenSource::Fixed { signing, .. } => signing.as_ref(),
            TokenSource::Kept { .. } => None,
        }
    }
}

/// Returns the text of a token.
pub(crate) fn text(live: &Live) -> &str {
    live.access_token.expose_secret()
}
