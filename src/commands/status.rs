//! `xreq status`: the accounts, their scopes, and the time that is left. Needs no key.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Context;
use super::keeper::connect_command;
use crate::catalog::{Catalog, Provider};
use crate::cli::{Format, Status};
use crate::error::{Exit, Result};
use crate::oauth::decision::is_rejected;
use crate::store::{FailureClass, GrantMetadata, GrantName};
use crate::time::{life, rfc3339};

const SCHEMA_VERSION: u32 = 1;

/// A token that lives no longer than this will be dead before an agent has done much.
const SOON: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connected,
    Expiring,
    Expired,
    InDoubt,
    Reconnect,
}

impl State {
    fn of(account: &Account<'_>, now: Timestamp) -> Self {
        let Account { metadata, .. } = account;
        let left = metadata.expires_at.map(|at| at.duration_since(now));
        let is_dead = left.is_some_and(|left| left <= SignedDuration::ZERO);
        if is_rejected(metadata) || account.cannot_be_refreshed(now) && is_dead {
            Self::Reconnect
        } else if metadata.refresh_in_flight.is_some() {
            Self::InDoubt
        } else if is_dead {
            Self::Expired
        } else if left.is_some_and(|left| left < SOON) {
            Self::Expiring
        } else {
            Self::Connected
        }
    }

    /// The escape sequence of its colour.
    fn paint(self) -> &'static str {
        match self {
            Self::Connected => "\x1b[32m",
            Self::Expiring | Self::Expired | Self::InDoubt => "\x1b[33m",
            Self::Reconnect => "\x1b[31m",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::InDoubt => "in_doubt",
            Self::Reconnect => "reconnect",
        }
    }
}

/// A grant, with what is known of its provider.
struct Account<'a> {
    metadata: GrantMetadata,
    provider: Option<&'a Provider>,
}

impl Account<'_> {
    fn name(&self) -> GrantName {
        let GrantMetadata { provider, account, .. } = &self.metadata;
        GrantName { provider: provider.clone(), account: account.clone() }
    }

    /// When the refresh token dies where it is not used, where that is known.
    fn refresh_token_expires_at(&self) -> Option<Timestamp> {
        let seconds = self.provider?.lifetimes.refresh_token?;
        let life = SignedDuration::from_secs(i64::try_from(seconds).ok()?);
        self.metadata.refresh_token_issued_at?.checked_add(life).ok()
    }

    fn is_assumed(&self) -> bool {
        self.provider.is_some_and(|provider| provider.lifetimes.refresh_token_is_assumed)
    }

    fn cannot_be_refreshed(&self, at: Timestamp) -> bool {
        !self.metadata.refreshable || self.refresh_token_expires_at().is_some_and(|end| end <= at)
    }

    /// Whether a person has to do something about it until this time.
    fn needs_a_person(&self, until: Timestamp) -> bool {
        let dies = self.metadata.expires_at.is_some_and(|at| at <= until);
        is_rejected(&self.metadata)
            || is_of_client(&self.metadata)
            || dies && self.cannot_be_refreshed(until)
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
    for listed in store.list_grants(names) {
        match listed.metadata {
            Ok(metadata) => accounts.push(account(metadata, &catalog)),
            Err(error) => {
                context.terminal.report(&error);
                damaged.push(json!({
                    "provider": listed.name.provider,
                    "account": listed.name.account,
                    "code": error.code().name(),
                    "message": error.to_string(),
                }));
            }
        }
    }
    let until = context.now.checked_add(args.within).unwrap_or(Timestamp::MAX);
    let attention =
        !damaged.is_empty() || accounts.iter().any(|account| account.needs_a_person(until));
    match args.format {
        Format::Json => {
            let accounts: Vec<_> =
                accounts.iter().map(|account| as_json(account, until, context.now)).collect();
            context.terminal.print_json(&json!({
                "schema_version": SCHEMA_VERSION,
                "attention": attention,
                "accounts": accounts,
                "damaged": damaged,
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

fn account(metadata: GrantMetadata, catalog: &Catalog) -> Account<'_> {
    let provider = catalog.provider(metadata.provider.as_str());
    Account { metadata, provider }
}

fn text(account: &Account<'_>, width: usize, until: Timestamp, now: Timestamp) -> String {
    let metadata = &account.metadata;
    let state = State::of(account, now);
    let handle = metadata.handle.as_ref().map_or_else(String::new, |handle| format!("@{handle}  "));
    let at = metadata.expires_at.map_or_else(String::new, |at| format!(" ({})", rfc3339(at)));
    let name = account.name();
    let mut text = format!(
        "{:width$}  {}{:9}\x1b[0m  {handle}access token {}{at}\n",
        name.to_string(),
        state.paint(),
        state.name(),
        life(metadata.expires_at, now),
    );
    let mut line = |line: String| text.push_str(&format!("{:width$}  {line}\n", ""));
    let assumed = if metadata.scopes_assumed { "  (as asked for or stated)" } else { "" };
    line(format!("scopes: {}{assumed}", metadata.scopes));
    let refreshed =
        metadata.refreshed_at.map_or_else(String::new, |at| format!(", refreshed {}", rfc3339(at)));
    line(format!("connected {}{refreshed}", rfc3339(metadata.connected_at)));
    match account.refresh_token_expires_at() {
        _ if is_rejected(metadata) => line("the refresh token is no longer accepted".to_owned()),
        Some(at) => {
            let assumed = if account.is_assumed() { ", assumed" } else { "" };
            line(format!("refresh token {} ({}{assumed})", life(Some(at), now), rfc3339(at)));
        }
        None if metadata.refreshable => line("refresh token: expiry unknown".to_owned()),
        None => line("no refresh token: the grant ends with its access token".to_owned()),
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
    if account.needs_a_person(until) {
        line(if is_of_client(metadata) {
            format!("see `xreq client show {}`, then run `xreq refresh {0} --force`", name.provider)
        } else {
            format!("run `{}`", connect_command(&name))
        });
    }
    text
}

fn is_of_client(metadata: &GrantMetadata) -> bool {
    metadata.last_error.as_ref().is_some_and(|error| error.class == FailureClass::Client)
}

fn as_json(account: &Account<'_>, until: Timestamp, now: Timestamp) -> Value {
    let metadata = &account.metadata;
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
        "state": State::of(account, now).name(),
        "needs_a_person": account.needs_a_person(until),
        "scopes": metadata.scopes,
        "scopes_assumed": metadata.scopes_assumed,
        "connected_at": rfc3339(metadata.connected_at),
        "refreshed_at": metadata.refreshed_at.map(rfc3339),
        "expires_at": metadata.expires_at.map(rfc3339),
        "expires_in": metadata.expires_at.map(|at| at.duration_since(now).as_secs()),
        "refreshable": metadata.refreshable,
        "refresh_token_expires_at": account.refresh_token_expires_at().map(rfc3339),
        "refresh_token_expiry_is_assumed": account.is_assumed(),
        "in_doubt_since": metadata.refresh_in_flight.as_ref().map(|flight| rfc3339(flight.since)),
        "last_error": last_error,
    })
}
