//! A client at the token endpoint: who it is, and how it proves that.

use std::collections::BTreeMap;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::catalog::{ConfidentialClient, Provider, Urls};
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::model::name::Label;
use crate::oauth::token::form::Form;

/// An app that is registered with a provider, with what the provider knows it by.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client id (RFC 6749 section 2.2).
    pub id: String,
    /// The client secret; a public client has none.
    pub secret: Option<SecretString>,
    /// The name that the store has it under; none, where it comes from the environment.
    pub name: Option<Label>,
    /// The redirect URI that it is registered with.
    pub redirect_uri: String,
    /// The values that it states for variables of the provider's URLs.
    pub url_values: BTreeMap<String, String>,
    /// The servers that may get its secret; any of the provider's, where it comes from the environment.
    pub origins: Origins,
}

/// The two halves of a request that tell who the client is.
pub(super) struct ClientProof {
    /// The `Authorization` header.
    pub(super) header: Option<SecretString>,
    /// The media type of the body.
    pub(super) media_type: &'static str,
    /// The body, with what belongs there.
    pub(super) body: Zeroizing<String>,
}

/// One way to prove who a client is, which the provider takes and the client can do.
pub(super) enum Authentication<'a> {
    Basic(&'a SecretString),
    Post(&'a SecretString),
    Public,
}

impl Client {
    /// Returns the provider's URLs for this client, to which codes, tokens and the secret may be sent.
    ///
    /// # Errors
    ///
    /// [`Code::OriginChanged`]: the client was stored for other servers; those of [`Provider::urls`].
    pub fn admit(&self, provider: &Provider) -> Result<Urls> {
        let urls = provider.urls(&self.url_values)?;
        let account = provider.account.as_ref().and_then(|account| account.service.as_deref());
        let used = [&*urls.token, &urls.refresh, &urls.api, urls.service(account)];
        let used = used.into_iter().chain(urls.revoke.as_deref());
        let admitted = self.origins.admit(format_args!("the client `{}`", self.id), provider, used);
        admitted.map_err(|error| {
            error.with_hint(advice![
                "find out who changed the provider's URLs; where you did, store the client anew: ",
                Remedy::set_client(provider.slug.as_str()).request()
            ])
        })?;
        Ok(urls)
    }

    /// Returns the way in which the provider wants this client to prove itself: in one way, never
    /// in two (RFC 6749 section 2.3).
    ///
    /// # Errors
    ///
    /// [`Code::ClientRejected`]: the provider takes no clients of this type.
    pub(super) fn authentication(&self, provider: &Provider) -> Result<Authentication<'_>> {
        let ways = &provider.client_authentication;
        match (&self.secret, ways.confidential, &ways.public) {
            (Some(secret), Some(ConfidentialClient::ClientSecretBasic), _) => {
                Ok(Authentication::Basic(secret))
            }
            (Some(secret), Some(ConfidentialClient::ClientSecretPost), _) => {
                Ok(Authentication::Post(secret))
            }
            (None, _, Some(_)) => Ok(Authentication::Public),
            (Some(_), None, _) => Err(refused(provider, "takes no client with a secret")),
            (None, _, None) => Err(refused(provider, "takes no client without a secret")),
        }
    }
}

impl Authentication<'_> {
    /// Adds to a request what tells that it is the client's.
    pub(super) fn apply(&self, id: &str, form: Form) -> ClientProof {
        let (header, form) = match self {
            Self::Basic(secret) => {
                let credentials = credentials(id, secret);
                (Some(format!("Basic {}", credentials.expose_secret()).into()), form)
            }
            Self::Post(secret) => {
                let form = form.with("client_id", id);
                (None, form.with("client_secret", secret.expose_secret()))
            }
            Self::Public => (None, form.with("client_id", id)),
        };
        ClientProof { header, media_type: form.media_type(), body: form.encoded() }
    }

    /// Returns the content of the header, if there is one.
    pub(super) fn credentials(&self, id: &str) -> Option<SecretString> {
        match self {
            Self::Basic(secret) => Some(credentials(id, secret)),
            Self::Post(_) | Self::Public => None,
        }
    }
}

fn refused(provider: &Provider, why: &str) -> Error {
    Error::new(Code::ClientRejected, format!("{} {why}", provider.title)).with_hint(advice![
        "store the client anew: ",
        Remedy::set_client(provider.slug.as_str()).request()
    ])
}

/// Returns the credentials of HTTP Basic; the id and the secret are form-encoded first (RFC 6749
/// section 2.3.1).
fn credentials(id: &str, secret: &SecretString) -> SecretString {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let secret = Zeroizing::new(encode(secret.expose_secret()));
    let pair = Zeroizing::new(format!("{}:{}", encode(id), *secret));
    STANDARD.encode(pair.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{BodyFormat, Catalog};

    fn authenticate(secret: Option<&str>) -> ClientProof {
        let catalog = Catalog::builtin();
        let client = Client {
            id: "the id".to_owned(),
            secret: secret.map(SecretString::from),
            name: None,
            redirect_uri: String::new(),
            url_values: BTreeMap::new(),
            origins: Origins::default(),
        };
        let provider = catalog.provider("x").expect("it is built in");
        let authentication = client.authentication(provider).expect("X takes both types");
        authentication.apply(&client.id, Form::new(BodyFormat::Form, "refresh_token"))
    }

    #[test]
    fn a_confidential_client_proves_itself_in_the_header_alone() {
        let ClientProof { header, body, .. } = authenticate(Some("-a:b+c"));
        let header = header.expect("there is one");
        assert_eq!(
            header.expose_secret(),
            format!("Basic {}", STANDARD.encode("the+id:-a%3Ab%2Bc"))
        );
        assert_eq!(*body, "grant_type=refresh_token");
    }

    #[test]
    fn a_public_client_names_itself_in_the_form() {
        let ClientProof { header, body, .. } = authenticate(None);
        assert!(header.is_none());
        assert_eq!(*body, "grant_type=refresh_token&client_id=the+id");
    }
}
