//! Faults on request.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
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
            "/gcp/token" | service_accounts::EXCHANGE => Self::Mint,
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

/// The forms of a fault on a command line.
pub(super) const FAULT_FORMS: &str = "drop-after, drop-before, hang, slow-2s, truncated, garbage, \
     garbage-after, html, redirect, no-level, oauth1-permissions, clock-10m, 503, or 429-retry-60";

impl fmt::Display for Fault {
    /// Writes the fault as it is written on a command line, where it can be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DropBefore => f.write_str("drop-before"),
            Self::DropAfter => f.write_str("drop-after"),
            Self::Hang => f.write_str("hang"),
            Self::Slow(delay) => write!(f, "slow-{}ms", delay.as_millis()),
            Self::Truncated => f.write_str("truncated"),
            Self::Garbage => f.write_str("garbage"),
            Self::GarbageAfter => f.write_str("garbage-after"),
            Self::Html => f.write_str("html"),
            Self::Redirect307 => f.write_str("redirect"),
            Self::Status { status, retry_after: None } => write!(f, "{status}"),
            Self::Status { status, retry_after: Some(after) } => {
                write!(f, "{status}-retry-{after}")
            }
            Self::NoLevel => f.write_str("no-level"),
            Self::Oauth1Permissions => f.write_str("oauth1-permissions"),
            Self::Clock(ahead) => write!(f, "clock-{ahead:#}"),
            Self::Body { status, .. } => write!(f, "{status} with a body"),
            Self::PatchResponse(fields) => {
                let names: Vec<_> = fields.keys().map(String::as_str).collect();
                write!(f, "patch of {}", names.join(", "))
            }
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    /// Reads a fault as it is written on a command line.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("no fault is called `{text}`: there are {FAULT_FORMS}");
        Ok(match text {
            "drop-after" => Self::DropAfter,
            "drop-before" => Self::DropBefore,
            "hang" => Self::Hang,
            "truncated" => Self::Truncated,
            "garbage" => Self::Garbage,
            "garbage-after" => Self::GarbageAfter,
            "html" => Self::Html,
            "redirect" => Self::Redirect307,
            "no-level" => Self::NoLevel,
            "oauth1-permissions" => Self::Oauth1Permissions,
            _ => slow(text).or_else(|| clock(text)).or_else(|| status(text)).ok_or_else(unknown)?,
        })
    }
}

fn slow(text: &str) -> Option<Fault> {
    let delay = text.strip_prefix("slow-")?;
    let delay: jiff::SignedDuration = delay.parse().ok()?;
    Some(Fault::Slow(delay.try_into().ok()?))
}

fn clock(text: &str) -> Option<Fault> {
    text.strip_prefix("clock-")?.parse().ok().map(Fault::Clock)
}

fn status(text: &str) -> Option<Fault> {
    let (status, retry_after) = match text.split_once("-retry-") {
        Some((status, seconds)) => (status, Some(seconds.parse().ok()?)),
        None => (text, None),
    };
    let status = status.parse().ok().filter(|status| (300..600).contains(status))?;
    Some(Fault::Status { status, retry_after })
}

impl FromStr for PlannedFault {
    type Err = String;

    /// Reads `ENDPOINT=FAULT`, `ENDPOINT=FAULT:TIMES` or `ENDPOINT=FAULT:always`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (endpoint, rest) = text
            .split_once('=')
            .ok_or("write it as ENDPOINT=FAULT, such as token=drop-after or me=503:2")?;
        let endpoint = match endpoint {
            "authorize" => Endpoint::Authorize,
            "token" => Endpoint::Token,
            "revoke" => Endpoint::Revoke,
            "me" => Endpoint::Me,
            "api" => Endpoint::Api,
            "oauth1" => Endpoint::Oauth1,
            "verify" => Endpoint::Verify,
            "app_only" => Endpoint::AppOnly,
            "mint" => Endpoint::Mint,
            "project" => Endpoint::Project,
            _ => {
                return Err(format!(
                    "no endpoint is called `{endpoint}`: there are authorize, token, revoke, \
                     me, api, oauth1, verify, app_only, mint and project"
                ));
            }
        };
        let (fault, times) = match rest.rsplit_once(':') {
            None => (rest, 1),
            Some((fault, "always")) => (fault, u32::MAX),
            Some((fault, times)) => {
                let times = times.parse().ok().filter(|times| *times > 0);
                (fault, times.ok_or("behind the colon stands how often: a number, or `always`")?)
            }
        };
        Ok(Self { endpoint, fault: fault.parse()?, times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_they_are_typed() {
        let planned = |text: &str| text.parse::<PlannedFault>();
        assert_eq!(
            planned("token=drop-after:3"),
            Ok(PlannedFault { endpoint: Endpoint::Token, fault: Fault::DropAfter, times: 3 })
        );
        let fault = |text: &str| text.parse::<Fault>();
        assert_eq!(fault("slow-2s"), Ok(Fault::Slow(Duration::from_secs(2))));
        assert_eq!(fault("slow-150ms"), Ok(Fault::Slow(Duration::from_millis(150))));
        assert_eq!(fault("503"), Ok(Fault::status(503)));
        assert_eq!(fault("429-retry-60"), Ok(Fault::Status { status: 429, retry_after: Some(60) }));
        assert_eq!(fault("clock--90s"), Ok(Fault::Clock(SignedDuration::from_secs(-90))));
        for text in ["no-level", "oauth1-permissions", "clock-10m"] {
            assert_eq!(fault(text).map(|fault| fault.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(planned("me=503:always").map(|planned| planned.times), Ok(u32::MAX));
        for wrong in
            ["token", "nobody=503", "token=99", "token=slow-", "token=503:0", "token=503:x"]
        {
            assert!(planned(wrong).is_err(), "{wrong}");
        }
    }

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
