//! Faults on request.

mod text;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::http::{Delivery, JSON, Reply};
use super::paths::{EndpointPath, Paths};
use super::refusal::{ACCESS_LEVEL, level_too_low, other_clock};
use super::service_accounts;

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The consent page and its decision.
    Authorize,
    /// The token endpoint: the exchange of codes, and refreshes.
    Token,
    /// The end of tokens.
    Revoke,
    /// What tells whose a token is: `GET /2/users/me`.
    Me,
    /// Every other path of the API.
    Api,
    /// The codes that are typed on another device, and the page for them.
    Device,
    /// OAuth 1.0a: its endpoints, and the older API.
    Oauth1,
    /// `GET /1.1/account/verify_credentials.json`, which tells the level of a token of OAuth 1.0a.
    Verify,
    /// The bearer tokens of apps.
    AppOnly,
    /// Service accounts: tokens from their keys, and the credentials of users.
    Mint,
    /// Service accounts: a project.
    Project,
    /// The endpoints themselves, where they are listed.
    Metadata,
    /// Everything else.
    Other,
}

impl Endpoint {
    /// Returns the endpoint of a path.
    pub(super) fn of(path: &str, paths: &Paths) -> Self {
        let is = |endpoint: Option<&EndpointPath>| endpoint.is_some_and(|it| it.is(path));
        match path {
            path if path == paths.device_page || is(paths.device.as_ref()) => Self::Device,
            path if paths.authorize.is(path) => Self::Authorize,
            path if paths.token.is(path) => Self::Token,
            _ if is(paths.revoke.as_ref()) => Self::Revoke,
            _ if is(paths.metadata.as_ref()) => Self::Metadata,
            path if path == paths.me => Self::Me,
            "/oauth2/token" | "/oauth2/invalidate_token" => Self::AppOnly,
            service_accounts::TOKEN | service_accounts::EXCHANGE => Self::Mint,
            path if path.starts_with(service_accounts::ACCOUNTS) => Self::Mint,
            path if path.starts_with("/gcp/") => Self::Project,
            path if path.starts_with(&paths.api) => Self::Api,
            "/1.1/account/verify_credentials.json" => Self::Verify,
            path if path.starts_with("/oauth/") || path.starts_with("/1.1/") => Self::Oauth1,
            _ => Self::Other,
        }
    }
}

/// A way in which an endpoint fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Closes the connection before anything was done.
    DropBefore,
    /// Does its work (a refresh rotates), and closes the connection without an answer.
    DropAfter,
    /// Does nothing, never answers, and leaves the connection open.
    Hang,
    /// Does its work and answers late.
    Slow(Duration),
    /// Does its work and sends half of the answer, under a `Content-Length` for all of it.
    Truncated,
    /// Does nothing and answers 200 with what is no JSON, under the content type of JSON.
    Garbage,
    /// Does its work and answers 200 with what is no JSON.
    GarbageAfter,
    /// Does nothing and answers 200 with a page of HTML, as a hotel's network would.
    Html,
    /// Does nothing and redirects to the same path with 307, which keeps method and body
    /// (RFC 9700 section 4.12): a client that follows sends its secrets twice.
    Redirect307,
    /// Does nothing and answers this status, with X's body for it.
    Status {
        /// The HTTP status.
        status: u16,
        /// The seconds of a `Retry-After` header (RFC 9110 section 10.2.3).
        retry_after: Option<u64>,
    },
    /// Does nothing and answers this status and body.
    Body {
        /// The HTTP status.
        status: u16,
        /// The body, whatever it is, under the content type of JSON.
        json: String,
    },
    /// Does its work and leaves the level out of the answer's headers.
    NoLevel,
    /// Does nothing and answers that the token's level is too low, as the API does.
    Oauth1Permissions,
    /// Does nothing and answers that the request's time is not now, by a clock that is this far ahead, or
    /// behind.
    Clock(SignedDuration),
    /// Does its work and changes a successful answer: puts these fields in place of its own. `null`
    /// removes a field.
    PatchResponse(Map<String, Value>),
}

