//! Faults as they are typed on a command line.

use std::fmt;
use std::str::FromStr;

use super::{Endpoint, Fault, PlannedFault};

/// The forms of a fault on a command line.
const FAULT_FORMS: &str = "drop-after, drop-before, hang, slow-2s, truncated, garbage, \
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
    use std::time::Duration;

    use jiff::SignedDuration;

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
}
