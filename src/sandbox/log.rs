//! A log of the requests to the sandbox. No token, code or secret is ever noted, only the SHA-256
//! of one.

use std::collections::VecDeque;

use serde::Serialize;

use super::client::ClientAuth;
use super::fault::Endpoint;
use super::token::Digest;
use crate::text::redact::redact;

/// The number of requests that are remembered: the newest.
const MOST: usize = 100_000;

/// A request, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// Its query, where the path is one of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The status of the answer, even of one that was then held back or cut; none, where nothing
    /// was answered and nothing done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The fault that struck, as it is written on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The client that it says it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The way in which the client proved itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuth>,
    /// Token endpoint: `grant_type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// Consent and token endpoint: `redirect_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Consent and token endpoint: `scope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Consent: `code_challenge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// Consent: `code_challenge_method`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    /// Revocation: `token_type_hint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type_hint: Option<String>,
    /// The SHA-256, in hexadecimal digits, of what was presented: the refresh token, the code, the
    /// token to revoke, or the bearer token of an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presented: Option<String>,
    /// The id of the account that it concerns, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl LogEntry {
    pub(super) fn new(endpoint: Endpoint, method: &str, path: &str) -> Self {
        Self {
            endpoint,
            method: method.to_owned(),
            path: harmless_path(path),
            query: None,
            status: None,
            fault: None,
            client_id: None,
            client_auth: None,
            grant_type: None,
            redirect_uri: None,
            scope: None,
            code_challenge: None,
            code_challenge_method: None,
            token_type_hint: None,
            presented: None,
            account_id: None,
        }
    }

    /// Notes what was presented, by its hash.
    pub(super) fn presents(&mut self, token: Option<&str>) {
        self.presented = token.map(|token| Digest::of(token).hex());
    }
}

/// Returns the SHA-256 of a token in hexadecimal digits: what [`LogEntry::presented`] holds.
pub fn fingerprint(token: &str) -> String {
    Digest::of(token).hex()
}

/// Returns the words of a client where no token belongs; a token that is there all the same is
/// hidden.
pub(super) fn harmless(value: Option<&str>) -> Option<String> {
    value.map(|value| redact(value).into_owned())
}

/// Returns a path whose segments are judged one by one: as a whole it would pass for the path of a
/// file.
fn harmless_path(path: &str) -> String {
    path.split('/').map(redact).collect::<Vec<_>>().join("/")
}

/// The newest requests.
#[derive(Default)]
pub(super) struct Log {
    entries: VecDeque<LogEntry>,
    /// The number of all that there ever were.
    total: usize,
}

impl Log {
    pub(super) fn push(&mut self, logged: LogEntry) {
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(logged);
        self.total += 1;
    }

    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Returns the requests after the first `seen`, as far as they are remembered.
    pub(super) fn after(&self, seen: usize) -> Vec<LogEntry> {
        let new = (self.total - seen).min(self.entries.len());
        self.entries.range(self.entries.len() - new..).cloned().collect()
    }

    pub(super) fn in_place(&mut self) -> &[LogEntry] {
        self.entries.make_contiguous()
    }

    pub(super) fn entries(&self) -> Vec<LogEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}
