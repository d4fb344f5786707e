//! Clients: apps that are registered with a provider, the user's own.

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::place::Place;
use super::record::{self, Record, Sealed, Secret};
use crate::credential::seconds;
use crate::error::{Remedy, wording};
use crate::model::name::named_account;
use crate::model::name::{Label, Slug};
use crate::sys::home::Home;

/// Which client: a provider, and a name of the user's choice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    /// Whom it is registered with.
    pub provider: Slug,
    /// What the user calls it.
    pub name: Label,
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.provider, self.name)
    }
}

/// What can be known of a client without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMetadata {
    /// Whom it is registered with.
    pub provider: Slug,
    /// What the user calls it.
    pub name: Label,
    /// Its client id (RFC 6749 section 2.2), which is no secret.
    pub client_id: String,
    /// The redirect URI that it is registered with; absent: the provider's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Whether it has a secret (RFC 6749 section 2.1).
    pub confidential: bool,
    /// When it was put into the store. Files keep times in whole seconds.
    #[serde(with = "seconds")]
    pub stored_at: Timestamp,
}

/// A client with its secret.
#[derive(Clone, Debug)]
pub struct Client {
    /// What can be known without a key.
    pub metadata: ClientMetadata,
    /// The client secret; a public client has none.
    pub secret: Option<SecretString>,
}

/// A client as it lies in the store.
pub type SealedClient = Sealed<Client>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plaintext<M, S> {
    metadata: M,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    client_secret: Option<S>,
}

impl Record for Client {
    const FORMAT: &'static str = "xreq-client";
    const VERSION: u64 = 1;
    type Name = ClientName;
    type Metadata = ClientMetadata;

    fn place(home: &Home, name: &ClientName) -> Place {
        Place::new(home.clients().join(name.provider.as_str()), name.name.as_str())
    }

    fn name_in(metadata: &ClientMetadata) -> ClientName {
        ClientName { provider: metadata.provider.clone(), name: metadata.name.clone() }
    }

    fn command(name: &ClientName) -> String {
        let ClientName { provider, name } = name;
        let client = named_account(name.as_str()).map(str::to_owned);
        let set = Remedy::SetClient { provider: provider.to_string(), client, id: None };
        wording::command(&set).unwrap_or_default()
    }

    fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    fn to_plaintext(&self) -> Zeroizing<Vec<u8>> {
        assert_eq!(
            self.metadata.confidential,
            self.secret.is_some(),
            "a client is confidential just when it has a secret"
        );
        record::to_plaintext(&Plaintext {
            metadata: &self.metadata,
            client_secret: self.secret.as_ref().map(ExposeSecret::expose_secret),
        })
    }

    fn from_plaintext(plaintext: &[u8]) -> Option<Self> {
        let Plaintext { metadata, client_secret } =
            serde_json::from_slice::<Plaintext<ClientMetadata, Secret>>(plaintext).ok()?;
        let client = Self { metadata, secret: client_secret.map(|secret| secret.0) };
        (client.metadata.confidential == client.secret.is_some()).then_some(client)
    }
}
