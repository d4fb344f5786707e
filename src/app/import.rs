//! Importing a credential: a grant from a token response or a bare token, or a token of another kind.

mod token_text;

use std::path::PathBuf;

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};

use crate::app::client_lookup::{LONGEST_ID, is_id};
use crate::app::connect::unknown_scope;
use crate::app::context::{Context, refuse_secret};
use crate::app::imported::warn_if_shut;
pub(crate) use crate::app::imported::{ImportOutcome, TokenText};
use crate::app::setup::offer_home;
use crate::app::single_token;
use crate::audit_log::LoggedEvent;
use crate::catalog::Provider;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::{Kind, Part};
use crate::model::name::{Label, named_account};
use crate::model::scope::{ScopeSet, is_scope};
use crate::oauth::token::issue;
use crate::oauth::token::response::TokenResponse;
use crate::oauth::token_file::{Expiry, TokenFile};
use crate::store::{CredentialId, GrantMetadata, Recipients};
use crate::text::nearest::nearest;
use crate::text::time::rfc3339;

/// Largest difference allowed between two statements of the expiry.
const CLOSE: SignedDuration = SignedDuration::from_mins(1);

/// The owner of the tokens, and the known facts about them beside their text.
#[derive(Clone, Debug)]
pub(crate) struct ImportOptions {
    pub(crate) provider: String,
    /// The label of the account; of an app-only token, the name of the client.
    pub(crate) account: String,
    /// The kind of the credential; none is a grant, or the first that the provider has.
    pub(crate) kind: Option<Kind>,
    /// The part of a consent that it is.
    pub(crate) part: Option<String>,
    /// The granted scopes, as a text.
    pub(crate) scopes: Option<String>,
    /// Remaining lifetime of the access token.
    pub(crate) expires_in: Option<SignedDuration>,
    /// When it dies.
    pub(crate) expires_at: Option<Timestamp>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Stores the grant that a text has, which is read once everything else is known to be in order.
///
/// # Errors
///
/// [`Code::TokenInvalid`], [`Code::ScopesUnknown`], [`Code::BadArgument`]: nothing was stored.
pub(crate) fn import(
    options: &ImportOptions,
    read: impl FnOnce(&str) -> Result<TokenText>,
    context: &Context,
) -> Result<ImportOutcome> {
    let catalog = context.catalog(&options.catalog)?;
    let provider = catalog.known_provider(&options.provider)?;
    let account: Label = options.account.parse()?;
    refuse_secret("label of an account", account.as_str())?;
    let known = provider.kinds();
    let kind = options.kind.or(known.first().copied()).unwrap_or_default();
    if !known.contains(&kind) {
        return Err(provider.unsupported(kind));
    }
    match kind {
        Kind::Oauth2 => {}
        Kind::AppOnly | Kind::Static => {
            refuse_facts(options)?;
            let title = provider.kinds.static_token.as_ref().filter(|_| kind == Kind::Static);
            let asked = title.map_or("app-only token", |token| &token.title);
            return single_token::import(provider, kind, account, &read(asked)?, context);
        }
        Kind::Oauth1 | Kind::ServiceAccount => {
            let message = format!("credentials of kind `{}` are not imported", kind.name());
            return Err(Error::new(Code::KindUnsupported, message));
        }
    }
    let part = part(options, provider)?;
    let file =
        token_text::parse(&read("token or token response")?, (provider, &part), context.now)?;
    token_text::belongs(&file, provider)?;
    let TokenFile { response, expiry, client_id, has_client_secret, .. } = file;
    if client_id.as_deref().is_some_and(|id| !is_id(id)) {
        let message =
            format!("the client id in the file is not visible ASCII of at most {LONGEST_ID} bytes");
        return Err(Error::new(Code::TokenInvalid, message)
            .with_hint("correct it, or leave it out: the stored client is used then"));
    }
    let scopes = scopes(&response, options, provider)?;
    scopes.iter().try_for_each(|scope| refuse_secret("scope", scope))?;
    let expires_at = expires_at(&expiry, options, context.now)?;
    refuse_dead(&response, &expiry, options, provider, context.now)?;
    warn_of(&response, &scopes, provider, expires_at, context);

    offer_home(context)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let name = CredentialId { part, ..CredentialId::grant(provider.slug.clone(), account) };
    let lock = store.lock_grant(&name)?;
    let mut grant = issue::grant(name, response, &scopes, provider, None, context.now);
    grant.metadata.scopes = scopes;
    grant.metadata.expires_at = expires_at;
    if let Some(issued_at) = expiry.issued_at().filter(|at| *at < context.now) {
        grant.metadata.issued_at = issued_at;
        grant.metadata.refresh_token_issued_at =
            grant.metadata.refresh_token_issued_at.map(|_| issued_at);
    }
    grant.metadata.client_id = client_id;
    let replaced = store.grant(&grant.metadata.id());
    grant.metadata.generation = store.next_generation(&lock);
    store.put_grant(&lock, &grant, &recipients)?;
    context.record_grant(LoggedEvent::Import, &grant.metadata, &grant.access_token);
    if let Ok(Some(replaced)) = &replaced {
        warn_of_loss(provider, &replaced.metadata, &grant.metadata, context);
    }
    warn_if_shut(&store, &grant.metadata, context);
    if has_client_secret {
        context.reporter.note(advice![
            "the client secret in the file was not stored: ",
            Remedy::set_client(provider.slug.as_str()).request(),
            " stores it"
        ]);
    }
    Ok(ImportOutcome { grant: grant.metadata, is_new: matches!(replaced, Ok(None)) })
}

/// Returns the part of a consent that is imported.
fn part(options: &ImportOptions, provider: &Provider) -> Result<Part> {
    if let Some(part) = &options.part {
        return provider.known_part(part);
    }
    let parts = provider.consent_parts();
    match parts.as_slice() {
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(Part::as_str).collect();
            let title = &provider.title;
            let message =
                format!("a consent of {title} gives several tokens: {}", names.join(", "));
            let which = advice!["say which it is, as with ", Parameter::Part.value(names[0])];
            Err(Error::new(Code::MissingParams, message)
                .with_hint(or_static(which, options, provider)))
        }
    }
}

