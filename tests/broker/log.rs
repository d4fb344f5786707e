//! The log of calls: what is in it, what is not, and that no call goes out without it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use super::*;
use crate::support::conforms;
use crate::support::wait::until;

/// A house with an audit log that is set up like this.
fn recorded(audit: &str) -> House {
    let house = house();
    let config = House::config(&house.sandbox.base_url());
    house.home.write("home/config.yaml", format!("{config}audit: {audit}\n"));
    house
}

fn file(house: &House) -> PathBuf {
    house.home.store().join("calls.jsonl")
}

/// The lines of the log, each of which is what the schema says.
#[track_caller]
fn lines(house: &House) -> Vec<Value> {
    let text = fs::read_to_string(file(house)).unwrap_or_default();
    let line = |line: &str| {
        let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        conforms("audit", &value);
        value
    };
    text.lines().map(line).collect()
}

fn of_event<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

const ME: &str = "call -o /dev/null -w '%{http_code} ' https://api.x.com/2/users/me; ";

#[test]
fn a_call_has_a_line_before_and_one_after() {
    let house = recorded("true");
    let post = r#"call -o /dev/null -H 'content-type: application/json' -d '{"text":"hi"}' https://api.x.com/2/tweets"#;
    run(&house, &format!("{CALL}{ME}{post}")).succeeds();
    let lines = lines(&house);
    assert_eq!((of_event(&lines, "call").len(), of_event(&lines, "answer").len()), (2, 2));
    let [opened, closed] = ["call", "answer"].map(|event| {
        let of_post = |line: &&&Value| line["operation"] == "POST /2/tweets";
        of_event(&lines, event).iter().find(of_post).copied().expect("it is there").clone()
    });
    assert_eq!((&opened["call"], &opened["pid"]), (&closed["call"], &closed["pid"]));
    for line in [&opened, &closed] {
        assert_eq!((&line["provider"], &line["account"]), (&"x".into(), &"default".into()));
        assert_eq!((&line["key"], &line["argv0"]), (&"x.tweet.write".into(), &"sh".into()));
    }
    assert_eq!((&closed["status"], &closed["sent"]), (&201.into(), &13.into()));
    assert!(closed["received"].as_u64().is_some_and(|bytes| bytes > 0), "{closed}");
    let launch = fs::read_to_string(house.home.store().join("audit.jsonl")).expect("it is there");
    let launch: Value = serde_json::from_str(launch.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&launch["pid"], &launch["broker"]), (&opened["for_pid"], &true.into()));
}

