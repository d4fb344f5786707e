//! The bearer token of an app: minted with the consumer keys of a client, and given up.

use std::path::PathBuf;

use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::{Context, refuse_secret};
use crate::app::disconnection::{Disconnection, End, disconnection, local_only};
use crate::app::grant_service::Keeper;
use crate::app::imported::ImportOutcome;
use crate::app::network::Network;
use crate::app::single_token;
use crate::audit_log::{LoggedEvent, Party};
use crate::catalog::{AppOnly, Provider};
use crate::credential::failure::way_out;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::Label;
use crate::oauth::app_only::{self, AppCredentials};
use crate::oauth::token::failure::RequestFailure;
use crate::store::{Blame, FailureClass};

/// The client whose token is minted.
#[derive(Clone, Debug)]
pub(crate) struct MintOptions {
    pub(crate) provider: String,
    /// The client's name, which is the label of the credential, too.
    pub(crate) client: String,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Mints the token of a client, and stores it.
///
/// # Errors
///
/// [`Code::KindUnsupported`], [`Code::MissingParams`]: the client has no consumer key. What the provider
/// says against it.
pub(crate) fn connect(options: &MintOptions, context: &Context) -> Result<ImportOutcome> {
    let catalog = context.catalog(&options.catalog)?;
    let provider = catalog.known_provider(&options.provider)?;
    let kind = of(provider)?;
    let url = kind.mint_url.as_deref().ok_or_else(|| {
        let message = format!("the app-only tokens of {} are not minted here", provider.title);
        Error::new(Code::KindUnsupported, message).with_remedy(import_remedy(provider))
    })?;
    refuse_secret("name of a client", &options.client)?;
    let client: Label = options.client.parse()?;
    let keeper = Keeper::new(context)?;
    let app = credentials(&keeper, provider, &client, url)?;
    let network = Network::default();
    let party =
        || Party::of(provider.slug.as_str(), Some(client.as_str())).with_kind(Kind::AppOnly);
    let token = network.ask(app_only::mint(network.http(), provider, url, &app));
    let token = token.map_err(|failure| {
        let error = not_minted(&failure, provider);
        context.record_failure(LoggedEvent::Connect, party(), &error);
        error
    })?;
    single_token::store(provider, Kind::AppOnly, client, token, None, LoggedEvent::Connect, context)
}

/// Ends a token at the provider, for everybody who uses the app, and removes it.
pub(super) fn disconnect(
    provider: &Provider,
    id: &CredentialId,
    context: &Context,
) -> Result<Disconnection> {
    let keeper = Keeper::new(context)?;
    let kept = |why: String| {
        Error::new(Code::RevocationFailed, format!("{why}, so that {id} is kept"))
            .with_hint(advice![local_only(id), " removes it here alone"])
    };
    let url = of(provider)?.invalidate_url.clone();
    let url = url.ok_or_else(|| kept(format!("{} names no way to end it", provider.title)))?;
    let lock = keeper.store.lock_grant(id)?;
    let sealed = keeper
        .store
        .grant(id)?
        .ok_or_else(|| Error::new(Code::NotStored, format!("there is no credential {id}")))?;
    let credential = sealed.unseal(&keeper.identities)?;
    let admitted = credential.metadata.origins.admit(id, provider, [url.as_str()]);
    admitted.map_err(|error| error.with_hint(advice![local_only(id), " removes it here alone"]))?;
    let app = credentials(&keeper, provider, &id.account, &url)?;
    let network = Network::default();
    let token = &credential.access_token;
    let ended = network.ask(app_only::invalidate(network.http(), provider, &url, &app, token));
    ended.map_err(|failure| kept(format!("the token is still live: {}", failure.what)))?;
    keeper.store.remove_grant(&lock)?;
    context.record_grant(LoggedEvent::Disconnect, &credential.metadata, token);
    let end = End::Revoked { in_doubt: false, lives_on: false };
    Ok(disconnection(id.clone(), provider, end, None))
}

/// Returns the error that no token was minted.
fn not_minted(failure: &RequestFailure, provider: &Provider) -> Error {
    let (code, hint) = match failure.class {
        FailureClass::Transient | FailureClass::InDoubt => {
            (Code::ProviderUnavailable, Advice::from("try again"))
        }
        FailureClass::Client | FailureClass::Rejected => {
            let anew = Remedy::set_client(provider.slug.as_str());
            let anew = anew.with(Parameter::ConsumerKey.value("KEY"));
            (Code::ClientRejected, advice!["store the consumer key and its secret anew: ", anew])
        }
    };
    let message = format!("{} gave no app-only token: {}", provider.title, failure.what);
    let of_party = failure.blames.filter(|blame| *blame != Blame::Client).and_then(way_out);
    Error::new(code, message).with_hint(of_party.map_or(hint, Advice::from))
}

/// Returns what a provider's file says of such tokens.
fn of(provider: &Provider) -> Result<&AppOnly> {
    provider.kinds.app_only.as_ref().ok_or_else(|| provider.unsupported(Kind::AppOnly))
}

/// Returns the consumer key of a client and its secret, which may be sent to a URL.
fn credentials(
    keeper: &Keeper<'_>,
    provider: &Provider,
    client: &Label,
    url: &str,
) -> Result<AppCredentials> {
    let pair = ConsumerPair::named(provider, Some(client), &keeper.store, &keeper.identities)?;
    pair.admit(provider, [url])?;
    Ok(AppCredentials { key: pair.key, secret: pair.secret })
}

fn import_remedy(provider: &Provider) -> Remedy {
    let provider = provider.slug.to_string();
    Remedy::Import { provider, account: None, kind: Some(Kind::AppOnly.name()) }
}
