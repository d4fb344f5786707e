//! The broker of one run: its authority, its certificates, and the way to the providers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use hyper::header::PROXY_AUTHORIZATION;
use jiff::Timestamp;
use rustls::ServerConfig;
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Authority;
use super::Expected;
use super::Refusal;
use super::approvals::Approvals;
use super::call_log::CallLog;
use super::credentials::LiveCredential;
use super::limits::Limits;
use super::other_hosts::OtherHosts;
use super::pressure::Pressure;
use super::rates::RateMemory;
use super::request_body::Room;
use super::rule::presented;
use super::standings::Standings;
use super::told::Told;
use super::upstream::Upstream;
use super::{ApiHosts, canonical_host};
use crate::catalog::Catalog;

/// The name of the run at the proxy, beside its password.
pub(crate) const USER: &str = "run";

/// The broker of one run.
pub(crate) struct Broker {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) authority: Authority,
    /// What both expect of requests.
    pub(crate) expected: Expected,
    /// The real credentials, in the order of the authority's.
    pub(crate) credentials: Vec<LiveCredential>,
    /// The hosts of the authority's providers.
    pub(crate) hosts: ApiHosts,
    /// TLS for these hosts.
    pub(crate) tls: Arc<ServerConfig>,
    pub(crate) password: SecretString,
    pub(crate) other_hosts: OtherHosts,
    pub(crate) upstream: Upstream,
    pub(crate) room: Room,
    pub(crate) pressure: Pressure,
    /// Whether only operations that change nothing are let through.
    pub(crate) read_only: bool,
    pub(crate) limits: Limits,
    pub(crate) approvals: Approvals,
    pub(crate) rates: RateMemory,
    pub(crate) calls: Arc<CallLog>,
    pub(crate) told: Arc<Told>,
    pub(crate) standings: Arc<Standings>,
    pub(crate) run: RunFacts,
    pub(crate) tally: Tally,
    pub(crate) ending: Ending,
}

/// What is known of a run from its beginning.
pub(crate) struct RunFacts {
    /// The process that launched the agent.
    pub(crate) pid: u32,
    /// The first word of the agent's command line.
    pub(crate) argv0: String,
    /// The time at which it began.
    pub(crate) since: Timestamp,
}

/// The number of calls, by what became of them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) through: AtomicU64,
    pub(crate) refused: AtomicU64,
}

/// The end of a broker, of which its connections are told.
#[derive(Default)]
pub(crate) struct Ending(watch::Sender<bool>);

impl Ending {
    /// Returns what tells a connection of it.
    pub(super) fn told(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// The longest time for calls that are under way at the end.
const DRAINING: Duration = Duration::from_secs(5);

impl Broker {
    /// Lets connections end with what is being answered, and waits for that.
    pub(super) async fn drained(&self) {
        self.ending.0.send_replace(true);
        let _ = timeout(DRAINING, self.ending.0.closed()).await;
    }

    /// Returns whether a request to the proxy has the credentials of the run.
    pub(crate) fn is_of_run(&self, headers: &HeaderMap) -> bool {
        let expected = format!("{USER}:{}", self.password.expose_secret());
        let given = headers
            .get(PROXY_AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, text)| BASE64_STANDARD.decode(text.trim()).ok());
        given.is_some_and(|given| expected.as_bytes().ct_eq(&given).into())
    }

    /// Returns whether a request presents no credential at all.
    pub(crate) fn is_of_nobody(&self, headers: &HeaderMap) -> bool {
        matches!(presented(&self.authority, &self.expected, headers), Ok(None))
    }

    /// Returns whether a host is one of the APIs, at whatever port.
    pub(crate) fn is_api_host(&self, host: &str) -> bool {
        canonical_host(host).is_some_and(|host| self.hosts.names().any(|name| name == host))
    }

    /// Notes a refused call.
    pub(crate) fn note(&self, refusal: &Refusal) {
        self.calls.refused(refusal);
        self.tally.refused.fetch_add(1, Ordering::Relaxed);
        let subject = refusal.operation.as_deref().or(refusal.provider.as_deref());
        let subject = subject.map_or_else(String::new, |subject| format!(" ({subject})"));
        let text = format!("{}{subject}: {}", refusal.code.name(), refusal.sentence());
        // A time in it differs each time.
        let subject = match refusal.retry_after {
            Some(_) => format!("{}{subject}", refusal.code.name()),
            None => text.clone(),
        };
        self.told.refused_as(subject, text);
    }

    /// Notes a tunnel whose TLS is for another host.
    pub(crate) fn note_of_tunnel(&self, host: &str) {
        self.told.refused(format!("a tunnel to {host} was for another host, or for none"));
    }

    /// Notes another host that was not dialled.
    pub(crate) fn note_of_host(&self, host: &str, why: &str) {
        self.told.refused(format!("{host} {why}"));
    }
}
