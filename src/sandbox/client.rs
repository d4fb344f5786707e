//! The apps that are registered, and how they prove themselves (RFC 6749 section 2.3).

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;

use super::http::{Parameters, Request};
use super::token::Digest;
use crate::catalog::{ConfidentialClient, Provider};

/// The client secret of every sandbox. It starts with a hyphen, as X's may.
const SECRET: &str = "-sandbox-secret:known+to=everybody";

/// The consumer key and its secret of OAuth 1.0a, in the shapes of X's.
const CONSUMER: (&str, &str) =
    ("sandboxConsumerKey0000000", "sandboxConsumerSecretKnownToEverybody0000000000000");

/// An app that is registered with the sandbox.
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// Its client id, in the shape of X's.
    pub client_id: String,
    /// Its client secret; a public client has none. It is the same in every sandbox and opens
    /// nothing else. It starts with a hyphen and has characters that Basic authentication must
    /// encode (RFC 6749 section 2.3.1).
    pub client_secret: Option<SecretString>,
    /// Its consumer key and the secret of it, where the provider has OAuth 1.0a.
    pub consumer_keys: Option<(String, SecretString)>,
    /// Its name on the consent page.
    pub name: String,
    /// The URIs to which the browser may be sent back; compared as they are written.
    pub redirect_uris: Vec<String>,
}

impl RegisteredClient {
    pub(super) fn confidential(provider: &Provider) -> Self {
        Self {
            client_id: client_id("sandbox-confidential"),
            client_secret: Some(SECRET.into()),
            consumer_keys: provider
                .kinds
                .oauth1
                .is_some()
                .then(|| (CONSUMER.0.to_owned(), CONSUMER.1.into())),
            name: "Sandbox App".to_owned(),
            redirect_uris: vec![provider.redirect_uri().to_owned()],
        }
    }

    pub(super) fn public(provider: &Provider) -> Self {
        Self {
            client_id: client_id("sandbox-public-0000"),
            client_secret: None,
            consumer_keys: None,
            name: "Sandbox App without a secret".to_owned(),
            redirect_uris: vec![provider.redirect_uri().to_owned()],
        }
    }

    /// Returns the consumer key and its secret.
    pub fn consumer(&self) -> Option<(&str, &SecretString)> {
        self.consumer_keys.as_ref().map(|(key, secret)| (key.as_str(), secret))
    }

    /// Returns the client secret, which is no secret.
    pub fn secret(&self) -> Option<&str> {
        self.client_secret.as_ref().map(ExposeSecret::expose_secret)
    }
}

fn client_id(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{name}:1:ci"))
}

/// The way in which a client proved itself to an endpoint; the names are those of the OAuth
/// registry (RFC 7591 section 2) without their prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// By HTTP Basic.
    Basic,
    /// By a client secret in the form.
    Post,
    /// By its client id alone.
    None,
    /// By HTTP Basic, and by its id or secret in the form as well: RFC 6749 section 2.3 forbids it.
    Both,
}

/// The client that a request says it comes from.
pub(super) struct Claim {
    pub(super) client_id: Option<String>,
    pub(super) auth: Option<ClientAuth>,
    secret: Option<SecretString>,
}

impl Claim {
    pub(super) fn of(request: &Request, form: &Parameters) -> Self {
        let in_form = form.get("client_id");
        let secret = form.get("client_secret");
        if let Some((client_id, password)) = request.authorization().and_then(basic) {
            let both = in_form.is_some() || secret.is_some();
            let auth = if both { ClientAuth::Both } else { ClientAuth::Basic };
            return Self { client_id: Some(client_id), auth: Some(auth), secret: Some(password) };
        }
        let auth = match (in_form, secret) {
            (_, Some(_)) => Some(ClientAuth::Post),
            (Some(_), None) => Some(ClientAuth::None),
            (None, None) => None,
        };
        let secret = secret.map(SecretString::from);
        Self { client_id: in_form.map(str::to_owned), auth, secret }
    }

    /// Returns the client that it is, where it is proved: one with a secret as the provider's file says,
    /// one without by its bare id.
    pub(super) fn prove<'a>(
        &self,
        clients: &'a [RegisteredClient],
        provider: &Provider,
    ) -> Option<&'a RegisteredClient> {
        let claimed = self.client_id.as_deref()?;
        let client = clients.iter().find(|client| client.client_id == claimed)?;
        let proved = match (client.secret(), &self.secret) {
            (Some(right), Some(given)) => {
                let in_form = provider.client_authentication.confidential
                    == Some(ConfidentialClient::ClientSecretPost);
                let is_usual = in_form == (self.auth == Some(ClientAuth::Post));
                is_usual && Digest::of(right) == Digest::of(given.expose_secret())
            }
            (None, None) => self.auth == Some(ClientAuth::None),
            _ => false,
        };
        proved.then_some(client)
    }

    /// Returns the client whose secret it has.
    pub(super) fn prove_by_secret<'a>(
        &self,
        clients: &'a [RegisteredClient],
    ) -> Option<&'a RegisteredClient> {
        let (claimed, given) = (self.client_id.as_deref()?, self.secret.as_ref()?);
        let client = clients.iter().find(|client| client.client_id == claimed)?;
        let is_right = Digest::of(client.secret()?) == Digest::of(given.expose_secret());
        is_right.then_some(client)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Returns the id and the secret of HTTP Basic: each is form-encoded inside (RFC 6749 section
/// 2.3.1).
fn basic(header: &str) -> Option<(String, SecretString)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret).into()))
}

fn form_decoded(text: &str) -> String {
    let name = form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name);
    // A text with a bare `=` or `&` was not encoded.
    match name {
        Some(name) if !text.contains(['=', '&']) => name.into_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_decoded_twice() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let (id, secret) = basic(&header("an+id:%2Dse%3Acret%2B")).expect("it is Basic");
        assert_eq!(id, "an id");
        assert_eq!(secret.expose_secret(), "-se:cret+");
        assert!(basic("Bearer abc").is_none());
        assert!(basic("Basic ???").is_none());
        assert!(basic(&header("no colon")).is_none());
    }

    #[test]
    fn what_was_not_encoded_stays_as_it_is() {
        assert_eq!(form_decoded("a=b"), "a=b");
        assert_eq!(form_decoded(""), "");
    }
}
