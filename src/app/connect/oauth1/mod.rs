//! Connecting an account by OAuth 1.0a: consent of its owner, exchanged for a token of some level.

mod asked_level;
mod attempt;
mod failures;
mod pending;
mod storage;

use std::collections::BTreeMap;

use self::asked_level::{AskedLevel, allows};
use self::attempt::Oauth1Attempt;
use crate::app::connect::confirmation::Confirmation;
use crate::app::connect::dialog::{AskedConsumer, Dialog};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::next_step::next_step;
use crate::app::connect::options::ConnectOptions;
use crate::app::connect::{manifest, only_provider};
use crate::app::consumer_keys::{self, ConsumerKey};
use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::app::setup::{offer_home, sandbox_for};
use crate::audit_log::{LoggedEvent, Party};
use crate::catalog::Provider;
use crate::credential::failure::raise_level;
use crate::error::{Code, Error, Remedy, Result};
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::Label;
use crate::oauth::consent::page::Page;
use crate::store::GrantMetadata;
pub(in crate::app) use failures::refused;

/// An account that is connected by OAuth 1.0a.
pub(crate) struct Oauth1Connection {
    /// The credential that is stored.
    pub(crate) grant: GrantMetadata,
    /// The level that was asked for.
    pub(crate) asked: AccessLevel,
    /// Reason why the level is unknown, if it is.
    pub(crate) unknown_level: Option<String>,
}

impl Oauth1Connection {
    /// Returns whether the token is known to have a lower level than was asked for.
    pub(crate) fn is_too_low(&self) -> bool {
        self.grant.level.is_some_and(|level| level < self.asked)
    }

    /// Returns what asks once more for the level.
    pub(crate) fn asked_again(&self) -> Remedy {
        raise_level(&self.grant.id(), self.asked)
    }
}

/// Connects an account by OAuth 1.0a: asks its owner for consent, confirms whose account it is, and stores
/// the token with its level.
///
/// # Errors
///
/// Nothing was stored; what became of a token that was given is said.
pub(crate) fn connect(
    options: &ConnectOptions,
    dialog: &dyn Dialog,
    context: &Context,
    last_page: &mut LastPage,
) -> Result<Oauth1Connection> {
    let catalog = context.catalog(&options.catalog)?;
    let named = options.provider.as_deref().map(|slug| catalog.known_provider(slug)).transpose()?;
    refuse_secret("label of an account", &options.account)?;
    let account: Label = options.account.parse()?;
    let declared = manifest(options, context)?;
    let needs = declared.as_ref().map(|declared| declared.needs(&catalog, context)).transpose()?;
    let provider = named.map_or_else(|| only_provider(needs.as_ref()), Ok)?;
    let endpoints =
        provider.kinds.oauth1.as_ref().ok_or_else(|| provider.unsupported(Kind::Oauth1))?;
    let grant = CredentialId::grant(provider.slug.clone(), account);
    let name = CredentialId { kind: Kind::Oauth1, ..grant };

    if dialog.can_confirm() {
        offer_home(context)?;
    }
    let keeper = Keeper::new(context)?;
    if let Err(error) = keeper.recipients.include(&keeper.identities, keeper.store.home()) {
        context.reporter.mishap(&error);
    }
    let before = keeper.store.grant(&name)?.map(|sealed| sealed.metadata);
    let asked = AskedLevel::new(options.level, provider, needs.as_ref(), before.as_ref());
    let pair =
        pair(options, provider, before.as_ref(), &keeper).or_else(|error| match error.code() {
            Code::MissingParams => asked_pair(error, options, provider, dialog, &keeper),
            _ => Err(error),
        })?;
    let urls = provider.urls(&BTreeMap::new())?;
    pair.admit(provider, endpoints.urls().chain([urls.api.as_str()]))?;
    let confirmation = Confirmation::of(options, provider, &name, context, dialog.can_confirm())?;
    // Whether the token can be stored is found out before anybody is asked for it.
    keeper.reserve(&name).and_then(|lock| keeper.store.unreserve_grant(&lock))?;

    let network = Network::default();
    let attempt = Oauth1Attempt {
        options,
        context,
        dialog,
        provider,
        endpoints,
        urls: &urls,
        name: &name,
        pair: &pair,
        asked: &asked,
        is_first: before.is_none(),
        network: &network,
    };
    attempt.end_left_behind(&keeper)?;
    attempt.announce();
    // A signal to end the process ends the attempt first, as with a grant.
    last_page.hold_signals();
    let unconnected =
        |error: &_| context.record_failure(LoggedEvent::Connect, Party::named(&name), error);
    let (token, answer) = attempt.consent(last_page).inspect_err(unconnected)?;
    last_page.take(answer.browser);
    let stored = answer
        .code
        .and_then(|verifier| attempt.give(&keeper, &token, &verifier))
        .and_then(|given| attempt.finish(&keeper, given, &confirmation, last_page))
        .inspect_err(|error| {
            unconnected(error);
            last_page.show(&Page::Failed {
                provider: &provider.title,
                code: error.code(),
                next: error.remedy(),
                what: &error.to_string(),
            });
        });
    let (grant, unknown_level) = stored?;
    let connection = Oauth1Connection { grant, asked: asked.level, unknown_level };
    show(&connection, options, provider, context, last_page);
    Ok(connection)
}

