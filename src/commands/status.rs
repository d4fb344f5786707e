//! `xreq status`: the accounts, their scopes, and the time that is left. Needs no key, unless
//! they are to be verified.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::grant_service::connect_command;
use crate::catalog::Catalog;
use crate::cli::{Format, Status};
use crate::credential::health::{Standing, State};
use crate::error::{Exit, Result};
use crate::store::{GrantMetadata, GrantName, Recipients};
use crate::text::time::{life, rfc3339};

const SCHEMA_VERSION: u32 = 1;

/// A grant, and how it stands.
struct Account {
    metadata: GrantMetadata,
    standing: Standing,
}

impl Account {
    fn name(&self) -> GrantName {
        let GrantMetadata { provider, account, .. } = &self.metadata;
        GrantName::grant(provider.clone(), account.clone())
    }
}

pub(super) fn run(args: &Status, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let store = context.store()?;
    let names = match &args.provider {
        Some(provider) => store.grant_names_of(&provider.parse()?)?,
        None => store.grant_names()?,
    };
    let mut accounts = Vec::new();
    let mut damaged = Vec::new();
    let identities = args.verify.then(|| context.identities(&store)).transpose()?;
    // Whether there are recipients that can be used is for whoever seals something.
    let recipients = Recipients::named(store.home()).unwrap_or_default();
    let mut sealed_to_others = 0;
    for name in names {
        let read = store.grant(&name.provider, &name.account).and_then(|sealed| {
            let Some(sealed) = sealed else { return Ok(None) };
            let is_other = |recipients: &Recipients| !sealed.is_sealed_to(recipients);
            sealed_to_others += usize::from(recipients.as_ref().is_some_and(is_other));
            match &identities {
                Some(identities) => sealed.unseal(identities).map(|grant| Some(grant.metadata)),
                None => Ok(Some(sealed.metadata)),
            }
        });
        match read {
            Ok(metadata) => accounts.extend(metadata.map(|found| account(found, &catalog))),
            Err(error) => {
                context.terminal.report(&error);
                damaged.push(json!({
                    "provider": name.provider,
                    "account": name.account,
                    "code": error.code().name(),
                    "message": error.to_string(),
                }));
            }
        }
    }
    if sealed_to_others > 0 {
        context.terminal.note(&format!(
            "grants that may be sealed to others than recipients.txt names: {sealed_to_others}; run \
             `xreq reseal`"
        ));
    }
    let until = context.now.checked_add(args.within).unwrap_or(Timestamp::MAX);
    let attention = !damaged.is_empty()
        || accounts.iter().any(|account| account.standing.needs_a_person(until));
    match args.format {
        Format::Json => {
            let accounts: Vec<_> =
                accounts.iter().map(|account| as_json(account, until, context.now)).collect();
            context.terminal.print_json(&json!({
                "schema_version": SCHEMA_VERSION,
                "attention": attention,
                "accounts": accounts,
                "damaged": damaged,
                "sealed_to_others": sealed_to_others,
            }))?;
        }
        Format::Text if accounts.is_empty() && !attention => {
            let of =
                args.provider.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
            context.terminal.note(&format!(
                "there is no grant{of}: `xreq connect` gets one, `xreq import` stores one"
            ));
        }
        Format::Text => {
            let width = accounts.iter().map(|account| account.name().to_string().len()).max();
            for account in &accounts {
                let text = text(account, width.unwrap_or(0), until, context.now);
                context.terminal.print(&text)?;
            }
        }
    }
    Ok(if attention { Exit::Findings } else { Exit::Done })
}

fn account(metadata: GrantMetadata, catalog: &Catalog) -> Account {
    let provider = catalog.provider(metadata.provider.as_str());
    let standing = Standing::of(&metadata, provider);
    Account { metadata, standing }
}

/// The escape sequence of a state's colour.
fn paint(state: State) -> &'static str {
    match state {
        State::Connected => "\x1b[32m",
        State::Expiring | State::Expired | State::InDoubt => "\x1b[33m",
        State::Reconnect => "\x1b[31m",
    }
}

