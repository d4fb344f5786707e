//! Importing a token of OAuth 1.0a, and the keys of its client, from a text that has them.

mod reading;

use std::collections::BTreeMap;
use std::path::PathBuf;

use age::secrecy::ExposeSecret;
use jiff::Timestamp;

use crate::app::connect::oauth1::refused;
use crate::app::consumer_keys::{self, ConsumerKey};
use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::{Context, refuse_secret};
use crate::app::import::TokenText;
use crate::app::network::Network;
use crate::app::setup::offer_home;
use crate::audit_log::LoggedEvent;
use crate::catalog::{Oauth1, Provider, TokenKind};
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::{Label, named_account};
use crate::model::variable_content::VariableContent;
use crate::oauth::oauth1::endpoint::Oauth1Endpoint;
use crate::oauth::oauth1::key_file::KeyFile;
use crate::oauth::oauth1::level::Verified;
use crate::oauth::oauth1::refusal::{Oauth1Failure, Oauth1Fault};
use crate::oauth::oauth1::token_pair::TokenPair;
use crate::store::{ClientName, Grant, GrantMetadata, Recipients};

/// The account of a token, and the client that it was given to.
#[derive(Clone, Debug)]
pub(crate) struct Oauth1ImportOptions {
    pub(crate) provider: String,
    /// The label of the account.
    pub(crate) account: String,
    /// The name of the client; none is `default`.
    pub(crate) client: Option<String>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// A token that is stored.
pub(crate) struct Oauth1Import {
    pub(crate) grant: GrantMetadata,
    /// Whether there was none before.
    pub(crate) is_new: bool,
    /// Whether the keys of the client were stored too.
    pub(crate) has_keys: bool,
    /// Reason why the level is unknown, if it is.
    pub(crate) unknown_level: Option<String>,
}

/// Stores the token that a text has, and the keys of its client, once the provider has told whose it is.
/// Where the provider is out of reach, account and level stay unknown.
///
/// # Errors
///
/// Every reason why nothing was stored.
pub(crate) fn import(
    options: &Oauth1ImportOptions,
    read: impl FnOnce() -> Result<TokenText>,
    context: &Context,
) -> Result<Oauth1Import, Vec<Error>> {
    let one = |error| vec![error];
    let catalog = context.catalog(&options.catalog).map_err(one)?;
    let provider = catalog.known_provider(&options.provider).map_err(one)?;
    let endpoints = provider.kinds.oauth1.as_ref();
    let endpoints = endpoints.ok_or_else(|| one(provider.unsupported(Kind::Oauth1)))?;
    refuse_secret("label of an account", &options.account).map_err(one)?;
    let account: Label = options.account.parse().map_err(one)?;
    let text = read().map_err(one)?;
    let file = reading::parse(&text, provider, endpoints)?;
    let name =
        CredentialId { kind: Kind::Oauth1, ..CredentialId::grant(provider.slug.clone(), account) };
    let imported = Imported { options, provider, endpoints, name: &name, context };
    imported.store(file, &text.name).map_err(one)
}

/// Everything that an import works with.
struct Imported<'a> {
    options: &'a Oauth1ImportOptions,
    provider: &'a Provider,
    endpoints: &'a Oauth1,
    name: &'a CredentialId,
    context: &'a Context,
}

