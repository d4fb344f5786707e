use jiff::SignedDuration;

use super::*;

const NOBODY: AtWork = AtWork { provider: 0, client: 0, all: 0 };

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

fn slug(text: &str) -> Slug {
    text.parse().expect("a slug")
}

fn party(text: &str) -> Party {
    Party::Provider(slug(text))
}

fn failure(began: i64, ended: i64) -> FailedRefresh {
    FailedRefresh { began: at(began), ended: at(ended), retry_at: None }
}

/// Returns an outage of provider `x` that is tried again after so many seconds.
fn outage(until: i64) -> Outages {
    let mut outages = Outages::default();
    outages.failed(&party("x"), failure(0, 1), |_| Some(at(until)));
    outages
}

#[test]
fn whoever_works_is_asked_at_any_time() {
    let busy = AtWork { provider: 7, client: 7, all: 7 };
    assert_eq!(Outages::default().leave(&slug("x"), None, busy, at(0)), Leave::Now);
    assert_eq!(outage(10).leave(&slug("y"), None, busy, at(2)), Leave::Now);
}

#[test]
fn who_does_not_work_is_tried_by_one_at_a_time() {
    let outages = outage(10);
    let leave = |of_provider, now| {
        let at_work = AtWork { provider: of_provider, all: 1, ..NOBODY };
        outages.leave(&slug("x"), None, at_work, at(now))
    };
    assert_eq!(leave(0, 2), Leave::At(at(10)));
    assert_eq!(leave(0, 10), Leave::Now);
    assert_eq!(leave(1, 10), Leave::Later);
}

#[test]
fn a_machine_that_does_not_work_stops_every_provider() {
    let mut outages = Outages::default();
    outages.failed(&Party::Machine, failure(0, 1), |_| Some(at(5)));
    assert_eq!(outages.leave(&slug("y"), None, NOBODY, at(2)), Leave::At(at(5)));
    let other = AtWork { all: 1, ..NOBODY };
    assert_eq!(outages.leave(&slug("y"), None, other, at(5)), Leave::Later);
    assert_eq!(outages.works(&slug("x"), None, at(5)).len(), 1);
    assert_eq!(outages.leave(&slug("y"), None, other, at(2)), Leave::Now);
}

#[test]
fn a_client_that_is_not_accepted_stops_its_own_grants() {
    let mut outages = Outages::default();
    let client = Party::Client(slug("x"), Some("bad".to_owned()));
    outages.failed(&client, failure(0, 1), |_| Some(at(5)));
    assert_eq!(outages.leave(&slug("x"), Some("bad"), NOBODY, at(2)), Leave::At(at(5)));
    let one = AtWork { client: 1, ..NOBODY };
    assert_eq!(outages.leave(&slug("x"), Some("bad"), one, at(5)), Leave::Later);
    assert_eq!(outages.leave(&slug("x"), Some("good"), NOBODY, at(2)), Leave::Now);
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(2)), Leave::Now);
    assert_eq!(outages.works(&slug("x"), Some("good"), at(5)), []);
    assert_eq!(outages.works(&slug("x"), Some("bad"), at(5)).len(), 1);
}

#[test]
fn failures_at_the_same_time_count_as_one() {
    let mut outages = Outages::default();
    let mut counted = Vec::new();
    for (began, ended) in [(0, 3), (0, 4), (1, 4), (9, 10)] {
        let until = at(ended) + SignedDuration::from_secs(5);
        outages.failed(&party("x"), failure(began, ended), |_| {
            counted.push(ended);
            Some(until)
        });
    }
    assert_eq!(counted, [3, 10]);
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(10)), Leave::At(at(15)));
    assert_eq!(outages.iter().next().expect("it is known").1.since, at(3));
}

#[test]
fn a_single_failure_is_no_news() {
    let mut outages = Outages::default();
    let mut fails = |failure| outages.failed(&party("x"), failure, |_| None);
    assert_eq!(
        [(0, 3), (1, 4), (9, 10), (12, 13)].map(|(began, ended)| fails(failure(began, ended))),
        [false, false, true, false]
    );
    // Who asks for time says that it takes some.
    let limited = FailedRefresh { retry_at: Some(at(60)), ..failure(0, 2) };
    assert!(Outages::default().failed(&party("x"), limited, |_| None));
}

#[test]
fn a_success_says_nothing_of_what_came_after_it_began() {
    let mut outages = outage(10);
    outages.failed(&party("x"), failure(10, 20), |_| Some(at(30)));
    assert_eq!(outages.works(&slug("x"), None, at(19)), []);
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(21)), Leave::At(at(30)));
    assert_eq!(outages.works(&slug("x"), None, at(20)).len(), 1);
}

#[test]
fn what_a_provider_says_of_its_limits_holds() {
    let mut outages = Outages::default();
    let limited = FailedRefresh { retry_at: Some(at(60)), ..failure(0, 2) };
    outages.failed(&party("x"), failure(0, 1), |_| Some(at(5)));
    outages.failed(&party("x"), limited, |_| Some(at(5)));
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(30)), Leave::At(at(60)));
}

#[test]
fn what_a_provider_told_others_of_its_limits_holds_and_is_no_outage() {
    let mut outages = Outages::default();
    outages.limited(&slug("x"), at(60));
    outages.limited(&slug("x"), at(30));
    let busy = AtWork { provider: 7, client: 7, all: 7 };
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(59)), Leave::At(at(60)));
    assert_eq!(outages.leave(&slug("x"), None, busy, at(60)), Leave::Now);
    assert_eq!(outages.leave(&slug("y"), None, NOBODY, at(59)), Leave::Now);
    assert_eq!(outages.iter().count(), 0);
    outages.try_again(at(0));
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(0)), Leave::Now);
}

#[test]
fn a_clock_that_was_set_back_ends_the_wait() {
    let mut outages = outage(10_000);
    outages.try_again(at(-50));
    assert_eq!(outages.leave(&slug("x"), None, NOBODY, at(-50)), Leave::Now);
}

#[test]
fn what_nobody_needs_is_forgotten() {
    let mut outages = outage(10);
    outages.retain(|known| *known == party("y"));
    assert_eq!(outages.iter().count(), 0);
}
