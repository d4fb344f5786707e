//! The status of an account, for people.

use jiff::Timestamp;

use crate::app::status::AccountStatus;
use crate::credential::failure::connect;
use crate::credential::health::Health;
use crate::error::wording;
use crate::text::escape::on_one_line;
use crate::text::time::{life, rfc3339};

/// Returns the escape sequence of a health's colour.
fn paint(health: Health) -> &'static str {
    match health {
        Health::Connected => "\x1b[32m",
        Health::Expiring | Health::Expired | Health::InDoubt => "\x1b[33m",
        Health::Reconnect | Health::Damaged => "\x1b[31m",
    }
}

pub(super) fn text(
    account: &AccountStatus,
    width: usize,
    until: Timestamp,
    now: Timestamp,
) -> String {
    let (metadata, standing) = (&account.metadata, &account.standing);
    let health = standing.health(now);
    let handle = metadata
        .handle
        .as_ref()
        .map_or_else(String::new, |handle| format!("@{}  ", on_one_line(handle)));
    let at = metadata.expires_at.map_or_else(String::new, |at| format!(" ({})", rfc3339(at)));
    let name = account.name();
    let mut text = format!(
        "{:width$}  {}{:9}\x1b[0m  {handle}access token {}{at}\n",
        name.to_string(),
        paint(health),
        health.name(),
        life(metadata.expires_at, now),
    );
    let mut line = |line: String| text.push_str(&format!("{:width$}  {line}\n", ""));
    let assumed = if metadata.scopes_assumed { "  (as asked for or stated)" } else { "" };
    line(format!("scopes: {}{assumed}", on_one_line(&metadata.scopes.to_string())));
    let refreshed =
        metadata.refreshed_at.map_or_else(String::new, |at| format!(", refreshed {}", rfc3339(at)));
    line(format!("connected {}{refreshed}", rfc3339(metadata.connected_at)));
    match (standing.doubt(now), standing.refresh_token_expires_at) {
        _ if standing.is_rejected() => line("the refresh token is no longer accepted".to_owned()),
        (Some(doubt), _) => line(on_one_line(&doubt).into_owned()),
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
            on_one_line(&error.message)
        ));
    }
    if standing.needs_a_person(until) {
        line(if standing.is_of_client() {
            format!("see `xreq client show {}`, then run `xreq refresh {0} --force`", name.provider)
        } else {
            wording::help(&connect(&name))
        });
    }
    text
}