impl Imported<'_> {
    fn store(&self, file: KeyFile, source: &str) -> Result<Oauth1Import> {
        let Self { provider, context, name, .. } = self;
        let Some(pair) = file.token else { return Err(self.tokenless(&file, source)) };
        self.warn_of_shapes(&file.consumer, &pair);
        if file.has_bearer {
            context.reporter.note(advice![
                format!("the bearer token in {source} was not stored: it is of another kind, ",),
                self.remedy(Kind::AppOnly).request(),
                " takes it"
            ]);
        }
        offer_home(context)?;
        let store = context.store()?;
        let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
        let client = self.client_name()?;
        let (key, secret) = match &file.consumer {
            Some((key, secret)) => {
                self.refuse_other_key(&client, key)?;
                (key.clone(), secret.clone())
            }
            None => {
                let identities = context.identities(&store)?;
                let stored =
                    ConsumerPair::named(provider, Some(&client.name), &store, &identities)?;
                let urls = self.endpoints.urls();
                stored.admit(provider, urls.chain([provider.endpoints.api_url.as_str()]))?;
                (stored.key, stored.secret)
            }
        };
        let network = Network::default();
        let urls = provider.urls(&BTreeMap::new())?;
        let endpoint = Oauth1Endpoint {
            http: network.http(),
            urls: self.endpoints,
            consumer_key: &key,
            consumer_secret: &secret,
        };
        let title = &provider.title;
        let shown = context.reporter.progress(&format!("asking {title} whose token it is"));
        let verified = network.ask(endpoint.verify(provider, &urls, &pair));
        drop(shown);
        let (owner, level) = match verified {
            Ok(Verified { owner, level }) => (Some(owner), level),
            Err(failure) => (None, Err(self.unverified(&failure)?)),
        };
        if let Some(owner) = &owner {
            self.warn_of_other_account(&owner.id, pair.token.expose_secret());
        }
        let has_keys = file.consumer.is_some();
        if has_keys {
            let added = ConsumerKey {
                provider: provider.slug.to_string(),
                name: client.name.to_string(),
                key: key.clone(),
                catalog: self.options.catalog.clone(),
            };
            consumer_keys::add(&added, |_| Ok(secret), context)?;
        }
        let metadata = GrantMetadata {
            client_id: Some(key),
            client: Some(client.name),
            account_id: owner.as_ref().map(|owner| owner.id.clone()),
            handle: owner.and_then(|owner| owner.handle),
            origins: Origins::of(provider, &urls),
            level: level.as_ref().ok().copied(),
            ..GrantMetadata::new((*name).clone(), Timestamp::now())
        };
        let mut grant = Grant::new(metadata, pair.token);
        grant.token_secret = Some(pair.secret);
        let lock = store.lock_grant(name)?;
        let before = store.grant(name);
        grant.metadata.generation = store.next_generation(&lock);
        store.put_grant(&lock, &grant, &recipients)?;
        context.record_grant(LoggedEvent::Import, &grant.metadata, &grant.access_token);
        let is_new = matches!(before, Ok(None));
        Ok(Oauth1Import { grant: grant.metadata, is_new, has_keys, unknown_level: level.err() })
    }

    fn client_name(&self) -> Result<ClientName> {
        let name: Label = match &self.options.client {
            Some(name) => {
                refuse_secret("name of a client", name)?;
                name.parse()?
            }
            None => Label::default(),
        };
        Ok(ClientName { provider: self.provider.slug.clone(), name })
    }

    /// Refuses to put keys in the place of others: what was given to those would no longer work.
    fn refuse_other_key(&self, client: &ClientName, key: &str) -> Result<()> {
        let stored = self.context.store()?.client(client)?;
        let before = stored.and_then(|stored| stored.metadata.consumer_key);
        match before {
            Some(before) if before != key => {
                let message = format!("the client {client} has another consumer key than the file");
                Err(Error::new(Code::BadArgument, message).with_hint(advice![
                    "a second app takes a name of its own: ",
                    Parameter::Client.value("NAME")
                ]))
            }
            _ => Ok(()),
        }
    }

    /// Returns why account and level are unknown.
    ///
    /// # Errors
    ///
    /// The provider does not accept the token, or the keys.
    fn unverified(&self, failure: &Oauth1Failure) -> Result<String> {
        let (title, what) = (&self.provider.title, &failure.request.what);
        if failure.fault == Some(Oauth1Fault::Token) {
            let message = format!("{title} does not know the access token: {what}");
            return Err(Error::new(Code::TokenInvalid, message).with_hint(
                "it was ended, or belongs to another app: make a new one where the app's keys are shown",
            ));
        }
        match refused(failure, self.provider, "does not accept the keys") {
            Some(error) => Err(error),
            None => Ok(format!("it could not be asked: {what}")),
        }
    }

    /// Warns of values that do not look like what they are to be.
    fn warn_of_shapes(
        &self,
        consumer: &Option<(String, age::secrecy::SecretString)>,
        pair: &TokenPair,
    ) {
        let token = pair.token.expose_secret();
        let shape = self.provider.recognise_token(token);
        if let Some(shape) = shape.filter(|shape| shape.kind != TokenKind::Oauth1) {
            let what = shape.kind.words();
            self.warn(&format!(
                "the access token looks like {what}, and not like one of OAuth 1.0a"
            ));
        } else if shape.is_none() && self.has_shape() {
            self.warn("the access token does not look like one of OAuth 1.0a");
        }
        let consumer = consumer.iter().flat_map(|(key, secret)| {
            [
                (VariableContent::ConsumerKey, key.as_str()),
                (VariableContent::ConsumerSecret, secret.expose_secret()),
            ]
        });
        let secret = (VariableContent::TokenSecret, pair.secret.expose_secret());
        for (content, text) in consumer.chain([secret]) {
            if !self.endpoints.looks_like(content, text) {
                let name = content.name().replace('_', " ");
                self.warn(&format!("the {name} does not look like one of {}", self.provider.title));
            }
        }
    }

    /// Compares the account with the number that a token of it begins with.
    fn warn_of_other_account(&self, id: &str, token: &str) {
        let is_shaped = self.provider.recognise_token(token);
        let is_shaped = is_shaped.is_some_and(|shape| shape.kind == TokenKind::Oauth1);
        let named = token.split_once('-').map(|(id, _)| id).filter(|_| is_shaped);
        if let Some(named) = named.filter(|named| *named != id) {
            let title = &self.provider.title;
            self.warn(&format!(
                "the access token begins with the number {named}, and {title} says that it is of the \
                 account {id}"
            ));
        }
    }

    /// Returns whether the provider's file says what tokens look like.
    fn has_shape(&self) -> bool {
        self.provider.token_shapes.iter().any(|shape| shape.kind == TokenKind::Oauth1)
    }

    fn warn(&self, words: &str) {
        self.context.reporter.warning(words.into());
    }

    fn tokenless(&self, file: &KeyFile, source: &str) -> Error {
        let message = if file.consumer.is_some() {
            format!("{source} has the keys of a client, and no token of an account")
        } else {
            format!("{source} has none of the fields that are read")
        };
        let others = match file.others.as_slice() {
            [] => String::new(),
            others => format!(" ({} is no such name)", others.join(", ")),
        };
        Error::new(Code::TokenInvalid, message).with_hint(advice![
            format!(
                "write `{0}_ACCESS_TOKEN=…` and `{0}_ACCESS_TOKEN_SECRET=…` on lines of their own{others}, \
                 or ask the account's owner: ",
                self.provider.env_prefix
            ),
            Remedy::Connect {
                provider: self.provider.slug.to_string(),
                account: named_account(self.name.account.as_str()).map(str::to_owned),
                kind: Some(Kind::Oauth1.name()),
            }
        ])
    }

    fn remedy(&self, kind: Kind) -> Remedy {
        Remedy::Import {
            provider: self.provider.slug.to_string(),
            account: named_account(self.name.account.as_str()).map(str::to_owned),
            kind: Some(kind.name()),
        }
    }
}
