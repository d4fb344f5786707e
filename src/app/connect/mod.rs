//! Connecting an account: consent of its owner, exchanged for a grant.

mod approval;
mod asked;
mod attempt;
mod confirmation;
mod connection;
mod device;
mod dialog;
mod exchange;
mod last_page;
mod next_step;
pub(crate) mod oauth1;
mod options;
mod pending;
mod request;
mod siblings;
mod storage;
mod unwanted;
mod visit;

use std::collections::BTreeMap;

use self::asked::Wishes;
use self::attempt::Attempt;
use self::confirmation::Confirmation;
use self::connection::Unmet;
use crate::app::clients::{self, Registration};
use crate::app::context::{Context, refuse_secret};
use crate::app::display_paths::display_name;
use crate::app::grant_service::Keeper;
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::LoadedManifest;
use crate::app::setup::{offer_home, sandbox_for};
use crate::app::shared_redirects;
use crate::audit_log::{LoggedEvent, Party};
use crate::catalog::Provider;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::model::credential_id::Kind;
use crate::model::name::Label;
use crate::oauth::client::Client;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::wait::Answer;
use crate::policy::needs::Needs;
use crate::store::{CredentialId, GrantMetadata};
pub(crate) use confirmation::ConsentedAccount;
pub(crate) use connection::{ConnectedGrant, Connection, asked_again};
pub(crate) use dialog::{
    Announcement, AskedClient, AskedConsumer, DeviceInvitation, Dialog, Invitation, Reply, Return,
};
pub(crate) use last_page::LastPage;
pub(crate) use next_step::launch_with;
pub(crate) use options::{AnswerWay, ConnectOptions};
pub(crate) use request::unknown_scope;

/// Connects an account: asks its owner for consent, confirms whose account it is, and stores the
/// grant. The page that the browser is left with outlives this, and holds signals back.
///
/// # Errors
///
/// No grant was stored; what became of one that was given is said.
pub(crate) fn connect(
    options: &ConnectOptions,
    dialog: &dyn Dialog,
    context: &Context,
    last_page: &mut LastPage,
) -> Result<Connection> {
    let catalog = context.catalog(&options.catalog)?;
    let named = options.provider.as_deref().map(|slug| catalog.known_provider(slug)).transpose()?;
    refuse_secret("label of an account", &options.account)?;
    let account: Label = options.account.parse()?;
    let manifest = manifest(options, context)?;
    let needs = match &manifest {
        Some(declared) => Some(declared.needs(&catalog, context)?),
        None => None,
    };
    let provider = named.map_or_else(|| only_provider(needs.as_ref()), Ok)?;
    if !provider.has_consent() {
        return Err(provider.unsupported(Kind::Oauth2));
    }
    let name = CredentialId::grant(provider.slug.clone(), account);

    if dialog.can_confirm() {
        offer_home(context)?;
    }
    let keeper = Keeper::new(context)?;
    if let Err(error) = keeper.recipients.include(&keeper.identities, keeper.store.home()) {
        context.reporter.mishap(&error);
    }
    pending::store_confirmed(&keeper, provider, &name)?;
    let added = (&options.add_scopes[..], options.part.as_deref());
    let wishes = Wishes::of(provider, &name, needs.as_ref(), added, &keeper.store)?;
    let before = wishes.before();
    let known = client(options, provider, before, &keeper);
    let has_secret = known.as_ref().map_or(true, |client| client.secret.is_some());
    let mut asked = wishes.parts(has_secret, context)?;
    let client = known.or_else(|error| match error.code() {
        Code::MissingParams => asked_client(error, options, provider, dialog, &keeper),
        _ => Err(error),
    })?;
    if client.secret.is_some() != has_secret {
        asked = wishes.parts(!has_secret, context)?;
    }
    let urls = client.admit(provider)?;
    let uri = &client.redirect_uri;
    if let Some(other) = shared_redirects::sharing(uri, provider, &catalog, &keeper.store) {
        shared_redirects::warn(uri, &other, context);
    }
    let confirmation = Confirmation::of(options, provider, &name, context, dialog.can_confirm())?;
    // Whether the tokens can be stored is found out before anybody is asked for them.
    for part in &asked {
        keeper.reserve(&part.name).and_then(|lock| keeper.store.unreserve_grant(&lock))?;
    }

    for part in &asked {
        pending::end_left_behind(&keeper, provider, &part.name, &client)?;
    }
    let hint = confirmation.hint(before);
    let attempt = Attempt {
        options,
        context,
        dialog,
        provider,
        name: &name,
        asked: &asked,
        client: &client,
        urls: &urls,
        hint: hint.as_deref(),
        adds: before.is_some(),
    };
    let device_url = attempt.device_url()?;
    attempt.announce();
    // A signal to end the process ends the attempt first: the page of the browser is taken away, a
    // grant that is not stored yet is stored or revoked, and what became of it is reported.
    last_page.hold_signals();
    let unconnected =
        |error: &_| context.record_failure(LoggedEvent::Connect, Party::named(&name), error);
    let given = if let Some(url) = device_url {
        attempt.consent_by_device(url, &keeper)
    } else {
        let consent = attempt.consent(last_page).inspect_err(unconnected)?;
        let (authorization, Answer { code, pasted, browser }) = consent;
        last_page.take(browser);
        code.and_then(|code| attempt.exchange(&keeper, &authorization, &code, pasted))
    };
    let result = given.and_then(|new| attempt.finish(&keeper, new, &confirmation, last_page));
    let stored = match result {
        Ok(stored) => stored,
        Err(error) => {
            unconnected(&error);
            last_page.show(&Page::Failed {
                provider: &provider.title,
                code: error.code(),
                next: error.remedy(),
                what: &error.to_string(),
            });
            return Err(error);
        }
    };
    let mut connection = Connection::of(stored, &asked, provider);
    connection::show(&connection, &attempt, last_page);
    if let (Some(manifest), Some(needs)) = (&manifest, &needs)
        && connection.grants.iter().any(|it| !it.missing.is_empty())
    {
        connection.unmet = Some(Unmet::by(&connection.grants, manifest, needs));
    }
    let older = connection::end_older(&connection.grants, provider, &keeper);
    (connection.ended, connection.maybe_ended) = older;
    Ok(connection)
}

