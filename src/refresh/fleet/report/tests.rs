use std::sync::Arc;

use super::*;
use crate::catalog::Catalog;
use crate::error::{Code, Error};
use crate::refresh::fleet::tests::{self, HOUR, at, name};
use crate::refresh::monitor::observation::{Observation, Rules};
use crate::refresh::monitor::outage::{FailedRefresh, Outages};
use crate::store::GrantMetadata;

/// Returns a grant that was never refreshed.
fn grant(account: &str, refreshable: bool) -> GrantMetadata {
    GrantMetadata { refreshable, refreshed_at: None, ..tests::grant(account) }
}

/// Returns two grants that can be refreshed, one that cannot, and a damaged one.
fn fleet() -> Fleet {
    let (mut fleet, catalog) = (Fleet::default(), Catalog::builtin());
    let rules = Rules { catalog: &catalog, older_than: None, longest_probe: None, seed: 7 };
    let damaged = Err(Arc::new(Error::new(Code::StoreCorrupt, "it is damaged")));
    let grants = [
        ("a", Ok(grant("a", true))),
        ("b", Ok(grant("b", true))),
        ("bare", Ok(grant("bare", false))),
        ("damaged", damaged),
    ];
    for (account, metadata) in grants {
        let seen = Observation { version: None, metadata };
        fleet.saw(&name(account), &seen, &rules, at(0));
        let change = fleet.news(&name(account), &seen, at(0));
        assert_eq!(
            change.is_some_and(|change| change.health == Health::Damaged),
            account == "damaged"
        );
    }
    fleet
}

fn report(outages: &Outages, now: i64) -> FleetReport {
    let fleet = Fleet { outages: outages.clone(), ..fleet() };
    FleetReport::of(&fleet, at(0), at(now))
}

#[test]
fn grants_are_counted_by_state() {
    let words = |now| report(&Outages::default(), now).in_words();
    assert_eq!(words(60), "4 grants: 3 connected, 1 damaged");
    assert_eq!(words(2 * HOUR - 60), "4 grants: 3 expiring, 1 damaged");
    assert_eq!(words(2 * HOUR), "4 grants: 2 expired, 1 reconnect, 1 damaged");
    let none = FleetReport::of(&Fleet::default(), at(0), at(0));
    assert_eq!(none.in_words(), "no grants");
    assert_eq!(none.status(), ServiceStatus::Ok);
}

#[test]
fn a_dead_grant_is_no_next_expiry() {
    let metrics = |now| report(&Outages::default(), now).metrics();
    assert!(metrics(HOUR).contains("\nxreq_next_expiry_seconds 3600\n"));
    assert!(metrics(2 * HOUR + 10).contains("\nxreq_next_expiry_seconds -10\n"));
    assert!(metrics(0).contains("xreq_grants_needing_a_person{provider=\"x\"} 1\n"));
    assert!(metrics(2 * HOUR).contains("xreq_grants_needing_a_person{provider=\"x\"} 2\n"));
}

#[test]
fn a_hiccup_is_no_failure() {
    let mut outages = Outages::default();
    let party = Party::Provider("x".parse().expect("a slug"));
    let failure = FailedRefresh { began: at(60), ended: at(60), retry_at: None };
    outages.failed(&party, failure, |_| None);
    assert_eq!(report(&outages, 60 + 300).status(), ServiceStatus::Attention);
    // One that comes again, and lasts, is more.
    outages.failed(&party, FailedRefresh { began: at(70), ended: at(70), ..failure }, |_| None);
    assert_eq!(report(&outages, 71).status(), ServiceStatus::Attention);
    assert_eq!(report(&outages, 60 + 300).status(), ServiceStatus::Failing);
    // One that costs a token its life is one at once.
    let mut outages = Outages::default();
    let failure = FailedRefresh { began: at(2 * HOUR), ended: at(2 * HOUR), retry_at: None };
    outages.failed(&party, failure, |_| None);
    assert_eq!(report(&outages, 2 * HOUR - 1).status(), ServiceStatus::Attention);
    assert_eq!(report(&outages, 2 * HOUR).status(), ServiceStatus::Failing);
    assert_eq!(report(&outages, 2 * HOUR).as_json()["outages"][0]["of"], "x");
}

#[test]
fn a_token_that_stays_dead_is_a_failure_without_an_outage() {
    let (mut fleet, catalog) = (Fleet::default(), Catalog::builtin());
    let rules = Rules { catalog: &catalog, older_than: None, longest_probe: None, seed: 7 };
    let health = |fleet: &Fleet, now| FleetReport::of(fleet, at(0), at(now)).status();
    let mut saw = |now| {
        let seen = Observation { version: None, metadata: Ok(grant("a", true)) };
        fleet.saw(&name("a"), &seen, &rules, at(now));
        health(&fleet, now)
    };
    // Its machine slept: it was not seen to be dead before.
    assert_eq!(saw(5 * HOUR), ServiceStatus::Ok);
    assert_eq!(saw(5 * HOUR + 299), ServiceStatus::Ok);
    assert_eq!(health(&fleet, 5 * HOUR + 300), ServiceStatus::Failing);
    // A dead grant is a person's affair.
    let seen = Observation { version: None, metadata: Ok(grant("a", false)) };
    fleet.saw(&name("a"), &seen, &rules, at(6 * HOUR));
    assert_eq!(health(&fleet, 7 * HOUR), ServiceStatus::Attention);
}

#[test]
fn counts_begin_at_zero() {
    let mut report = report(&Outages::default(), 0);
    let mut refreshes = BTreeMap::new();
    report.count(&refreshes);
    assert!(report.metrics().contains("xreq_refreshes_total{provider=\"x\",class=\"failed\"} 0\n"));
    let mut counts = Refreshes::default();
    counts.add(RefreshClass::InDoubt);
    refreshes.insert("x".parse().expect("a slug"), counts);
    report.count(&refreshes);
    let metrics = report.metrics();
    assert!(metrics.contains("xreq_refreshes_total{provider=\"x\",class=\"in_doubt\"} 1\n"));
    assert!(metrics.contains("xreq_refreshes_total{provider=\"x\",class=\"refreshed\"} 0\n"));
}

#[test]
fn labels_are_escaped() {
    let mut page = Page::default();
    page.metric("m", "gauge", "Help.");
    page.sample(&[("a", "b\\c\"d\ne")], 7);
    assert_eq!(page.text, "# HELP m Help.\n# TYPE m gauge\nm{a=\"b\\\\c\\\"d\\ne\"} 7\n");
}
