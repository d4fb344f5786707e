//! The schedule of a fleet, and what is told of it.

mod failing;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::refresh::monitor::outage::LONGEST_PROBE;
use crate::store::{FailureClass, FolderStore, GrantMetadata, InFlight, LastError};
use crate::sys::home::Home;

pub(super) const HOUR: i64 = 3_600;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

pub(super) fn name(account: &str) -> CredentialId {
    let account = account.parse().expect("a label");
    CredentialId::grant("x".parse().expect("a slug"), account)
}

/// Returns a grant whose token was issued at 0 and lives for two hours.
pub(super) fn grant(account: &str) -> GrantMetadata {
    let times = |seconds| crate::text::time::rfc3339(at(seconds));
    let grant = json!({
        "provider": "x", "account": account, "scopes": ["users.read"], "scopes_assumed": false,
        "token_type": "bearer", "connected_at": times(0), "issued_at": times(0),
        "expires_at": times(2 * HOUR), "refreshable": true, "refreshed_at": times(0),
    });
    serde_json::from_value(grant).expect("it is one")
}

fn failed(class: FailureClass, seconds: i64) -> LastError {
    let message = "why".to_owned();
    LastError { at: at(seconds), class, message, blames: None, retry_at: None }
}

/// Grants, and the built-in providers.
struct Test {
    fleet: Fleet,
    catalog: Catalog,
}

fn rules(catalog: &Catalog) -> Rules<'_> {
    Rules { catalog, older_than: None, longest_probe: Some(LONGEST_PROBE), seed: 7 }
}

/// Returns a failure that a grant does not state.
fn error(why: &str) -> Arc<Error> {
    Arc::new(Error::new(Code::StoreSealed, why))
}

impl Test {
    fn new() -> Self {
        Self { fleet: Fleet::default(), catalog: Catalog::builtin() }
    }

    fn sees(&mut self, metadata: Result<GrantMetadata>, account: &str, now: i64) -> Option<Change> {
        let metadata = metadata.map_err(Arc::new);
        self.finds(account, &Observation { version: None, metadata }, now)
    }

    fn finds(&mut self, account: &str, seen: &Observation, now: i64) -> Option<Change> {
        self.fleet.saw(&name(account), seen, &rules(&self.catalog), at(now));
        self.fleet.news(&name(account), seen, at(now))
    }

    fn saw(&mut self, grant: GrantMetadata, now: i64) -> Option<Health> {
        let account = grant.account.to_string();
        self.sees(Ok(grant), &account, now).map(|change| change.health)
    }

    /// Notes that a refresh failed, and why if it may be the fault of the grant.
    fn failed(&mut self, account: &str, now: i64, party: Option<Party>, why: Option<&str>) {
        let error = why.map(error);
        let failed = |monitor: &mut Monitor| {
            monitor.failed(at(now), party, error.as_ref(), error.is_some());
        };
        self.fleet.change(&name(account), failed).expect("it is kept");
    }

    fn any_fails_by(&self, party: &Party) -> bool {
        self.fleet.monitors.values().any(|monitor| monitor.fails_by.as_ref() == Some(party))
    }

    fn next(&self, now: i64) -> Option<CredentialId> {
        self.fleet.next(at(now))
    }

    fn wakes_at(&self, now: i64) -> Option<Timestamp> {
        self.fleet.wakes_at(at(now))
    }
}

#[test]
fn a_fresh_grant_is_left_alone_until_its_margin() {
    let mut test = Test::new();
    assert_eq!(test.saw(grant("a"), 60), None);
    assert_eq!(test.next(60), None);
    let wakes_at = test.wakes_at(60).expect("some day");
    assert!(wakes_at >= at(2 * HOUR - 301) && wakes_at < at(2 * HOUR), "{wakes_at}");
    assert_eq!(test.fleet.to_look_at(at(HOUR)), []);
    assert_eq!(test.fleet.to_look_at(wakes_at), [name("a")]);
    // Its turn comes within a quarter of the margin.
    test.saw(grant("a"), 2 * HOUR - 200);
    assert_eq!(test.next(2 * HOUR - 200), Some(name("a")));
}