/// Returns the only provider that is needed, where none was named.
fn only_provider<'a>(needs: Option<&Needs<'a>>) -> Result<&'a Provider> {
    let needed = needs.map(Needs::providers).unwrap_or_default();
    let message = match needed.as_slice() {
        [only] => return Ok(only),
        [] => "no provider was named, and no manifest needs one".to_owned(),
        several => {
            let names: Vec<_> = several.iter().map(|it| it.slug.as_str()).collect();
            format!("the manifest needs several providers: {}", names.join(", "))
        }
    };
    let first = needed.first().map_or("PROVIDER", |first| first.slug.as_str());
    Err(Error::new(Code::BadArgument, message)
        .with_hint(advice!["name one, as in ", Remedy::connect(first, None).request()]))
}

/// Returns the manifest to ask for: the keys that were named, or the file. Without any of them there
/// may still be scopes to add, or a grant to renew.
fn manifest(options: &ConnectOptions, context: &Context) -> Result<Option<LoadedManifest>> {
    if !options.keys.is_empty() {
        return Ok(Some(LoadedManifest::of_keys(&options.keys)));
    }
    match locate(options.manifest.as_deref(), context) {
        Ok(place) => {
            place.announce(context);
            LoadedManifest::read(&place, display_name(&place.path)).map(Some)
        }
        Err(error) if error.code() == Code::ManifestMissing => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the client that was named, else the one that the account was connected with, else
/// `default`.
fn client(
    options: &ConnectOptions,
    provider: &Provider,
    before: Option<&GrantMetadata>,
    keeper: &Keeper<'_>,
) -> Result<Client> {
    let clients = keeper.clients();
    match (&options.client, before.filter(|grant| grant.client_id.is_some())) {
        (Some(name), _) => {
            refuse_secret("name of a client", name)?;
            clients.named(provider, Some(&name.parse::<Label>()?))
        }
        (None, Some(grant)) => {
            clients.of_grant(provider, grant).or_else(|error| match error.code() {
                Code::MissingParams => clients.named(provider, None),
                _ => Err(error),
            })
        }
        (None, None) => clients.named(provider, None),
    }
}

/// Returns the client that a person is asked for, which is stored.
///
/// # Errors
///
/// The one that says that there is none, if nobody is there.
fn asked_client(
    missing: Error,
    options: &ConnectOptions,
    provider: &Provider,
    dialog: &dyn Dialog,
    keeper: &Keeper<'_>,
) -> Result<Client> {
    let sandbox = sandbox_for(provider, keeper.context)?;
    let asked = dialog.client(provider, sandbox.as_ref())?;
    let Some(AskedClient { id, secret }) = asked else { return Err(missing) };
    let name: Label = match &options.client {
        Some(name) => name.parse()?,
        None => Label::default(),
    };
    let registration = Registration {
        provider: provider.slug.to_string(),
        name: name.to_string(),
        id,
        redirect_uri: None,
        url_values: BTreeMap::new(),
        catalog: options.catalog.clone(),
    };
    clients::set(&registration, |_| Ok(secret), keeper.context)?;
    keeper.clients().named(provider, Some(&name))
}

#[cfg(test)]
mod tests;