fn text(account: &Account, width: usize, until: Timestamp, now: Timestamp) -> String {
    let (metadata, standing) = (&account.metadata, &account.standing);
    let state = standing.state(now);
    let handle = metadata.handle.as_ref().map_or_else(String::new, |handle| format!("@{handle}  "));
    let at = metadata.expires_at.map_or_else(String::new, |at| format!(" ({})", rfc3339(at)));
    let name = account.name();
    let mut text = format!(
        "{:width$}  {}{:9}\x1b[0m  {handle}access token {}{at}\n",
        name.to_string(),
        paint(state),
        state.name(),
        life(metadata.expires_at, now),
    );
    let mut line = |line: String| text.push_str(&format!("{:width$}  {line}\n", ""));
    let assumed = if metadata.scopes_assumed { "  (as asked for or stated)" } else { "" };
    line(format!("scopes: {}{assumed}", metadata.scopes));
    let refreshed =
        metadata.refreshed_at.map_or_else(String::new, |at| format!(", refreshed {}", rfc3339(at)));
    line(format!("connected {}{refreshed}", rfc3339(metadata.connected_at)));
    match (standing.doubt(now), standing.refresh_token_expires_at) {
        _ if standing.is_rejected() => line("the refresh token is no longer accepted".to_owned()),
        (Some(doubt), _) => line(doubt),
        (None, Some(at)) => {
            let assumed = if standing.is_assumed { ", assumed" } else { "" };
            line(format!("refresh token {} ({}{assumed})", life(Some(at), now), rfc3339(at)));
        }
        (None, None) if metadata.refreshable => line("refresh token: expiry unknown".to_owned()),
        (None, None) => line("no refresh token: the grant ends with its access token".to_owned()),
    }
    if let Some(flight) = &metadata.refresh_in_flight {
        line(format!("the answer to a refresh of {} was lost", rfc3339(flight.since)));
    }
    if let Some(error) = &metadata.last_error {
        let retry = error
            .retry_at
            .filter(|at| *at > now)
            .map_or_else(String::new, |at| format!("; not asked again before {}", rfc3339(at)));
        line(format!(
            "last error, {} ({}): {}{retry}",
            rfc3339(error.at),
            error.class.name(),
            error.message
        ));
    }
    if standing.needs_a_person(until) {
        line(if standing.is_of_client() {
            format!("see `xreq client show {}`, then run `xreq refresh {0} --force`", name.provider)
        } else {
            format!("run `{}`", connect_command(&name))
        });
    }
    text
}

fn as_json(account: &Account, until: Timestamp, now: Timestamp) -> Value {
    let (metadata, standing) = (&account.metadata, &account.standing);
    let last_error = metadata.last_error.as_ref().map(|error| {
        json!({
            "at": rfc3339(error.at),
            "class": error.class.name(),
            "message": error.message,
            "retry_at": error.retry_at.map(rfc3339),
        })
    });
    json!({
        "provider": metadata.provider,
        "account": metadata.account,
        "account_id": metadata.account_id,
        "handle": metadata.handle,
        "client": metadata.client,
        "client_id": metadata.client_id,
        "state": standing.state(now).name(),
        "needs_a_person": standing.needs_a_person(until),
        "scopes": metadata.scopes,
        "scopes_assumed": metadata.scopes_assumed,
        "connected_at": rfc3339(metadata.connected_at),
        "refreshed_at": metadata.refreshed_at.map(rfc3339),
        "expires_at": metadata.expires_at.map(rfc3339),
        "expires_in": metadata.expires_at.map(|at| at.duration_since(now).as_secs()),
        "refreshable": metadata.refreshable,
        "refresh_token_expires_at": standing.refresh_token_expires_at.map(rfc3339),
        "refresh_token_expiry_is_assumed": standing.is_assumed,
        "refresh_token_may_have_expired": standing.may_have_expired(now),
        "in_doubt_since": metadata.refresh_in_flight.as_ref().map(|flight| rfc3339(flight.since)),
        "last_error": last_error,
    })
}
