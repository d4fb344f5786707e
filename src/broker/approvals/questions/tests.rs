//! Whatever comes in whatever order, no call is sent without an approval of its own.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn about(call: u8) -> (Fingerprint, usize) {
    (Fingerprint::of(&[&[call]]), 1)
}

/// Asks about a call, by a name, at a time; a person has a minute.
fn asked(questions: &mut Questions<u8>, name: &str, call: u8, now: u64) -> (Asked, String) {
    let mut name = name.to_owned();
    let asked = questions.ask(&mut name, about(call), seconds(now + 60), || call);
    (asked, name)
}

const NEW: Asked = Asked::Held { is_new: true };
const KNOWN: Asked = Asked::Held { is_new: false };

#[test]
fn an_approval_is_taken_once() {
    let mut questions = Questions::default();
    assert_eq!(asked(&mut questions, "a", 1, 0).0, NEW);
    assert!(questions.take("a").is_none(), "nobody has decided");
    assert_eq!(questions.decide("a", Decision::Approved, seconds(1)), Ok(&1));
    let before = Err(Undecided::Before(Decision::Approved));
    assert_eq!(questions.decide("a", Decision::Denied, seconds(1)), before);
    assert_eq!(questions.take("a").map(|(decision, _)| decision), Some(Decision::Approved));
    assert!(questions.take("a").is_none());
    assert_eq!(questions.decide("a", Decision::Approved, seconds(1)), Err(Undecided::Unknown));
}

#[test]
fn a_call_that_was_told_to_come_again_finds_its_decision_and_another_does_not() {
    let mut questions = Questions::default();
    asked(&mut questions, "a", 1, 0);
    assert_eq!(asked(&mut questions, "b", 1, 0), (NEW, "b".to_owned()), "it is another sending");
    questions.leave("a");
    questions.decide("a", Decision::Approved, seconds(30)).expect("it is open");
    assert!(questions.take("a").is_none(), "no call is held by it");
    assert_eq!(asked(&mut questions, "c", 2, 40), (NEW, "c".to_owned()));
    assert_eq!(asked(&mut questions, "d", 1, 40), (KNOWN, "a".to_owned()));
    assert!(questions.take("a").is_some());
    assert_eq!(asked(&mut questions, "e", 1, 40), (NEW, "e".to_owned()));
}

#[test]
fn time_expires_questions_and_then_decisions() {
    let mut questions = Questions::default();
    asked(&mut questions, "a", 1, 0);
    asked(&mut questions, "b", 2, 10);
    questions.leave("a");
    assert!(questions.pass(seconds(59)).is_empty());
    assert_eq!(questions.pass(seconds(60)), ["a"]);
    assert!(questions.pass(seconds(61)).is_empty(), "it is told once");
    assert_eq!(questions.pass(seconds(70)), ["b"]);
    assert_eq!(questions.take("b").map(|(decision, _)| decision), Some(Decision::Expired));
    let kept = seconds(60) + KEPT;
    questions.pass(seconds(59) + KEPT);
    assert_eq!(questions.len(), 1);
    questions.pass(kept);
    assert_eq!(questions.len(), 0);
}

#[test]
fn a_client_that_goes_away_takes_its_question_along() {
    let mut questions = Questions::default();
    asked(&mut questions, "a", 1, 0);
    assert!(questions.withdraw("a"));
    assert_eq!(questions.len(), 0);
    asked(&mut questions, "a", 1, 0);
    questions.leave("a");
    assert!(!questions.withdraw("a"), "no call is held by it");
    asked(&mut questions, "b", 1, 0);
    assert!(!questions.withdraw("a"), "an agent was told to come again");
    assert_eq!(questions.open().count(), 1);
}