#[test]
fn what_has_expired_while_nobody_looked_is_no_news() {
    let mut test = Test::new();
    assert_eq!(test.saw(grant("a"), 3 * HOUR), None);
    assert_eq!(test.next(3 * HOUR), Some(name("a")));
    let fresh =
        GrantMetadata { issued_at: at(3 * HOUR), expires_at: Some(at(5 * HOUR)), ..grant("a") };
    assert_eq!(test.saw(fresh, 3 * HOUR + 1), None);
    assert_eq!(test.next(3 * HOUR + 1), None);
}

#[test]
fn an_end_is_told_when_it_comes() {
    let mut test = Test::new();
    let spent = GrantMetadata { refreshable: false, ..grant("a") };
    test.saw(spent.clone(), 60);
    assert_eq!(test.wakes_at(60), Some(at(2 * HOUR)));
    assert_eq!(test.saw(spent.clone(), 2 * HOUR), Some(Health::Reconnect));
    assert_eq!(test.saw(spent, 2 * HOUR + 1), None);
    assert_eq!(test.wakes_at(2 * HOUR + 1), None);
}

#[test]
fn a_change_is_told_once_and_so_is_the_way_back() {
    let mut test = Test::new();
    test.saw(grant("a"), 60);
    let dead = GrantMetadata { last_error: Some(failed(FailureClass::Rejected, 70)), ..grant("a") };
    let change = test.sees(Ok(dead.clone()), "a", 71).expect("it is news");
    assert_eq!((change.health, change.why.as_deref()), (Health::Reconnect, Some("why")));
    assert!(!change.is_first);
    assert_eq!(test.saw(dead, 80), None);
    assert_eq!(test.saw(grant("a"), 90), Some(Health::Connected));
    assert_eq!(test.saw(grant("a"), 100), None);
}

#[test]
fn what_is_dead_at_first_is_told_as_such() {
    let mut test = Test::new();
    let dead = GrantMetadata { last_error: Some(failed(FailureClass::Rejected, 0)), ..grant("a") };
    assert!(test.sees(Ok(dead), "a", 60).expect("it is news").is_first);
    let damaged = Err(Error::new(Code::StoreCorrupt, "it is damaged"));
    let change = test.sees(damaged, "b", 60).expect("it is news");
    assert_eq!((change.health, change.is_first), (Health::Damaged, true));
    assert_eq!(test.next(10 * HOUR), None);
}

#[test]
fn what_cannot_be_read_is_looked_at_whenever_there_is_a_list() {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    let store = crate::store::FolderStore::new(crate::sys::home::Home::at(folder.path()));
    let version = store.grant_version(&name("a"));
    let mut test = Test::new();
    let unreadable = Arc::new(Error::new(Code::StoreUnreadable, "permission denied"));
    let seen = Observation { version: Some(version), metadata: Err(unreadable) };
    test.finds("a", &seen, 0);
    // Another permission makes no other version.
    assert_eq!(test.fleet.compare(&[(name("a"), version)]).changed, [name("a")]);
}

#[test]
fn an_answer_that_may_come_is_not_lost() {
    let mut test = Test::new();
    test.saw(grant("a"), 60);
    let flight = InFlight { since: at(100), token_sha256: String::new(), attempts: 1 };
    let sent = GrantMetadata { refresh_in_flight: Some(flight), ..grant("a") };
    assert_eq!(test.saw(sent.clone(), 105), None);
    assert_eq!(test.wakes_at(105), Some(at(120)));
    assert_eq!(test.saw(sent.clone(), 121), Some(Health::InDoubt));
    // Where the other process says so, there is nothing to wait for.
    let lost = GrantMetadata { last_error: Some(failed(FailureClass::InDoubt, 101)), ..sent };
    let mut test = Test::new();
    test.saw(grant("a"), 60);
    assert_eq!(test.saw(lost, 105), Some(Health::InDoubt));
}