/// Shows the browser what was granted.
fn show(
    connection: &Oauth1Connection,
    options: &ConnectOptions,
    provider: &Provider,
    context: &Context,
    last_page: &LastPage,
) {
    let grant = &connection.grant;
    let level = |level: AccessLevel| (level.name(), allows(level));
    let granted: Vec<_> = grant.level.into_iter().map(level).collect();
    let allowed: Vec<_> = granted.iter().map(|(_, allows)| *allows).collect();
    let is_too_low = connection.is_too_low();
    let missing: Vec<_> = is_too_low.then(|| level(connection.asked)).into_iter().collect();
    let next = if is_too_low {
        Some((connection.asked_again(), Vec::new()))
    } else {
        next_step(grant, options, context).map(|step| (step.remedy, step.arguments))
    };
    last_page.show(&Page::Connected {
        provider: &provider.title,
        handle: grant.handle.as_deref(),
        account: grant.account.as_str(),
        allowed: &allowed,
        scopes: &granted,
        missing: &missing,
        next: next.as_ref().map(|(remedy, arguments)| (remedy, arguments.as_slice())),
    });
}

/// Returns the keys of the client that was named, else of the one that the account was connected with,
/// else of `default`.
fn pair(
    options: &ConnectOptions,
    provider: &Provider,
    before: Option<&GrantMetadata>,
    keeper: &Keeper<'_>,
) -> Result<ConsumerPair> {
    let (store, identities) = (&keeper.store, &*keeper.identities);
    let named = |name: Option<&Label>| ConsumerPair::named(provider, name, store, identities);
    match (&options.client, before) {
        (Some(name), _) => {
            refuse_secret("name of a client", name)?;
            named(Some(&name.parse()?))
        }
        (None, Some(grant)) => {
            ConsumerPair::of(provider, grant, store, identities).or_else(|error| {
                match error.code() {
                    Code::MissingParams => named(None),
                    _ => Err(error),
                }
            })
        }
        (None, None) => named(None),
    }
}

/// Returns the keys that a person is asked for, which are stored.
///
/// # Errors
///
/// The one that says that there are none, if nobody is there.
fn asked_pair(
    missing: Error,
    options: &ConnectOptions,
    provider: &Provider,
    dialog: &dyn Dialog,
    keeper: &Keeper<'_>,
) -> Result<ConsumerPair> {
    let sandbox = sandbox_for(provider, keeper.context)?;
    let asked = dialog.consumer(provider, sandbox.as_ref())?;
    let Some(AskedConsumer { key, secret }) = asked else { return Err(missing) };
    let name: Label = match &options.client {
        Some(name) => name.parse()?,
        None => Label::default(),
    };
    let added = ConsumerKey {
        provider: provider.slug.to_string(),
        name: name.to_string(),
        key,
        catalog: options.catalog.clone(),
    };
    consumer_keys::add(&added, |_| Ok(secret), keeper.context)?;
    ConsumerPair::named(provider, Some(&name), &keeper.store, &keeper.identities)
}
