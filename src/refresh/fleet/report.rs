//! The daemon's answers: its health as JSON, and its figures in the text format of Prometheus (version
//! 0.0.4). No account is named: a reader of the figures need not know whose they are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Fleet;
use crate::credential::health::Health;
use crate::model::name::Slug;
use crate::refresh::engine::class::RefreshClass;
use crate::refresh::monitor::outage::{Outage, Party};
use crate::text::count::count;
use crate::text::time::rfc3339;

/// Duration of an outage after which it is more than a hiccup.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// The classes that are counted: those of refreshes that were tried.
const COUNTED: [RefreshClass; 6] = [
    RefreshClass::Refreshed,
    RefreshClass::Transient,
    RefreshClass::Rejected,
    RefreshClass::Client,
    RefreshClass::InDoubt,
    RefreshClass::Failed,
];

/// The refreshes of a provider, by their classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refreshes([u64; RefreshClass::ALL.len()]);

impl Refreshes {
    /// Adds one.
    pub(crate) fn add(&mut self, class: RefreshClass) {
        self.0[class as usize] += 1;
    }
}

/// The grants of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Grants {
    by_state: [u64; Health::ALL.len()],
    need_a_person: u64,
    may_have_expired: u64,
}

/// The state of all grants at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FleetReport {
    /// The time.
    pub(crate) now: Timestamp,
    /// When the daemon was started.
    pub(crate) started_at: Timestamp,
    grants: BTreeMap<Slug, Grants>,
    next_expiry: Option<Timestamp>,
    /// Grants that could be refreshed, and have expired.
    overdue: u64,
    /// Whether one of them has been so for longer than a hiccup takes.
    is_late: bool,
    /// Current outages.
    outages: Vec<Failing>,
    refreshes: BTreeMap<Slug, Refreshes>,
    /// When the last refresh gave tokens.
    pub(crate) last_refresh_at: Option<Timestamp>,
    /// The refreshes that are at work.
    pub(crate) workers: usize,
    /// Whether the store can be listed.
    pub(crate) store_is_readable: bool,
}

/// An outage.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failing {
    name: String,
    since: Timestamp,
    is_sure: bool,
}

/// The quality of the daemon's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceStatus {
    /// All grants are kept fresh.
    Ok,
    /// A grant needs a person; the others are kept fresh.
    Attention,
    /// Grants expire, or will: a provider, or this machine, does not work.
    Failing,
}

impl ServiceStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Attention => "attention",
            Self::Failing => "failing",
        }
    }
}

impl FleetReport {
    /// Reports on the grants as they are now.
    pub(crate) fn of(fleet: &Fleet, started_at: Timestamp, now: Timestamp) -> Self {
        let mut report = Self {
            now,
            started_at,
            grants: BTreeMap::new(),
            next_expiry: None,
            overdue: 0,
            is_late: false,
            outages: fleet.outages().iter().map(failing).collect(),
            refreshes: BTreeMap::new(),
            last_refresh_at: None,
            workers: 0,
            store_is_readable: true,
        };
        for (name, monitor) in fleet.iter() {
            let grants = report.grants.entry(name.provider.clone()).or_default();
            let Some(standing) = monitor.standing else {
                grants.by_state[Health::Damaged as usize] += 1;
                grants.need_a_person += 1;
                continue;
            };
            let state = standing.health(now);
            grants.by_state[state as usize] += 1;
            grants.need_a_person += u64::from(standing.needs_a_person(now));
            grants.may_have_expired += u64::from(standing.may_have_expired(now));
            if state != Health::Reconnect {
                let end = standing.expires_at;
                report.next_expiry = report.next_expiry.into_iter().chain(end).min();
                report.overdue += u64::from(end.is_some_and(|end| end <= now));
                report.is_late |= monitor.overdue_since().is_some_and(|since| is_long(since, now));
            }
        }
        report
    }

    /// Adds the refreshes since the start. A provider that has grants has a count, if it is 0: who
    /// reads counters sees the first step then.
    pub(crate) fn count(&mut self, refreshes: &BTreeMap<Slug, Refreshes>) {
        self.refreshes.clone_from(refreshes);
        for provider in self.grants.keys() {
            self.refreshes.entry(provider.clone()).or_default();
        }
    }

    /// Returns how well the daemon does its work.
    pub(crate) fn status(&self) -> ServiceStatus {
        let fails = self
            .outages
            .iter()
            .any(|failing| self.overdue > 0 || failing.is_sure && is_long(failing.since, self.now));
        if fails || self.is_late || !self.store_is_readable {
            ServiceStatus::Failing
        } else if self.need_a_person() > 0 {
            ServiceStatus::Attention
        } else {
            ServiceStatus::Ok
        }
    }