/// Refuses facts that only a grant has.
fn refuse_facts(options: &ImportOptions) -> Result<()> {
    let stated = [
        (Parameter::Part, options.part.is_some()),
        (Parameter::Scopes, options.scopes.is_some()),
        (Parameter::ExpiresIn, options.expires_in.is_some()),
        (Parameter::ExpiresAt, options.expires_at.is_some()),
    ];
    match stated.into_iter().find(|(_, is_stated)| *is_stated) {
        None => Ok(()),
        Some((parameter, _)) => {
            let message = "only grants have scopes and expire";
            Err(Error::new(Code::BadArgument, message)
                .with_hint(advice!["leave ", parameter, " out"]))
        }
    }
}

/// Warns of everything that was there and that an import replaces.
fn warn_of_loss(
    provider: &Provider,
    before: &GrantMetadata,
    after: &GrantMetadata,
    context: &Context,
) {
    let scopes = provider.missing(&before.scopes, &after.scopes);
    if !scopes.is_empty() {
        context
            .reporter
            .warning(format!("the grant had scopes that are gone now: {scopes}").into());
    }
    if before.refreshable && !after.refreshable {
        context.reporter.warning("the grant had a refresh token, and has none now".into());
    }
}

/// Refuses a token that is dead, by what its file says, and cannot be refreshed.
fn refuse_dead(
    response: &TokenResponse,
    expiry: &Expiry,
    options: &ImportOptions,
    provider: &Provider,
    now: Timestamp,
) -> Result<()> {
    match expiry.expires_at {
        Some(at) if at <= now && response.refresh_token.is_none() => {
            let message =
                format!("the token expired at {}, and there is no refresh token", rfc3339(at));
            Err(Error::new(Code::TokenInvalid, message).with_hint(advice![
                Remedy::connect(provider.slug.as_str(), account(options).as_deref()).request(),
                " gets a new one"
            ]))
        }
        _ => Ok(()),
    }
}

/// Returns the label of the account, if a request has to state it.
fn account(options: &ImportOptions) -> Option<String> {
    named_account(&options.account).map(str::to_owned)
}

