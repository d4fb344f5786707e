//! Limits: how often a key may be used, by all runs of an account together.

use std::fs;
use std::path::PathBuf;

use super::*;

/// Posts a text, and prints the status of the answer.
const POST: &str = r#"post() { curl -sS -o answer -D head -w '%{http_code} ' \
    -H "Authorization: Bearer $X_ACCESS_TOKEN" -H 'content-type: application/json' \
    -d '{"text":"hi"}' "$@"; }; "#;

const TWO: [&str; 2] = ["--limit", "x.tweet.write=2/1h"];

/// Runs a script with options, and gives what it printed.
#[track_caller]
fn ran(house: &House, options: &[&str], script: &str) -> Ran {
    Ran::of(&mut brokered(house, options, &format!("{POST}{script}")))
}

fn posts(house: &House) -> usize {
    house.control().posts().len()
}

/// The file with the times of the key of the account.
fn times(house: &House) -> PathBuf {
    let folder = house.home.path().join(".local/state/xreq/limits");
    let files: Vec<_> = fs::read_dir(&folder).expect("it is there").flatten().collect();
    assert_eq!(files.len(), 1, "one account, one key");
    files[0].path()
}

#[test]
fn a_limit_holds_across_runs_and_says_when_the_next_call_may_go() {
    let house = house();
    let once = "post https://api.x.com/2/tweets";
    for expected in ["201 ", "201 ", "429 "] {
        assert_eq!(ran(&house, &TWO, once).succeeds().stdout, expected);
    }
    assert_eq!(posts(&house), 2);
    let head = fs::read_to_string(house.home.path().join("head")).expect("it was written");
    let wait = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("retry-after: ").map(str::to_owned));
    let wait: u64 = wait.expect("it says when").trim().parse().expect("a number of seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
    let answer = fs::read_to_string(house.home.path().join("answer")).expect("it was written");
    assert!(answer.contains("urn:xreq:limit/exceeded"), "{answer}");
    assert!(answer.contains("`x.tweet.write` is limited to 2 calls in 1h"), "{answer}");
    let more = ran(&house, &["--limit", "x.tweet.write=3/1h"], once).succeeds();
    assert_eq!(more.stdout, "201 ", "another limit counts the same calls");
    let read = "curl -sS -w '%{http_code}' -o /dev/null -H \"Authorization: Bearer \
                $X_ACCESS_TOKEN\" https://api.x.com/2/users/me";
    assert_eq!(ran(&house, &TWO, read).succeeds().stdout, "200", "another key gives it");
}

#[test]
fn each_way_in_is_counted_and_a_refusal_is_told_once() {
    let house = house();
    let script = "post https://api.x.com/2/tweets; post $X_API_BASE_URL/2/tweets; \
                  post --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/tweets; \
                  post --http2-prior-knowledge $X_API_BASE_URL/2/tweets; \
                  post https://api.twitter.com/2/tweets";
    let ran = ran(&house, &["--limit", "x.tweet.write=3/1h"], script).succeeds();
    assert_eq!(ran.stdout, "201 201 201 429 429 ");
    assert_eq!(posts(&house), 3);
    assert_eq!(ran.stderr.matches("limit/exceeded").count(), 1, "{}", ran.stderr);
}

#[test]
fn runs_at_once_count_together() {
    let house = house();
    let script = format!(
        "{POST}for i in 1 2 3 4 5; do post $X_API_BASE_URL/2/tweets -o /dev/null -D /dev/null; done"
    );
    let start = |_| {
        let mut command = brokered(&house, &["--limit", "x.tweet.write=4/1h"], &script);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        command.spawn().expect("it starts")
    };
    let runs: Vec<_> = (0..2).map(start).collect();
    let mut through = 0;
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        through += String::from_utf8_lossy(&output.stdout).matches("201").count();
    }
    assert_eq!((through, posts(&house)), (4, 4));
}

#[test]
fn threat_09_another_entry_and_another_label_are_counted_too() {
    let house = House::new();
    let keys = "integrations: [x.tweet.read, x.dm.read, x.dm.write]\n";
    house.home.write("xreq.yaml", keys);
    house.connect(&[]).succeeds();
    // The operation is listed by two keys: the run has one, and the limit is on the other.
    let other_key = ["--limit", "x.user.read=2/1h"];
    let work = [&other_key[..], &["--account", "x=work"]].concat();
    let me = "call https://api.x.com/2/users/me";
    let read = "call() { curl -sS -o /dev/null -w '%{http_code} ' -H \"Authorization: Bearer \
                $X_ACCESS_TOKEN\" \"$@\"; }; ";
    let me = &format!("{read}{me}");
    assert_eq!(ran(&house, &other_key, me).succeeds().stdout, "200 ");
    house.connect(&["--account", "work"]).succeeds();
    assert_eq!(ran(&house, &work, me).succeeds().stdout, "200 ");
    assert_eq!(ran(&house, &work, me).succeeds().stdout, "429 ");
    times(&house);
    // No key lists the operation: scopes give it, those of the key or as an entry of their own.
    let by_scopes = "integrations: [{key: x, scopes: [dm.read, dm.write]}]\n";
    let delete = &format!("{read}call -X DELETE https://api.x.com/2/dm_events/12345");
    let limit = ["--limit", "x.dm.write=1/1h", "--account", "x=work"];
    house.home.write("xreq.yaml", by_scopes);
    assert_ne!(ran(&house, &limit, delete).succeeds().stdout, "429 ");
    assert_eq!(ran(&house, &limit, delete).succeeds().stdout, "429 ");
    house.home.write("xreq.yaml", keys);
    assert_eq!(ran(&house, &limit, delete).succeeds().stdout, "429 ");
}

