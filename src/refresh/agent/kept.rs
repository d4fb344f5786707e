//! A grant of an agent: what lies in the store, whether its token was delivered, and the refresh that is
//! at work.

use std::sync::Arc;

use jiff::Timestamp;

use crate::credential::failure::connect;
use crate::credential::freshness::Want;
use crate::error::{Code, Error, advice};
use crate::refresh::agent::live_token::Live;
use crate::refresh::monitor::observation::{Issue, Observation};
use crate::refresh::monitor::schedule::Failures;
use crate::store::{CredentialId, FolderStore, GrantMetadata, Version};

/// A worker's task, and the state of the grant when it began.
#[derive(Clone, Copy)]
pub(super) struct Work {
    pub(super) want: Want,
    pub(super) began: Timestamp,
    pub(super) failures: Failures,
    pub(super) version: Option<Version>,
}

/// A grant of an agent.
pub(super) struct Kept {
    pub(super) name: CredentialId,
    /// The grant as it was found last; `None` before the first look.
    pub(super) seen: Option<Observation>,
    /// While a worker is at work.
    pub(super) work: Option<Work>,
    /// Whether its tokens were told of, and are here if they are held.
    pub(super) is_told: bool,
    /// Whether the token that is held was taken by its recipient.
    pub(super) is_taken: bool,
    /// The tokens that were there at the last look.
    issue: Option<Issue>,
}

impl Kept {
    pub(super) fn new(name: CredentialId) -> Self {
        Self { name, seen: None, work: None, is_told: false, is_taken: true, issue: None }
    }

    /// Reads the grant, if it is another one than before. Returns it as it is now.
    pub(super) fn look(&mut self, store: &FolderStore) -> &Observation {
        let version = store.grant_version(&self.name);
        let seen = self.seen.take().filter(|seen| seen.version == Some(version));
        let seen = seen.unwrap_or_else(|| {
            match store.grant(&self.name) {
                Ok(Some(sealed)) => {
                    Observation { version: Some(version), metadata: Ok(sealed.metadata) }
                }
                Ok(None) => {
                    Observation { version: Some(version), metadata: Err(Arc::new(self.gone())) }
                }
                // Whoever damaged it may put it right at any time.
                Err(error) => Observation { version: None, metadata: Err(Arc::new(error)) },
            }
        });
        self.seen.insert(seen)
    }

    /// Returns its metadata, if they can be read.
    pub(super) fn metadata(&self) -> Option<&GrantMetadata> {
        self.seen.as_ref()?.metadata.as_ref().ok()
    }

    /// Returns whether nothing happened to the grant since a worker began.
    pub(super) fn is_as_before(&self, work: &Work) -> bool {
        let version = self.seen.as_ref().and_then(|seen| seen.version);
        version.is_some() && version == work.version
    }

    /// Returns whether its tokens, as far as can be seen, are others than when this was asked last.
    pub(super) fn has_other_tokens(&mut self) -> bool {
        let issue = self.metadata().map(Issue::of);
        std::mem::replace(&mut self.issue, issue) != issue
    }

    /// Notes that this token is told of: it is enough, if it can be that of the grant.
    pub(super) fn tell(&mut self, live: &Live) {
        self.is_told = self.metadata().is_some_and(|grant| live.is_of(grant));
    }

    fn gone(&self) -> Error {
        Error::new(Code::NotStored, format!("the grant {} is gone", self.name))
            .with_hint(advice![connect(&self.name).request(), " gets another one"])
    }
}