    /// Returns the health as JSON.
    pub(crate) fn as_json(&self) -> Value {
        let outages = self
            .outages
            .iter()
            .map(|failing| json!({"of": failing.name, "since": rfc3339(failing.since)}));
        let mut states = serde_json::Map::new();
        for (state, count) in self.by_state() {
            states.insert(state.to_owned(), count.into());
        }
        json!({
            "schema_version": 1,
            "status": self.status().name(),
            "version": env!("CARGO_PKG_VERSION"),
            "process": std::process::id(),
            "started_at": rfc3339(self.started_at),
            "grants": states,
            "need_a_person": self.need_a_person(),
            "may_have_expired": self.may_have_expired(),
            "outages": outages.collect::<Vec<_>>(),
            "next_expiry_at": self.next_expiry.map(rfc3339),
            "last_refresh_at": self.last_refresh_at.map(rfc3339),
            "store_is_readable": self.store_is_readable,
        })
    }

    /// Returns the counts in words: "20 grants: 19 connected, 1 reconnect".
    pub(crate) fn in_words(&self) -> String {
        let there: Vec<_> = self.by_state().filter(|(_, count)| *count > 0).collect();
        let words: Vec<_> = there.iter().map(|(state, count)| format!("{count} {state}")).collect();
        match there.iter().map(|(_, count)| count).sum() {
            0 => "no grants".to_owned(),
            total => format!("{}: {}", count(total, "grant"), words.join(", ")),
        }
    }

    /// Returns the figures for Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let mut page = Page::default();
        page.metric("xreq_build_info", "gauge", "The version of the daemon.");
        page.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        page.metric("xreq_start_time_seconds", "gauge", "When the daemon was started.");
        page.sample(&[], self.started_at.as_second());
        page.metric("xreq_grants", "gauge", "Grants by state; a damaged one cannot be read.");
        for (provider, grants) in &self.grants {
            for (state, count) in grants.by_name() {
                page.sample(&[("provider", provider.as_str()), ("state", state)], count);
            }
        }
        page.metric("xreq_grants_needing_a_person", "gauge", "Grants that xreq cannot mend.");
        for (provider, grants) in &self.grants {
            page.sample(&[("provider", provider.as_str())], grants.need_a_person);
        }
        let help = "Grants whose refresh token may have expired: how long it lives is assumed.";
        page.metric("xreq_grants_maybe_expired", "gauge", help);
        for (provider, grants) in &self.grants {
            page.sample(&[("provider", provider.as_str())], grants.may_have_expired);
        }
        let help = "Seconds until the next access token expires; below 0 it has.";
        page.metric("xreq_next_expiry_seconds", "gauge", help);
        if let Some(end) = self.next_expiry {
            page.sample(&[], end.duration_since(self.now).as_secs());
        }
        page.metric("xreq_refreshes_total", "counter", "Refreshes by what became of them.");
        for (provider, refreshes) in &self.refreshes {
            for class in COUNTED {
                let labels = [("provider", provider.as_str()), ("class", class.name())];
                page.sample(&labels, refreshes.0[class as usize]);
            }
        }
        let help = "When a refresh gave new tokens for the last time.";
        page.metric("xreq_last_refresh_timestamp_seconds", "gauge", help);
        if let Some(at) = self.last_refresh_at {
            page.sample(&[], at.as_second());
        }
        page.metric(
            "xreq_outages",
            "gauge",
            "Providers, clients (and the machine) that do not work.",
        );
        page.sample(&[], self.outages.len());
        page.metric("xreq_workers", "gauge", "Refreshes that are at work.");
        page.sample(&[], self.workers);
        page.text
    }

    fn need_a_person(&self) -> u64 {
        self.grants.values().map(|grants| grants.need_a_person).sum()
    }

    fn may_have_expired(&self) -> u64 {
        self.grants.values().map(|grants| grants.may_have_expired).sum()
    }

    /// Sums the grants of all providers by the names of their states.
    fn by_state(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut sum = Grants::default();
        for grants in self.grants.values() {
            for (sum, count) in sum.by_state.iter_mut().zip(grants.by_state) {
                *sum += count;
            }
        }
        sum.by_name()
    }
}

impl Grants {
    fn by_name(self) -> impl Iterator<Item = (&'static str, u64)> {
        Health::ALL.into_iter().map(Health::name).zip(self.by_state)
    }
}

/// Returns whether what began then is more than a hiccup.
fn is_long(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) >= PATIENCE
}

fn failing((party, outage): (&Party, &Outage)) -> Failing {
    Failing { name: party.name(), since: outage.since, is_sure: outage.is_sure }
}

/// A page of metrics. The description of a metric comes before its samples, which stand together.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn metric(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        self.text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.text.push_str(&format!("{}{labels} {value}\n", self.name));
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests;