#[test]
fn a_repetition_with_a_new_token_is_the_same_call() {
    let house = house();
    house.control().expire_access_tokens();
    let script = "post https://api.x.com/2/tweets; post https://api.x.com/2/tweets";
    let ran = ran(&house, &TWO, script).succeeds();
    assert_eq!(ran.stdout, "201 201 ");
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn a_call_that_was_never_sent_is_not_counted() {
    let house = house();
    let once = "post https://api.x.com/2/tweets";
    let config = House::config(&house.sandbox.base_url());
    let dead = config
        .replace(&format!("api_url: {}", house.sandbox.base_url()), "api_url: http://127.0.0.1:9");
    house.home.write("home/config.yaml", dead);
    for _ in 0..3 {
        assert_eq!(ran(&house, &TWO, once).succeeds().stdout, "502 ");
    }
    house.home.write("home/config.yaml", config);
    assert_eq!(ran(&house, &TWO, once).succeeds().stdout, "201 ");
}

#[test]
fn the_settings_have_limits_by_provider_and_account() {
    let house = house();
    let config = House::config(&house.sandbox.base_url());
    let limited = |label| format!("{config}limits: {{x: {{{label}: {{x.tweet.write: 1/1h}}}}}}\n");
    let twice = "post https://api.x.com/2/tweets; post https://api.x.com/2/tweets";
    house.home.write("home/config.yaml", limited("work"));
    assert_eq!(ran(&house, &[], twice).succeeds().stdout, "201 201 ");
    house.home.write("home/config.yaml", limited("default"));
    assert_eq!(ran(&house, &[], twice).succeeds().stdout, "201 429 ");
    for (wrong, said) in [
        ("limits: {x: {default: {x.tweet.wirte: 1/1h}}}", "did you mean `x.tweet.write`?"),
        ("limits: {y: {default: {x.tweet.write: 1/1h}}}", "`y`, which is no provider"),
        ("limits: {x: {default: {x.tweet.write: 1h}}}", "such as 10/1h"),
    ] {
        house.home.write("home/config.yaml", format!("{config}{wrong}\n"));
        ran(&house, &[], "touch launched").exits(125).complains(said);
    }
    assert!(!house.home.path().join("launched").exists());
}

#[test]
fn a_limit_that_cannot_be_held_launches_nothing() {
    let house = house();
    house.home.write("file", "");
    let unheld = [&TWO[..], &["--limit-log", "file/log"]].concat();
    for (options, said) in [
        (&["--limit", "x.tweet.wirte=2/1h"][..], "did you mean `x.tweet.write`?"),
        (&["--limit", "x.tweet.write=0/1h"], "such as 10/1h"),
        (&["--limit", "x.tweet.write"], "KEY=N/DURATION"),
        (&unheld, "file"),
    ] {
        ran(&house, options, "touch launched").exits(125).complains(said);
    }
    assert!(!house.home.path().join("launched").exists());
}

#[test]
fn a_log_that_becomes_unusable_refuses_the_call() {
    let house = house();
    let options = [&TWO[..], &["--limit-log", "log"]].concat();
    let script = "post https://api.x.com/2/tweets; rm log/limits/*; mkdir log/limits/x.id-1; \
                  for i in log/limits/*; do :; done; post https://api.x.com/2/tweets";
    let id = house.metadata("default")["account_id"].as_str().expect("it is known").to_owned();
    let script = script.replace("x.id-1", &format!("x.id-{id}.x.tweet.write"));
    let ran = ran(&house, &options, &script).succeeds();
    assert_eq!(ran.stdout, "201 503 ", "{}", ran.stderr);
    assert_eq!(posts(&house), 1);
    let answer = fs::read_to_string(house.home.path().join("answer")).expect("it was written");
    assert!(answer.contains("limit/unavailable"), "{answer}");
}

#[test]
fn a_run_that_only_reads_changes_nothing() {
    let house = house();
    let script = "post https://api.x.com/2/tweets; post $X_API_BASE_URL/2/tweets; cat answer >&2; \
                  curl -sS -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer $X_ACCESS_TOKEN\" \
                  https://api.x.com/2/users/me";
    let ran = ran(&house, &["--read-only"], script).succeeds();
    assert_eq!(ran.stdout, "403 403 200");
    assert!(ran.stderr.contains("urn:xreq:operation/changes"), "{}", ran.stderr);
    assert_eq!(posts(&house), 0);
}
