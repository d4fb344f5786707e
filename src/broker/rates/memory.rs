//! The memory of rates of a run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper::HeaderMap;
use jiff::Timestamp;

use super::line::RateLine;
use super::reading::RateReading;
use crate::broker::BrokeredCredential;
use crate::catalog::{Operation, Provider};

/// The most rates that are remembered.
const MOST: usize = 1024;

/// The last that providers said of their limits, for each account and operation.
#[derive(Debug, Default)]
pub(crate) struct RateMemory(Mutex<HashMap<Key, RateLine>>);

/// The addresses of a credential and an operation, which stay where they are for as long as a broker lives:
/// to look a rate up allocates nothing.
type Key = (usize, usize);

/// The subject of a rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RateSubject<'a> {
    /// The provider.
    pub(crate) provider: &'a Provider,
    /// Its operation.
    pub(crate) operation: &'a Operation,
    /// The credential of the calls, if they have one.
    pub(crate) credential: Option<&'a BrokeredCredential>,
}

impl RateMemory {
    /// Remembers what the head of an answer says.
    pub(crate) fn record(
        &self,
        subject: RateSubject<'_>,
        status: u16,
        headers: &HeaderMap,
        now: Timestamp,
    ) {
        let Some(reading) = RateReading::of(status, headers, now) else { return };
        let RateSubject { provider, operation, credential } = subject;
        let of_credential = credential.map_or(0, |it| std::ptr::from_ref(it).addr());
        let key = (of_credential, std::ptr::from_ref(operation).addr());
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = rates.get_mut(&key) {
            return take_in(line, reading);
        }
        if rates.len() >= MOST
            && let Some(oldest) = oldest(&rates)
        {
            rates.remove(&oldest);
        }
        let mut line = RateLine {
            provider: provider.slug.to_string(),
            account: credential.map(|it| it.id.account.to_string()),
            operation: operation.to_string(),
            limit: None,
            remaining: None,
            resets_at: None,
            refused_until: None,
        };
        take_in(&mut line, reading);
        rates.insert(key, line);
    }

    /// Returns what is remembered, in the order of providers, accounts and operations.
    pub(crate) fn snapshot(&self) -> Vec<RateLine> {
        let rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<_> = rates.values().cloned().collect();
        drop(rates);
        lines.sort_by(|one, other| {
            let place = |line: &RateLine| {
                (line.provider.clone(), line.account.clone(), line.operation.clone())
            };
            place(one).cmp(&place(other))
        });
        lines
    }
}

/// Puts what is new in the place of what was said before. A refusal alone says nothing of the window.
fn take_in(line: &mut RateLine, reading: RateReading) {
    line.refused_until = reading.refused_until;
    if reading.remaining.is_some() {
        line.limit = reading.limit;
        line.remaining = reading.remaining;
        line.resets_at = reading.resets_at;
    }
}

/// Returns the rate whose window ends first: nothing is said any more by one that has passed.
fn oldest(rates: &HashMap<Key, RateLine>) -> Option<Key> {
    let ends = |line: &RateLine| line.resets_at.max(line.refused_until);
    rates.iter().min_by_key(|(_, line)| ends(line)).map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hyper::header::HeaderValue;

    use super::*;
    use crate::broker::Placeholder;
    use crate::catalog::Catalog;
    use crate::model::credential_id::{CredentialId, Kind, Part};
    use crate::model::name::Label;

    fn credential(catalog: &Catalog, account: &str) -> BrokeredCredential {
        let x = catalog.provider("x").expect("it is built in");
        let account: Label = account.parse().expect("a label");
        BrokeredCredential {
            id: CredentialId::grant(x.slug.clone(), account),
            placeholder: Placeholder::random(x, Kind::Oauth2, Part::main(), None),
            requirements: Vec::new(),
            url_values: BTreeMap::new(),
        }
    }

    fn headers(remaining: &str, reset: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = |text| HeaderValue::from_str(text).expect("a value");
        headers.insert("x-rate-limit-remaining", value(remaining));
        headers.insert("x-rate-limit-reset", value(reset));
        headers
    }

    #[test]
    fn the_last_answer_of_each_account_and_operation_is_remembered() {
        let catalog = Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let (one, other) = (credential(&catalog, "default"), credential(&catalog, "work"));
        let memory = RateMemory::default();
        let now = Timestamp::from_second(1_796_083_200).expect("a time");
        let record = |at: usize, credential, status, headers: &HeaderMap| {
            let subject = RateSubject { provider: x, operation: &x.operations()[at], credential };
            memory.record(subject, status, headers, now);
        };
        record(0, Some(&one), 200, &HeaderMap::new());
        assert_eq!(memory.snapshot(), []);
        record(0, Some(&one), 200, &headers("9", "60"));
        record(0, Some(&one), 200, &headers("8", "60"));
        record(0, Some(&other), 200, &headers("7", "60"));
        record(1, None, 200, &headers("6", "60"));
        let lines = memory.snapshot();
        let left = |account: Option<&str>| {
            let found = lines.iter().find(|line| line.account.as_deref() == account);
            found.expect("it is remembered").remaining
        };
        assert_eq!(
            (left(Some("default")), left(Some("work")), left(None)),
            (Some(8), Some(7), Some(6))
        );
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].operation, x.operations()[0].to_string());
        let mut refused = HeaderMap::new();
        refused.insert("retry-after", HeaderValue::from_static("30"));
        record(0, Some(&one), 429, &refused);
        let line =
            memory.snapshot().into_iter().find(|line| line.account.as_deref() == Some("default"));
        let line = line.expect("it is remembered");
        let wait = line.refused_until.map(|at| at.duration_since(now).as_secs());
        assert_eq!((line.remaining, wait), (Some(8), Some(30)));
        record(0, Some(&one), 200, &headers("5", "60"));
        assert!(memory.snapshot().iter().all(|line| line.refused_until.is_none()));
        let text = serde_json::to_string(&line).expect("it is JSON");
        assert_eq!(serde_json::from_str::<RateLine>(&text).expect("it is a line"), line);
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let catalog = Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let credentials: Vec<_> = (0..=MOST).map(|_| credential(&catalog, "default")).collect();
        let memory = RateMemory::default();
        let now = Timestamp::from_second(1_796_083_200).expect("a time");
        for (at, credential) in (1_u32..).zip(&credentials) {
            let operation = &x.operations()[0];
            let subject = RateSubject { provider: x, operation, credential: Some(credential) };
            memory.record(subject, 200, &headers("1", &at.to_string()), now);
        }
        let ends = memory.snapshot().into_iter().filter_map(|line| line.resets_at).min();
        assert_eq!(memory.snapshot().len(), MOST);
        assert_eq!(ends.expect("some").duration_since(now).as_secs(), 2, "the first one has gone");
    }
}
