//! What becomes of a call that waits: approved, denied, expired, told to come again, withdrawn.

use std::time::{Duration, Instant};

use super::*;
use crate::support::machine;

#[test]
fn a_held_call_goes_out_once_a_person_approves_it_and_the_next_one_waits_again() {
    let house = house();
    let run = asking(&house, &[], "post hello; post hello");
    let call = run.waits();
    for (name, value) in [
        ("provider", "x"),
        ("account", "default"),
        ("operation", "POST /2/tweets"),
        ("key", "x.tweet.write"),
        ("method", "POST"),
        ("content_type", "application/json"),
        ("text", r#"{"text":"hello"}"#),
    ] {
        assert_eq!(call[name], value, "{name}");
    }
    assert!(call["url"].as_str().is_some_and(|url| url.ends_with("/2/tweets")), "{call}");
    assert_eq!((&call["bytes"], &call["held"]), (&16.into(), &true.into()));
    assert_eq!(posts(&house), 0);
    let shown = house.home.xreq(&["broker", "pending"]).succeeds();
    shown.prints(&id(&call)).prints("POST /2/tweets  x (default)").prints("| {\"text\":\"hello\"}");
    decide(&house, "approve", &id(&call)).succeeds().prints("approved");
    until("the second one waits", || pending(&house).iter().any(|other| id(other) != id(&call)));
    assert_eq!(posts(&house), 1);
    decide(&house, "approve", &id(&call)).exits(1).complains("waits for an approval");
    run.decides("approve");
    let ran = run.ends().succeeds();
    assert_eq!((ran.stdout.as_str(), posts(&house)), ("201 201 ", 2));
    assert_eq!(ran.stderr.matches("waits for an approval: `xreq broker pending`").count(), 1);
    house.home.xreq(&["broker", "pending"]).succeeds().complains("no call waits");
}

#[test]
fn a_denied_call_is_not_made() {
    let house = house();
    let run = asking(&house, &[], "post hello");
    run.decides("deny");
    assert_eq!(run.ends().succeeds().stdout, "403 ");
    assert_eq!(posts(&house), 0);
    let answer = read(&house, "answer");
    assert!(answer.contains("urn:xreq:approval/denied"), "{answer}");
    assert!(answer.contains("a person denied the call"), "{answer}");
}

#[test]
fn a_call_on_which_nobody_decides_expires_and_nobody_is_said_to_have_denied_it() {
    let house = house();
    let begun = Instant::now();
    let run = asking(&house, &["--ask-timeout", "1s"], "post hello");
    let ran = run.ends().succeeds();
    assert!(begun.elapsed() < Duration::from_secs(20), "it is answered when it expires");
    assert_eq!((ran.stdout.as_str(), posts(&house)), ("403 ", 0));
    let answer = read(&house, "answer");
    assert!(answer.contains("urn:xreq:approval/denied"), "{answer}");
    assert!(answer.contains("expired") && !answer.contains("a person denied"), "{answer}");
    // Also where its agent was told to come again, and came too late.
    let options = ["--ask-timeout", "1s", "--ask-wait", "0s"];
    let ran = asking(&house, &options, "post hello; sleep 1.5; post hello; cat answer").ends();
    assert!(ran.stdout.starts_with("403 403 ") && ran.stdout.contains("expired"), "{}", ran.stdout);
}

#[test]
fn a_call_that_was_told_to_come_again_goes_out_once_with_the_decision_that_was_made_meanwhile() {
    let house = house();
    let script = "post hello; cp answer told.tmp; mv told.tmp told; until test -e decided; do sleep 0.05; done; \
                  post hello; post hello; post bye; post bye";
    let run = asking(&house, &["--ask-wait", "100ms"], script);
    until("it was told", || house.home.path().join("told").exists());
    let call = run.waits();
    assert_eq!(call["held"], false);
    let told: Value = serde_json::from_str(&read(&house, "told")).expect("it is JSON");
    assert_eq!(told["type"], "urn:xreq:approval/pending");
    assert_eq!((&told["status"], &told["xreq"]["approval"]), (&403.into(), &call["id"]));
    let head = read(&house, "head").to_lowercase();
    assert!(head.contains("retry-after: 5"), "{head}");
    decide(&house, "approve", &id(&call)).succeeds();
    decide(&house, "deny", &id(&call)).exits(1).prints("approved before");
    house.home.write("decided", "");
    let ran = run.ends().succeeds();
    assert_eq!(ran.stdout, "403 201 403 403 403 ", "{}", ran.stderr);
    assert_eq!(posts(&house), 1);
}

#[test]
fn a_client_that_goes_away_takes_its_question_along() {
    let house = house();
    let gone = "post hello -m 1; post hello -m 1 --http1.1; URL=$X_API_BASE_URL/2/tweets; \
                post hello -m 1; touch gone; until test -e over; do sleep 0.05; done";
    let run = asking(&house, &[], gone);
    let call = run.waits();
    until("the clients have gone", || house.home.path().join("gone").exists());
    until("the questions have gone", || pending(&house).is_empty());
    decide(&house, "approve", &id(&call)).exits(1);
    assert_eq!(posts(&house), 0);
    end(run);
    // Where its agent was told to come again, the question stays.
    let again = "post hello; post hello -m 1; touch again; until test -e over; do sleep 0.05; done";
    let run = asking(&house, &["--ask-wait", "3s"], again);
    until("it came again, and went", || house.home.path().join("again").exists());
    assert_eq!(run.waits()["held"], false);
    end(run);
}

#[test]
fn an_approval_of_which_nothing_was_sent_is_kept() {
    let house = house();
    let script = "post hello; post bye; post bye; post other -m 1";
    let run = asking(&house, &["--limit", "x.tweet.write=1/1h"], script);
    let first = run.waits();
    decide(&house, "approve", &id(&first)).succeeds();
    until("the second one waits", || pending(&house).iter().any(|it| id(it) != id(&first)));
    run.decides("approve");
    let ran = run.ends();
    // The limit refuses it twice, with one approval; the last one waits for one of its own.
    assert_eq!(ran.stdout, "201 429 429 000 ", "{}", ran.stderr);
}

#[test]
fn a_repetition_with_a_new_token_is_the_same_sending() {
    let house = house();
    house.control().expire_access_tokens();
    let run = asking(&house, &[], "post hello");
    run.decides("approve");
    assert_eq!(run.ends().succeeds().stdout, "201 ");
    assert_eq!((posts(&house), house.refreshes().len()), (1, 1));
}

#[test]
fn a_client_of_python_is_held_too() {
    let house = house();
    let script = "import os, requests\nanswer = requests.post('https://api.x.com/2/tweets', \
                  json={'text': 'hi'}, headers={'Authorization': 'Bearer ' + \
                  os.environ['X_ACCESS_TOKEN']})\nprint(answer.status_code)";
    let python = std::path::absolute(machine::python()).expect("a path");
    let mut command = house.home.command();
    command.args(["run", "--broker", "--ask", "x.tweet.write", "--"]);
    let run = started(&house, command.arg(python).args(["-c", script]));
    run.decides("approve");
    assert_eq!(run.ends().succeeds().stdout, "201\n");
}