impl Fault {
    /// Creates the fault of a status without `Retry-After`.
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None }
    }

    /// Creates a [`Fault::PatchResponse`] of one field; `null` removes it.
    pub fn patch(field: &str, value: impl Into<Value>) -> Self {
        Self::PatchResponse(Map::from_iter([(field.to_owned(), value.into())]))
    }

    /// Returns whether the endpoint does its work nevertheless.
    pub(super) fn does_work(&self) -> bool {
        matches!(
            self,
            Self::DropAfter
                | Self::Slow(_)
                | Self::Truncated
                | Self::GarbageAfter
                | Self::NoLevel
                | Self::PatchResponse(_)
        )
    }

    /// Returns the delivery of the answer, or of another one if nothing was done.
    pub(super) fn deliver(&self, path: &str, answer: Option<Reply>) -> Delivery {
        match (self, answer) {
            (Self::DropBefore | Self::DropAfter, _) => Delivery::Lost,
            (Self::Hang, _) => Delivery::Never,
            (Self::Slow(delay), Some(reply)) => Delivery::Late(reply, *delay),
            (Self::Truncated, Some(reply)) => Delivery::Cut(reply),
            (Self::NoLevel, Some(reply)) => Delivery::Whole(reply.without_header(ACCESS_LEVEL)),
            (Self::PatchResponse(fields), Some(reply)) => Delivery::Whole(patched(reply, fields)),
            (_, answer) => {
                let reply = self.instead(path).or(answer);
                Delivery::Whole(reply.expect("a fault that does no work answers by itself"))
            }
        }
    }

    /// Returns the answer in the place of the endpoint's.
    fn instead(&self, path: &str) -> Option<Reply> {
        match self {
            Self::Garbage | Self::GarbageAfter => Some(Reply::new(200, JSON, "\u{fffd}{\"acc")),
            Self::Html => {
                let page = "<!doctype html><title>Welcome</title><p>Please accept our terms.";
                Some(Reply::html(200, page.to_owned()))
            }
            Self::Redirect307 => {
                Some(Reply::new(307, "text/plain", "").with_header("location", path))
            }
            Self::Status { status, retry_after } => {
                let reply = Reply::problem(*status);
                Some(match retry_after {
                    Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
                    None => reply,
                })
            }
            Self::Oauth1Permissions => Some(level_too_low()),
            Self::Clock(ahead) => {
                let now = SystemTime::now();
                let theirs = match ahead.unsigned_abs() {
                    by if ahead.is_negative() => now.checked_sub(by),
                    by => now.checked_add(by),
                };
                let date = httpdate::fmt_http_date(theirs.unwrap_or(now));
                Some(other_clock().with_header("date", date))
            }
            Self::Body { status, json } => Some(Reply::new(*status, JSON, json.as_str())),
            _ => None,
        }
    }
}

fn patched(mut reply: Reply, fields: &Map<String, Value>) -> Reply {
    let body = serde_json::from_slice(&reply.body);
    if (200..300).contains(&reply.status)
        && let Ok(Value::Object(mut body)) = body
    {
        for (name, value) in fields {
            if value.is_null() {
                body.remove(name);
            } else {
                body.insert(name.clone(), value.clone());
            }
        }
        reply.body = Value::Object(body).to_string().into_bytes();
    }
    reply
}

/// A fault, where it strikes, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFault {
    /// The endpoint that fails.
    pub endpoint: Endpoint,
    /// The fault.
    pub fault: Fault,
    /// The number of times; [`u32::MAX`] is until faults are cleared.
    pub times: u32,
}

/// The faults that are to come.
#[derive(Default)]
pub(super) struct Faults {
    planned: HashMap<Endpoint, Vec<(Fault, u32)>>,
}

impl Faults {
    /// Adds a fault behind those of the same endpoint that are to come already.
    pub(super) fn plan(&mut self, planned: PlannedFault) {
        if planned.times > 0 {
            let queue = self.planned.entry(planned.endpoint).or_default();
            queue.push((planned.fault, planned.times));
        }
    }

    pub(super) fn clear(&mut self) {
        self.planned.clear();
    }

    /// Takes the fault of the next request.
    pub(super) fn next(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let queue = self.planned.get_mut(&endpoint)?;
        let (fault, left) = queue.first_mut()?;
        let fault = fault.clone();
        if *left != u32::MAX {
            *left -= 1;
        }
        if *left == 0 {
            queue.remove(0);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_their_order_and_end() {
        let mut faults = Faults::default();
        for text in ["token=503:2", "token=hang", "me=html:always"] {
            faults.plan(text.parse().expect("it is a fault"));
        }
        assert_eq!(faults.next(Endpoint::Token), Some(Fault::status(503)));
        assert_eq!(faults.next(Endpoint::Token), Some(Fault::status(503)));
        assert_eq!(faults.next(Endpoint::Token), Some(Fault::Hang));
        assert_eq!(faults.next(Endpoint::Token), None);
        for _ in 0..3 {
            assert_eq!(faults.next(Endpoint::Me), Some(Fault::Html));
        }
        faults.clear();
        assert_eq!(faults.next(Endpoint::Me), None);
    }
}