#[test]
fn no_token_value_or_query_is_in_it() {
    let house = recorded("true");
    let script = format!(
        "{CALL}call -o /dev/null 'https://api.x.com/2/users/by/username/canary1?user.fields=created_at'; \
         call -o /dev/null https://api.x.com/2/users/4815162342/likes -d canary2; \
         call -o /dev/null -H 'content-type: application/json' -d '{{\"text\":\"canary3\"}}' \
         https://api.x.com/2/tweets; call -o /dev/null https://api.x.com/canary4?canary5; \
         printf %s $X_ACCESS_TOKEN"
    );
    let placeholder = run(&house, &script).succeeds().stdout;
    let text = fs::read_to_string(file(&house)).expect("it is there");
    assert!(text.contains("GET /2/users/by/username/{username}"), "{text}");
    for absent in [&*token(&house), &placeholder, "canary", "created_at", "4815162342"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn threat_17_a_flood_of_refusals_is_a_line_with_a_count_and_pushes_nothing_out() {
    let house = recorded("true");
    let refused = "i=0; while [ $i -lt 4 ]; do call -o /dev/null -X POST \
                   'https://api.x.com/2/users/1/bookmarks?[1-20]' 2>/dev/null; \
                   call -o /dev/null 'https://api.x.com/2/users/[1-20]/bookmarks'; sleep 0.7; i=$((i+1)); done; ";
    run(&house, &format!("{CALL}{ME}{refused}{ME}")).succeeds();
    let lines = lines(&house);
    let refusals = of_event(&lines, "refusal");
    let count = |line: &&Value| line["count"].as_u64().expect("a number");
    let bookmarks = refusals.iter().filter(|line| line["code"] == "operation/not-declared");
    assert_eq!(bookmarks.clone().map(count).sum::<u64>(), 80, "{refusals:#?}");
    assert!(refusals.len() <= 4, "the first of each, and the rest: {refusals:#?}");
    assert_eq!(of_event(&lines, "answer").len(), 2);
}

#[test]
fn threat_17_a_run_has_a_share_of_the_log_and_no_more() {
    let house = recorded("{calls_per_hour: 2}");
    let ran = run(&house, &format!("{CALL}{ME}{ME}{ME}")).succeeds();
    assert_eq!(ran.stdout, "200 200 429 ");
    assert!(ran.stderr.contains("log/exceeded"), "{}", ran.stderr);
    assert_eq!(of_event(&lines(&house), "call").len(), 2);
}

#[test]
fn threat_17_a_call_is_recorded_before_the_provider_sees_it_and_outlives_a_kill() {
    let house = house();
    let provider = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", provider.local_addr().expect("it is bound"));
    let config = House::config(&house.sandbox.base_url());
    let api = format!("api_url: {}", house.sandbox.base_url());
    let config = config.replace(&api, &format!("api_url: {base}"));
    house.home.write("home/config.yaml", format!("{config}audit: true\n"));
    let mut command = brokered(&house, &[], &format!("{CALL}{ME}"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let (mut call, _) = provider.accept().expect("the call comes");
    call.read_exact(&mut [0]).expect("it was sent");
    assert_eq!(of_event(&lines(&house), "call").len(), 1, "the provider sees it now");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    until("the call is closed", || of_event(&lines(&house), "answer").len() == 1);
    let lines = lines(&house);
    assert_eq!(of_event(&lines, "call").len(), 1);
    assert!(of_event(&lines, "answer")[0].get("status").is_none(), "there was no answer");
}

/// A stream that stays open for days is in the log all the while: its bytes so far, at intervals.
#[test]
fn threat_17_a_call_that_lasts_has_lines_while_it_does() {
    let house = house();
    let provider = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", provider.local_addr().expect("it is bound"));
    let api = format!("api_url: {}", house.sandbox.base_url());
    let config =
        House::config(&house.sandbox.base_url()).replace(&api, &format!("api_url: {base}"));
    house.home.write("home/config.yaml", format!("{config}audit: {{open_calls_every: 1s}}\n"));
    let mut command = brokered(&house, &[], &format!("{CALL}{ME}"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let (mut stream, _) = provider.accept().expect("the call comes");
    stream.read_exact(&mut [0]).expect("it was sent");
    let open = |house: &House| -> Vec<Value> {
        of_event(&lines(house), "open").into_iter().cloned().collect()
    };
    until("there is a line before the answer", || !open(&house).is_empty());
    assert!(open(&house)[0].get("status").is_none(), "there is none yet");
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\nhello";
    stream.write_all(head.as_bytes()).expect("it reads");
    until("its bytes are told", || open(&house).last().expect("a line")["received"] == 5);
    let last = open(&house).last().expect("a line").clone();
    assert_eq!((&last["status"], &last["operation"]), (&200.into(), &"GET /2/users/me".into()));
    assert!(last["ms"].as_u64().is_some_and(|ms| ms >= 1000), "{last}");
    let summary = house.home.xreq(&["audit-log", "summary", "--format", "json"]).succeeds().json();
    assert_eq!(
        (&summary["calls"][0]["failed"], &summary["calls"][0]["received"]),
        (&0.into(), &5.into())
    );
    stream.write_all(b"you!").expect("it reads");
    assert!(child.wait().expect("it ends").success());
    let lines = lines(&house);
    let answers = of_event(&lines, "answer");
    assert_eq!((answers.len(), &answers[0]["received"]), (1, &9.into()));
    assert_eq!(lines.last().expect("a line")["event"], "answer", "nothing comes after it");
    house.home.xreq(&["audit-log", "verify"]).succeeds();
    let summary = house.home.xreq(&["audit-log", "summary", "--format", "json"]).succeeds().json();
    assert_eq!(
        (&summary["calls"][0]["calls"], &summary["calls"][0]["received"]),
        (&1.into(), &9.into())
    );
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    let house = recorded("true");
    let me = ME.replace("-o /dev/null", "-o answer");
    let before = house.control().log().len();
    let script =
        format!("{CALL}rm -f home/calls.jsonl; mkdir home/calls.jsonl; {me}cat answer >&2");
    let ran = run(&house, &script).succeeds();
    assert_eq!(ran.stdout, "503 ", "{}", ran.stderr);
    assert!(ran.stderr.contains("log/unavailable"), "{}", ran.stderr);
    assert_eq!(house.control().log().len(), before, "the provider heard of none");
}

#[test]
fn the_proof_covers_it() {
    let house = recorded("true");
    house.home.xreq(&["audit-log", "verify"]).exits(3);
    run(&house, &format!("{CALL}{ME}")).succeeds();
    let verify = || house.home.xreq(&["audit-log", "verify", "--format", "json"]);
    let answer = verify().succeeds().json();
    assert_eq!((&answer["whole"], &answer["calls"]["whole"]), (&true.into(), &true.into()));
    assert_eq!(answer["calls"]["lines"], 2);
    house.home.xreq(&["audit-log", "verify"]).succeeds().prints("calls:\n2 lines in 1 file");
    let text = fs::read_to_string(file(&house)).expect("it is there");
    fs::write(file(&house), text.replacen("GET /2/users/me", "GET /2/tweets", 1))
        .expect("it is ours");
    let answer = verify().exits(1).json();
    assert_eq!((&answer["whole"], &answer["calls"]["whole"]), (&true.into(), &false.into()));
    fs::remove_file(file(&house)).expect("it is there");
    house.home.xreq(&["audit-log", "verify"]).exits(1).prints("records 1 to 2 are missing");
}

#[test]
fn the_summary_tells_who_called_what_and_what_nobody_used() {
    let house = recorded("true");
    house.home.xreq(&["audit-log", "summary"]).succeeds().prints("no call of a broker is recorded");
    let refused = "call -o /dev/null https://api.x.com/2/users/1/bookmarks; ";
    run(&house, &format!("{CALL}{ME}{ME}{refused}{refused}")).succeeds();
    let summary = |args: &[&str]| {
        let args = [&["audit-log", "summary", "--format", "json"], args].concat();
        house.home.xreq(&args).succeeds().json()
    };
    let answer = summary(&[]);
    let call = &answer["calls"][0];
    assert_eq!(
        (&call["operation"], &call["key"]),
        (&"GET /2/users/me".into(), &"x.tweet.read".into())
    );
    assert_eq!((&call["account"], &call["argv0"]), (&"default".into(), &"sh".into()));
    assert_eq!((&call["calls"], &call["failed"]), (&2.into(), &0.into()));
    assert_eq!(answer["calls"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["refusals"][0]["code"], "operation/not-declared");
    assert_eq!(answer["refusals"][0]["refusals"], 2);
    assert_eq!(answer["unused"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["unused"][0]["key"], "x.tweet.write");
    assert_eq!(summary(&["--since", "1h"])["calls"], answer["calls"]);
    assert_eq!(summary(&["--since", "0"])["calls"], Value::Array(Vec::new()));
    let text = house.home.xreq(&["audit-log", "summary"]).succeeds();
    text.prints("GET /2/users/me").prints("2 calls").prints("declared and never used");
}

#[test]
fn without_an_audit_log_there_is_none() {
    let house = house();
    run(&house, &format!("{CALL}{ME}")).succeeds();
    assert!(!file(&house).exists());
}
