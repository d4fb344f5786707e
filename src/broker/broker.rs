//! The broker of one run: its authority, its certificates, and the way to the providers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use hyper::header::PROXY_AUTHORIZATION;
use rustls::ServerConfig;
use subtle::ConstantTimeEq;

use super::Authority;
use super::Expected;
use super::Refusal;
use super::call_log::CallLog;
use super::credentials::LiveCredential;
use super::egress::Egress;
use super::limits::Limits;
use super::pressure::Pressure;
use super::protocol::News;
use super::request_body::Room;
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
    pub(crate) egress: Egress,
    pub(crate) upstream: Upstream,
    pub(crate) room: Room,
    pub(crate) pressure: Pressure,
    /// Whether only operations that change nothing are let through.
    pub(crate) read_only: bool,
    pub(crate) limits: Limits,
    pub(crate) calls: CallLog,
    pub(crate) told: Told,
}

/// What the run's parent was told, each thing once.
pub(crate) struct Told {
    tell: Box<dyn Fn(News) + Send + Sync>,
    refusals: Mutex<HashSet<String>>,
    is_used: AtomicBool,
}

/// The most refusals that are told apart.
const MOST_TOLD: usize = 1000;

impl Told {
    pub(crate) fn new(tell: impl Fn(News) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), refusals: Mutex::default(), is_used: AtomicBool::new(false) }
    }

    /// Tells that the agent found the way here, once.
    pub(crate) fn used(&self) {
        if !self.is_used.load(Ordering::Relaxed) && !self.is_used.swap(true, Ordering::Relaxed) {
            (self.tell)(News::Used);
        }
    }

    /// Tells of refused calls, once.
    pub(crate) fn refused(&self, text: String) {
        self.refused_as(text.clone(), text);
    }

    /// Tells of refused calls, once for each subject.
    fn refused_as(&self, subject: String, text: String) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.len() < MOST_TOLD && refusals.insert(subject) {
            (self.tell)(News::Refused(text));
        }
    }
}

impl Broker {
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

    /// Returns whether a host is one of the APIs, at whatever port.
    pub(crate) fn is_api_host(&self, host: &str) -> bool {
        canonical_host(host).is_some_and(|host| self.hosts.names().any(|name| name == host))
    }

    /// Notes a refused call.
    pub(crate) fn note(&self, refusal: &Refusal) {
        self.calls.refused(refusal);
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