#[test]
fn a_grant_that_is_connected_anew_waits_for_the_refresh_of_the_old_one() {
    let mut test = Test::new();
    test.saw(grant("a"), 3 * HOUR);
    test.fleet.begins(&name("a"));
    assert_eq!(test.fleet.compare(&[]).gone, [name("a")]);
    assert_eq!(test.fleet.at_work(), 1);
    test.saw(grant("a"), 3 * HOUR + 1);
    assert_eq!(test.next(3 * HOUR + 1), None);
    assert!(test.fleet.ended(&name("a"), None).is_some());
    test.saw(grant("a"), 3 * HOUR + 2);
    assert_eq!(test.next(3 * HOUR + 2), Some(name("a")));
    assert_eq!(test.fleet.at_work(), 0);
}

#[test]
fn the_token_that_ends_first_is_refreshed_first() {
    let mut test = Test::new();
    for (account, ends) in [("a", 30), ("b", 10), ("c", 20)] {
        test.saw(GrantMetadata { expires_at: Some(at(ends)), ..grant(account) }, 40);
    }
    for account in ["b", "c", "a"] {
        assert_eq!(test.next(40), Some(name(account)));
        test.fleet.begins(&name(account));
    }
    assert_eq!(test.next(40), None);
}

#[test]
fn no_provider_takes_the_place_of_all_others() {
    let mut test = Test::new();
    for number in 0..12 {
        test.saw(grant(&format!("account-{number}")), 3 * HOUR);
    }
    let mut begun = Vec::new();
    while let Some(name) = test.next(3 * HOUR) {
        test.fleet.begins(&name);
        begun.push(name);
    }
    assert_eq!(begun.len(), AT_ONCE_OF_ONE);
    test.fleet.ended(&begun[0], None);
    assert!(test.next(3 * HOUR).is_some());
}

/// Returns the version of a grant's file after it was replaced by one with this content.
fn version(folder: &Path, account: &str, content: &str) -> Version {
    let store = FolderStore::new(Home::at(folder));
    let file = folder.join("grants/x").join(format!("{account}.json"));
    fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
    let new = file.with_extension("new");
    fs::write(&new, content).expect("it can be written");
    fs::rename(&new, &file).expect("it can be moved");
    store.grant_version(&name(account))
}

#[test]
fn what_changed_is_looked_at_and_what_is_gone_forgotten() {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    let versions = |account: &str, content: &str| version(folder.path(), account, content);
    let mut test = Test::new();
    let (a, b) = (versions("a", "1"), versions("b", "1"));
    let list = |a, b| [(name("a"), a), (name("b"), b)];
    assert_eq!(test.fleet.compare(&list(a, b)).changed, [name("a"), name("b")]);
    for (account, version) in [("a", a), ("b", b)] {
        let seen = Observation { version: Some(version), metadata: Ok(grant(account)) };
        test.finds(account, &seen, 0);
    }
    assert_eq!(test.fleet.compare(&list(a, b)), Comparison::default());
    // A file of the same name in the place of the old one: another version, whatever its times.
    let newer = versions("b", "2");
    assert_eq!(test.fleet.compare(&list(a, newer)).changed, [name("b")]);
    test.fleet.begins(&name("b"));
    assert_eq!(test.fleet.compare(&list(a, newer)), Comparison::default());
    assert_eq!(test.fleet.compare(&[(name("b"), newer)]).gone, [name("a")]);
    assert!(!test.fleet.knows(&name("a")));
}

#[test]
fn a_clock_that_was_set_back_makes_every_grant_worth_a_look() {
    let mut test = Test::new();
    test.saw(grant("a"), 60);
    test.fleet.look_at_all(at(-HOUR));
    assert_eq!(test.fleet.to_look_at(at(-HOUR)), [name("a")]);
    // What was issued tomorrow is not believed.
    test.saw(grant("a"), -HOUR);
    assert_eq!(test.next(-HOUR), Some(name("a")));
}
