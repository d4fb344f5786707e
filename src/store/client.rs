//! Clients: apps that are registered with a provider, the user's own.

use std::collections::BTreeMap;
use std::fmt;

use age::secrecy::SecretString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::place::{FileRecord, Place};
use super::record::{Record, SealedRecord};
use crate::credential::origins::Origins;
use crate::credential::seconds;
use crate::error::Remedy;
use crate::model::name::named_account;
use crate::model::name::{Label, Slug};
use crate::sys::home::Home;

/// The name of a client: a provider, and a name of the user's choice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    /// The provider that it is registered with.
    pub provider: Slug,
    /// The user's name for it.
    pub name: Label,
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.provider, self.name)
    }
}

/// The part of a client that can be read without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMetadata {
    /// The provider that it is registered with.
    pub provider: Slug,
    /// The user's name for it.
    pub name: Label,
    /// Its client id (RFC 6749 section 2.2), which is no secret; absent where it is registered for OAuth
    /// 1.0a alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The servers that may get its secret, and codes and tokens that are its own; none in files of
    /// older versions.
    #[serde(default, skip_serializing_if = "Origins::is_empty")]
    pub origins: Origins,
    /// The values that it states for variables of the provider's URLs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub url_values: BTreeMap<String, String>,
    /// The redirect URI that it is registered with; absent: the provider's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// `true` if it has a secret (RFC 6749 section 2.1).
    pub confidential: bool,
    /// Its consumer key of OAuth 1.0a (RFC 5849 section 3.1), which is no secret; there just where there
    /// is a consumer secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_key: Option<String>,
    /// The time at which it was put into the store. Files keep times in whole seconds.
    #[serde(with = "seconds")]
    pub stored_at: Timestamp,
    /// The number of times that it was stored; 0 in files that did not count yet.
    #[serde(default)]
    pub generation: u64,
}

impl ClientMetadata {
    /// Returns whether it has what each of its secrets belongs to, and something at all.
    fn is_known_to_the_provider(&self) -> bool {
        self.client_id.is_some() || (self.consumer_key.is_some() && !self.confidential)
    }
}

/// A client with its secrets.
#[derive(Clone, Debug)]
pub struct Client {
    /// The part that can be read without a key.
    pub metadata: ClientMetadata,
    /// The client secret; a public client has none.
    pub secret: Option<SecretString>,
    /// The consumer secret of OAuth 1.0a (RFC 5849 section 3.4.2), beside a consumer key.
    pub consumer_secret: Option<SecretString>,
}

/// A client as it lies in the store.
pub type SealedClient = SealedRecord<Client>;

impl Record for Client {
    const FORMAT: &'static str = "xreq-client";
    const PARTS: &'static [&'static str] = &["client_secret", "consumer_secret"];
    type Name = ClientName;
    type Metadata = ClientMetadata;

    fn name_in(metadata: &ClientMetadata) -> ClientName {
        ClientName { provider: metadata.provider.clone(), name: metadata.name.clone() }
    }

    fn generation(metadata: &ClientMetadata) -> u64 {
        metadata.generation
    }

    fn remedy(name: &ClientName) -> Remedy {
        let ClientName { provider, name } = name;
        let client = named_account(name.as_str()).map(str::to_owned);
        Remedy::SetClient { provider: provider.to_string(), client, id: None }
    }

    fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    fn secrets(&self) -> Vec<Option<&SecretString>> {
        assert!(self.metadata.is_known_to_the_provider(), "a client has an id or a consumer key");
        assert_eq!(
            self.metadata.confidential,
            self.secret.is_some(),
            "a client is confidential just when it has a secret"
        );
        assert_eq!(
            self.metadata.consumer_key.is_some(),
            self.consumer_secret.is_some(),
            "a consumer key and its secret go together"
        );
        vec![self.secret.as_ref(), self.consumer_secret.as_ref()]
    }

    fn assemble(metadata: ClientMetadata, secrets: Vec<Option<SecretString>>) -> Option<Self> {
        let [secret, consumer_secret] = secrets.try_into().ok()?;
        let client = Self { metadata, secret, consumer_secret };
        let Self { metadata, secret, consumer_secret } = &client;
        let go_together = metadata.confidential == secret.is_some()
            && metadata.consumer_key.is_some() == consumer_secret.is_some();
        (go_together && metadata.is_known_to_the_provider()).then_some(client)
    }
}

impl FileRecord for Client {
    fn place(home: &Home, name: &ClientName) -> Place {
        Place::new(home.clients().join(name.provider.as_str()), name.name.as_str())
    }
}