#[test]
fn questions_are_bounded_by_number_and_size() {
    let mut questions = Questions::default();
    for call in 0..MOST {
        let call = u8::try_from(call).expect("it is small");
        assert_eq!(asked(&mut questions, &format!("{call}"), call, 0).0, NEW);
    }
    assert_eq!(asked(&mut questions, "x", 200, 0).0, Asked::Crowded);
    questions.leave("3");
    assert_eq!(asked(&mut questions, "x", 3, 0).0, KNOWN, "it is there already");
    let mut questions = Questions::default();
    let mut large = |name: &str, call: u8| {
        let about = (Fingerprint::of(&[&[call]]), MOST_BYTES / 2 + 1);
        questions.ask(&mut name.to_owned(), about, seconds(60), || call)
    };
    assert_eq!((large("a", 1), large("b", 2)), (NEW, Asked::Crowded));
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    Ask(u8),
    Decide(usize, bool),
    Take(usize),
    Leave(usize),
    Withdraw(usize),
    GiveBack(usize),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let place = 0_usize..12;
    prop_oneof![
        4 => (0_u8..4).prop_map(Event::Ask),
        3 => (place.clone(), any::<bool>()).prop_map(|(at, yes)| Event::Decide(at, yes)),
        4 => place.clone().prop_map(Event::Take),
        2 => place.clone().prop_map(Event::Leave),
        1 => place.clone().prop_map(Event::Withdraw),
        1 => place.prop_map(Event::GiveBack),
        1 => (0_u64..200).prop_map(Event::Pass),
    ]
}

proptest! {
    /// A person approves a question at most once, and a sending takes one approval of its own call, of a
    /// question that nobody denied and that had not expired: whatever order things happen in.
    #[test]
    fn threat_10_no_order_of_events_sends_a_call_without_an_approval_of_its_own(
        events in proptest::collection::vec(event(), 0..120),
    ) {
        let mut questions = Questions::default();
        let (mut now, mut names) = (0, Vec::<String>::new());
        // What a plain count says of each call: approvals that nobody has spent, by the call.
        let mut approved: BTreeMap<u8, i64> = BTreeMap::new();
        let mut refused: Vec<String> = Vec::new();
        let mut spent: Vec<(String, Question<u8>)> = Vec::new();
        let mut calls: BTreeMap<String, u8> = BTreeMap::new();
        for event in events {
            for name in questions.pass(seconds(now)) {
                refused.push(name);
            }
            let at = |at: usize| names.get(at % names.len().max(1)).cloned().unwrap_or_default();
            match event {
                Event::Ask(call) => {
                    let (answer, name) = asked(&mut questions, &names.len().to_string(), call, now);
                    match answer {
                        NEW => {
                            calls.insert(name.clone(), call);
                            names.push(name);
                        }
                        Asked::Held { .. } => prop_assert_eq!(calls[&name], call),
                        Asked::Crowded => prop_assert!(questions.len() >= MOST),
                    }
                }
                Event::Decide(which, yes) => {
                    let decision = if yes { Decision::Approved } else { Decision::Denied };
                    let name = at(which);
                    if let Ok(call) = questions.decide(&name, decision, seconds(now)) {
                        prop_assert!(!refused.contains(&name));
                        if yes {
                            *approved.entry(*call).or_default() += 1;
                        } else {
                            refused.push(name);
                        }
                    }
                }
                Event::Take(which) => {
                    let name = at(which);
                    if let Some((decision, question)) = questions.take(&name) {
                        let is_approved = decision == Decision::Approved;
                        prop_assert_eq!(is_approved, !refused.contains(&name));
                        if is_approved {
                            let left = approved.entry(calls[&name]).or_default();
                            *left -= 1;
                            prop_assert!(*left >= 0, "{name} is sent without an approval");
                            spent.push((name, question));
                        }
                    }
                }
                Event::GiveBack(which) => {
                    if !spent.is_empty() {
                        let (name, question) = spent.swap_remove(which % spent.len());
                        *approved.entry(calls[&name]).or_default() += 1;
                        questions.give_back(name, question);
                    }
                }
                Event::Leave(which) => questions.leave(&at(which)),
                Event::Withdraw(which) => {
                    questions.withdraw(&at(which));
                }
                Event::Pass(time) => now += time,
            }
            prop_assert!(questions.len() <= MOST);
        }
        // Whatever is left waits for a person, is held, or goes with time.
        let end = seconds(now + 60);
        questions.pass(end);
        questions.pass(end + KEPT);
        prop_assert!(questions.0.values().all(Question::is_held));
    }
}