/// Returns the granted scopes. The response is the truth (RFC 6749 section 5.1); if it is silent, the
/// user says it.
fn scopes(
    response: &TokenResponse,
    options: &ImportOptions,
    provider: &Provider,
) -> Result<ScopeSet> {
    let stated = options.scopes.as_deref().map(ScopeSet::parse);
    if !stated.iter().flat_map(ScopeSet::iter).all(is_scope) {
        let message = "the stated scopes have characters that no scope has";
        return Err(Error::new(Code::BadArgument, message));
    }
    if response.has_too_many_scopes || stated.as_ref().is_some_and(|scopes| !scopes.fits()) {
        let message = format!(
            "there are more scopes than a grant keeps: {}, of {} KiB together",
            ScopeSet::MOST,
            ScopeSet::MOST_BYTES >> 10
        );
        return Err(Error::new(Code::BadArgument, message)
            .with_hint("import it with the scopes that your apps use alone"));
    }
    match (&response.scopes, stated) {
        (Some(granted), Some(stated)) if !provider.are_equal(granted, &stated) => Err(Error::new(
            Code::BadArgument,
            format!(
                "the response says that the scopes are `{granted}`, and the request says `{stated}`"
            ),
        )
        .with_hint(advice!["leave ", Parameter::Scopes, " out: the response is the truth"])),
        (Some(granted), _) => Ok(granted.clone()),
        (_, Some(stated)) if !stated.is_empty() => {
            let known = &provider.scopes;
            let is_unknown =
                |scope: &&str| !known.is_empty() && !known.contains_key(provider.wire_name(scope));
            if let Some(scope) = stated.iter().find(is_unknown) {
                refuse_secret("scope", scope)?;
                return Err(unknown_scope(scope, provider));
            }
            Ok(stated)
        }
        (None, None) if provider.scopes.is_empty() => Ok(ScopeSet::default()),
        _ => Err(Error::new(
            Code::ScopesUnknown,
            format!("nothing says which scopes the token of {} has", provider.slug),
        )
        .with_hint(unstated(options, provider))),
    }
}

/// Returns what to do about scopes that nothing states.
fn unstated(options: &ImportOptions, provider: &Provider) -> Advice {
    let slug = provider.slug.to_string();
    let import = Remedy::Import { provider: slug.clone(), account: account(options), kind: None };
    let stated = advice![
        "state them: ",
        import.with(Parameter::Scopes.value("SCOPE SCOPE")),
        "; ",
        Remedy::ShowProvider { provider: slug, part: "scopes" }
    ];
    or_static(stated, options, provider)
}

/// Returns advice on a grant, and what to do if it is none: a bot token looks like the token of one.
fn or_static(advice: Advice, options: &ImportOptions, provider: &Provider) -> Advice {
    let Some(token) = &provider.kinds.static_token else { return advice };
    let import = Remedy::Import {
        provider: provider.slug.to_string(),
        account: account(options),
        kind: Some(Kind::Static.name()),
    };
    advice![Remedy::from(advice), format!("; if it is the {}: ", token.title), import.request()]
}

/// Returns when the token expires. A point in time that the file names is the truth; a length of time
/// counts from an unknown moment, so that the command line has the last word on it.
fn expires_at(
    expiry: &Expiry,
    options: &ImportOptions,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let from_now = |life: SignedDuration| {
        now.checked_add(life).map_err(|_| {
            Error::new(Code::BadArgument, "the expiry is further away than time can be counted")
        })
    };
    let stated = match options.expires_in {
        Some(life) => Some(from_now(life)?),
        None => options.expires_at,
    };
    match (expiry.expires_at, stated) {
        (Some(known), Some(stated)) if known.duration_since(stated).abs() > CLOSE => {
            let message = format!(
                "the file says that the token expires at {}, and the request says at {}",
                rfc3339(known),
                rfc3339(stated)
            );
            Err(Error::new(Code::BadArgument, message).with_hint(advice![
                "leave ",
                Parameter::ExpiresIn,
                " and ",
                Parameter::ExpiresAt,
                " out: the file is the truth"
            ]))
        }
        (Some(known), _) => Ok(Some(known)),
        (None, Some(stated)) => Ok(Some(stated)),
        (None, None) => {
            let life = expiry.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
            life.map(SignedDuration::from_secs).map(from_now).transpose()
        }
    }
}

/// Warns of oddities, and never refuses them: the shape of a token is its issuer's own affair.
fn warn_of(
    response: &TokenResponse,
    scopes: &ScopeSet,
    provider: &Provider,
    expires_at: Option<Timestamp>,
    context: &Context,
) {
    if let Some(shape) = provider.recognise_token(response.access_token.expose_secret())
        && let Some(warning) = &shape.message
    {
        context.reporter.warning(warning.as_str().into());
    }
    let is_known = |scope: &&str| provider.scopes.contains_key(provider.wire_name(scope));
    for scope in scopes.iter().filter(|scope| !is_known(scope)) {
        let known = provider.scopes.keys().chain(provider.scope_aliases.keys());
        let meant = nearest(scope, known.map(String::as_str))
            .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        context.reporter.warning(format!("{} has no scope `{scope}`{meant}", provider.slug).into());
    }
    match expires_at {
        None => context.reporter.warning(advice![
            "the token does not say when it expires: add ",
            Parameter::ExpiresIn,
            " or ",
            Parameter::ExpiresAt
        ]),
        Some(at) if at <= context.now => context.reporter.warning(match &response.refresh_token {
            Some(_) => "the token has expired already: its next use refreshes it".into(),
            None => "the token has expired already".into(),
        }),
        Some(_) => {}
    }
}
