//! `xreq import`: a grant from a token response, or from a bare token.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::{Context, refuse_secret};
use crate::audit::Event;
use crate::catalog::Provider;
use crate::cli::Import;
use crate::error::{Code, Error, Exit, Result};
use crate::name::{Label, Slug};
use crate::nearest::nearest;
use crate::oauth::issue;
use crate::oauth::token_response::TokenResponse;
use crate::prompt;
use crate::scope::{ScopeSet, is_scope};
use crate::store::{self, GrantMetadata, GrantName, Identities, Recipients};
use crate::time::life;

/// A token response is far smaller.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn run(args: &Import, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let provider = catalog.known_provider(&args.provider)?;
    let account: Label = args.account.parse()?;
    refuse_secret("label of an account", account.as_str())?;
    let response = read(&args.file)?;
    let scopes = scopes(&response, args, provider)?;
    scopes.iter().try_for_each(|scope| refuse_secret("scope", scope))?;
    let expires_at = expires_at(&response, args, context.now)?;
    warn_of(&response, &scopes, provider, expires_at, context);

    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let slug: Slug = provider.slug.parse()?;
    let lock = store.lock_grant(&slug, &account)?;
    let name = GrantName { provider: slug, account };
    let mut grant = issue::grant(name, response, &scopes, provider, None, context.now);
    grant.metadata.scopes = scopes;
    grant.metadata.expires_at = expires_at;
    let replaced = store.grant(&grant.metadata.provider, &grant.metadata.account);
    store.put_grant(&lock, &grant, &recipients)?;
    context.record_grant(Event::Import, &grant.metadata, &grant.access_token);
    if let Ok(Some(replaced)) = &replaced {
        warn_of_loss(&replaced.metadata, &grant.metadata, context);
    }
    warn_if_shut(&store, &grant.metadata, context);
    let verb = if matches!(replaced, Ok(None)) { "stored" } else { "replaced" };
    context.terminal.print(&told(verb, &grant.metadata, context.now))?;
    Ok(Exit::Done)
}

/// An import replaces what was there: what is gone with it is said.
fn warn_of_loss(before: &GrantMetadata, after: &GrantMetadata, context: &Context) {
    let scopes = before.scopes.minus(&after.scopes);
    if !scopes.is_empty() {
        context.terminal.warn(&format!("the grant had scopes that are gone now: {scopes}"));
    }
    if before.refreshable && !after.refreshable {
        context.terminal.warn("the grant had a refresh token, and has none now");
    }
}

/// Whoever seals to others alone finds out now, and not at the launch. An identity that is not
/// here, or has a passphrase, is not asked for.
fn warn_if_shut(store: &store::Store, metadata: &GrantMetadata, context: &Context) {
    let Ok(identities) = Identities::load(store.home(), &context.env, &store::Nobody) else {
        return;
    };
    if let Ok(Some(sealed)) = store.grant(&metadata.provider, &metadata.account)
        && let Err(error) = sealed.unseal(&identities)
    {
        context.terminal.warn(&format!("{error}: add its recipient to recipients.txt"));
    }
}

fn told(verb: &str, metadata: &GrantMetadata, now: Timestamp) -> String {
    let GrantMetadata { provider, account, scopes, expires_at, .. } = metadata;
    format!("{verb} {provider} ({account}): {scopes}; {}\n", life(*expires_at, now))
}

fn read(path: &Path) -> Result<TokenResponse> {
    let stdin = path == Path::new("-");
    let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut text = Zeroizing::new(String::new());
    let read = if stdin && io::stdin().is_terminal() {
        text =
            prompt::ask_for_paste("token or token response: ", &is_whole).map_err(|failure| {
                failure.error(
                    "the token",
                    "pipe it in, or name a file that has it: `xreq import X FILE`",
                )
            })?;
        Ok(())
    } else if stdin {
        io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text).map(drop)
    } else {
        File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)).map(drop)
    };
    read.map_err(|error| Error::new(Code::FileUnreadable, format!("cannot read {name}: {error}")))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::new(Code::TokenInvalid, format!("{name} is empty"))
            .with_hint("pipe a token or a token response in, or name a file that has one"));
    }
    let response = if text.starts_with(['{', '[', '<', '"']) {
        TokenResponse::parse(text)
    } else {
        TokenResponse::bare(text)
    };
    response.map_err(|invalid| {
        Error::new(Code::TokenInvalid, format!("{name}: {invalid}"))
            .with_hint("give the whole token response (JSON), or the access token and nothing else")
    })
}

/// Whether a pasted text is all of it: a token is one line, a token response may be several.
fn is_whole(text: &str) -> bool {
    !text.trim_start().starts_with('{')
        || serde_json::from_str::<serde::de::IgnoredAny>(text)
            .map_or_else(|e| !e.is_eof(), |_| true)
}

/// The response is the truth (RFC 6749 section 5.1); where it is silent, the user says it.
fn scopes(response: &TokenResponse, args: &Import, provider: &Provider) -> Result<ScopeSet> {
    let stated = args.scopes.as_deref().map(ScopeSet::parse);
    if !stated.iter().flat_map(ScopeSet::iter).all(is_scope) {
        let message = "--scopes has characters that no scope has";
        return Err(Error::new(Code::BadArgument, message));
    }
    match (&response.scopes, stated) {
        (Some(granted), Some(stated)) if *granted != stated => Err(Error::new(
            Code::BadArgument,
            format!(
                "the response says that the scopes are `{granted}`, and --scopes says `{stated}`"
            ),
        )
        .with_hint("leave --scopes out: the response is the truth")),
        (Some(granted), _) => Ok(granted.clone()),
        (_, Some(stated)) if !stated.is_empty() => Ok(stated),
        _ => Err(Error::new(
            Code::ScopesUnknown,
            format!("nothing says which scopes the token of {} has", provider.slug),
        )
        .with_hint(format!(
            "state them: `xreq import {} --scopes \"SCOPE SCOPE\"`; `xreq catalog {0}` lists them",
            provider.slug
        ))),
    }
}

fn expires_at(
    response: &TokenResponse,
    args: &Import,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    if args.expires_at.is_some() {
        return Ok(args.expires_at);
    }
    let answered = response.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
    let Some(life) = args.expires_in.or(answered.map(SignedDuration::from_secs)) else {
        return Ok(None);
    };
    now.checked_add(life).map(Some).map_err(|_| {
        Error::new(Code::BadArgument, "the expiry is further away than time can be counted")
    })
}

/// What is odd is said, and never refused: the shape of a token is its issuer's own affair.
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
        context.terminal.warn(warning);
    }
    for scope in scopes.iter().filter(|scope| !provider.scopes.contains_key(*scope)) {
        let known = provider.scopes.keys().map(String::as_str);
        let meant = nearest(scope, known)
            .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        context.terminal.warn(&format!("{} has no scope `{scope}`{meant}", provider.slug));
    }
    match expires_at {
        None => context
            .terminal
            .warn("when the token expires is unknown: say it with --expires-in or --expires-at"),
        Some(at) if at <= context.now => context.terminal.warn("the token has expired already"),
        Some(_) => {}
    }
}
