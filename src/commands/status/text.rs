//! The status of accounts, for people.

use jiff::Timestamp;

use crate::app::status::AccountStatus;
use crate::credential::failure::connect;
use crate::credential::health::Health;
use crate::credential::minting::Minting;
use crate::error::wording;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::Kind;
use crate::model::name::Label;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::{life, rfc3339};

pub(super) fn layout(accounts: &[AccountStatus], until: Timestamp, now: Timestamp) -> Layout {
    let rows = |account: &AccountStatus| {
        let name = Phrase::new(Style::Strong, &account.name().to_string());
        let rest = details(account, until, now).into_iter().map(Phrase::from);
        let values: Vec<_> = std::iter::once(first(account, now)).chain(rest).collect();
        let names = std::iter::once(name).chain(std::iter::repeat(Phrase::default()));
        names.zip(values).collect::<Vec<_>>()
    };
    let mut layout = Layout::default();
    layout.definitions(0, 0, accounts.iter().flat_map(rows));
    layout
}

fn style(health: Health) -> Style {
    match health {
        Health::Connected => Style::Good,
        Health::Expiring | Health::Expired | Health::InDoubt => Style::Attention,
        Health::Reconnect | Health::Damaged => Style::Bad,
    }
}

/// Returns the health, the handle and the end of the access token.
fn first(account: &AccountStatus, now: Timestamp) -> Phrase {
    let metadata = &account.metadata;
    let health = account.standing.health(now);
    let handle = metadata.handle.as_ref().map_or_else(String::new, |handle| format!("@{handle}  "));
    let at = metadata.expires_at.map_or_else(String::new, |at| format!(" ({})", rfc3339(at)));
    let token = if metadata.kind.never_expires() {
        format!("{handle}{} that does not expire", in_words(metadata.kind))
    } else {
        format!("{handle}access token {}{at}", life(metadata.expires_at, now))
    };
    let padding = 9_usize.saturating_sub(health.name().len()) + 2;
    Phrase::new(style(health), health.name()).then(Style::Plain, &format!("{:padding$}{token}", ""))
}

/// Returns a token of a kind, in words.
fn in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::AppOnly => "token of the app",
        Kind::Static => "static token",
        _ => "token",
    }
}

fn details(account: &AccountStatus, until: Timestamp, now: Timestamp) -> Vec<String> {
    let (metadata, standing, name) = (&account.metadata, &account.standing, account.name());
    if metadata.kind == Kind::Oauth1 {
        let level = metadata.level.map_or("unknown", AccessLevel::name);
        let client = metadata.client.as_ref().map_or("unknown", Label::as_str);
        return vec![
            format!("level: {level}"),
            format!("connected {}, by the client `{client}`", rfc3339(metadata.connected_at)),
        ];
    }
    let assumed = if metadata.scopes_assumed { "  (as asked for or stated)" } else { "" };
    let mut lines = Vec::new();
    if metadata.kind == Kind::Oauth2 {
        lines.push(format!("scopes: {}{assumed}", metadata.scopes));
    }
    if !account.included.is_empty() {
        lines.push(format!("included: {}", account.included));
    }
    lines.extend(account.narrow.iter().map(|(scope, limit)| format!("narrow: {scope} {limit}")));
    let refreshed =
        metadata.refreshed_at.map_or_else(String::new, |at| format!(", refreshed {}", rfc3339(at)));
    lines.push(format!("connected {}{refreshed}", rfc3339(metadata.connected_at)));
    if metadata.kind.never_expires() {
        return lines;
    }
    if let Some(Minting { source, subject, project_number }) = &metadata.minting {
        let ended = if standing.is_rejected() { ", which is no longer accepted" } else { "" };
        lines.push(format!("tokens from {}{ended}", source.described()));
        lines.extend(subject.as_ref().map(|user| format!("acts for {user}")));
        lines.extend(project_number.as_ref().map(|number| format!("project {number}")));
    }
    lines.extend(refresh_token(account, now));
    if let Some(flight) = &metadata.refresh_in_flight {
        lines.push(format!("the answer to a refresh of {} was lost", rfc3339(flight.since)));
    }
    if let Some(error) = &metadata.last_error {
        let retry = error
            .retry_at
            .filter(|at| *at > now)
            .map_or_else(String::new, |at| format!("; not asked again before {}", rfc3339(at)));
        let (at, class, message) = (rfc3339(error.at), error.class.name(), &error.message);
        lines.push(format!("last error, {at} ({class}): {message}{retry}"));
    }
    if standing.needs_a_person(until) {
        lines.push(if standing.is_of_client() && metadata.kind == Kind::Oauth2 {
            format!("see `xreq client show {}`, then run `xreq refresh {0} --force`", name.provider)
        } else {
            wording::help(&connect(&name))
        });
    }
    lines
}

/// Returns how long the refresh token lives, where that is a matter at all.
fn refresh_token(account: &AccountStatus, now: Timestamp) -> Option<String> {
    let (metadata, standing) = (&account.metadata, &account.standing);
    if metadata.kind != Kind::Oauth2 {
        return None;
    }
    Some(match (standing.doubt(now), standing.refresh_token_expires_at) {
        _ if standing.is_rejected() => "the refresh token is no longer accepted".to_owned(),
        (Some(doubt), _) => doubt,
        (None, Some(at)) => {
            let assumed = if standing.is_assumed { ", assumed" } else { "" };
            format!("refresh token {} ({}{assumed})", life(Some(at), now), rfc3339(at))
        }
        (None, None) if metadata.refreshable => "refresh token: expiry unknown".to_owned(),
        (None, None) => "no refresh token: the grant ends with its access token".to_owned(),
    })
}
