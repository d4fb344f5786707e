//! Workers that say this and that: scripts in the place of xreq.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::model::name::Label;

fn name() -> GrantName {
    GrantName::grant("x".parse().expect("a slug"), Label::default())
}

/// Workers that are this script, beside its folder.
pub(crate) fn script(text: &str) -> (Workers, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let program = folder.path().join("worker");
    // A file that is open for writing cannot be executed; and what this process has open, those that
    // other tests start have open for a moment.
    let mut writer = Command::new("sh");
    writer.args(["-c", "cat >worker && chmod 700 worker"]).current_dir(&folder);
    let mut writer = writer.stdin(Stdio::piped()).spawn().expect("a shell");
    let text = format!("#!/bin/sh\ncd '{}'\n{text}\n", folder.path().display());
    writer.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    assert!(writer.wait().expect("it ends").success());
    let workers = Workers { program, ..Workers::new(Vec::new(), None) };
    (workers, folder)
}

fn token(script_text: &str) -> Result<Token> {
    let (workers, _folder) = script(script_text);
    workers.token(&name(), SignedDuration::from_millis(1_250))
}

const ANSWER: &str = r#"echo '{"schema_version": 1, "provider": "x", "account": "default",
  "token_type": "bearer", "access_token": "canary-1", "expires_at": "2027-01-15T08:00:00Z",
  "scopes": ["tweet.read", "users.read"]}'"#;

#[test]
fn a_token_is_what_a_worker_prints() {
    let token = token(&format!("echo warning: a margin >&2\n{ANSWER}")).expect("a token");
    assert_eq!(token.access_token.expose_secret(), "canary-1");
    assert_eq!(token.expires_at, Some("2027-01-15T08:00:00Z".parse().unwrap()));
    assert_eq!(token.scopes.to_string(), "tweet.read users.read");
}

#[test]
fn a_worker_is_asked_as_a_person_would_ask() {
    let (mut workers, folder) = script(&format!(
        "echo \"$@\" >asked; cat >input; test $3 = refresh && echo '{{\"grants\": []}}' || {ANSWER}"
    ));
    workers.catalog = vec!["own.yaml".into()];
    workers.token(&name(), SignedDuration::from_millis(1_250)).expect("a token");
    let asked = || fs::read_to_string(folder.path().join("asked")).expect("it was asked");
    assert_eq!(
        asked().trim(),
        "--color never token x --account default --format json --catalog own.yaml --min-ttl 1250ms \
         --for-parent"
    );
    assert_eq!(fs::read_to_string(folder.path().join("input")).unwrap(), "");
    let older_than = Some(SignedDuration::from_mins(90));
    let want = Want { older_than, ..Want::default() };
    workers.refresh(&name(), want).expect("an answer");
    assert!(asked().ends_with("--min-ttl 0ms --older-than 5400000ms\n"), "{}", asked());
    workers.refresh(&name(), Want { force: true, ..Want::default() }).expect("an answer");
    assert!(asked().ends_with("own.yaml --force\n"), "{}", asked());
}

#[test]
fn a_refresh_says_whether_it_gave_tokens() {
    let refresh = |answer: &str| {
        let (workers, _folder) = script(&format!("echo '{answer}'"));
        workers.refresh(&name(), Want::default())
    };
    let of =
        |result: &str| refresh(&format!(r#"{{"grants": [{{"result": "{result}"}}]}}"#)).unwrap();
    assert!(of("refreshed"));
    assert!(!of("fresh") && !of("in_doubt"));
    assert!(!refresh(r#"{"grants": []}"#).unwrap(), "it was disconnected meanwhile");
    assert_eq!(refresh("{}").unwrap_err().code(), Code::WorkerFailed);
}

#[test]
fn a_passphrase_comes_through_a_pipe() {
    let (mut workers, folder) =
        script(&format!("cat \"$XREQ_PASSPHRASE_FILE\" >input; env >env; {ANSWER}"));
    workers.passphrase = Some(SecretString::from("a canary".to_owned()));
    workers.token(&name(), SignedDuration::ZERO).expect("a token");
    let read = |file| fs::read_to_string(folder.path().join(file)).expect("it was written");
    assert_eq!(read("input"), "a canary");
    assert!(!read("env").contains("canary"));
}

#[test]
fn a_failure_is_what_a_worker_reports() {
    let report = "echo 'warning: something
error[provider_unavailable]: X gave no new tokens for x (default): 503
  help: the grant is kept; try again later' >&2; exit 3";
    let error = token(report).err().expect("it failed");
    assert_eq!(error.code(), Code::ProviderUnavailable);
    assert_eq!(error.to_string(), "X gave no new tokens for x (default): 503");
    assert_eq!(error.hint(), Some("the grant is kept; try again later"));
}

#[test]
fn a_way_out_comes_as_a_worker_wrote_it() {
    let way_out = "store it: `xreq client set x --id VGhpc0lzQUNsaWVudElkQW5kTm9TZWNyZXQ6MTpjaQ`";
    let report = format!("echo 'error[client_rejected]: no\n  help: {way_out}' >&2; exit 3");
    let error = token(&report).err().expect("it failed");
    assert_eq!(error.hint(), Some(way_out));
}

#[test]
fn a_worker_that_says_nothing_failed() {
    for text in ["", "kill -KILL $$", "echo what", "echo '{\"expires_at\": null}'"] {
        let error = token(text).err().expect("it failed");
        assert_eq!(error.code(), Code::WorkerFailed, "{text}");
    }
    let (workers, _folder) = script("echo 'error[what]: else' >&2");
    let error = workers.refresh(&name(), Want::default()).unwrap_err();
    assert_eq!(error.code(), Code::WorkerFailed);
    let (workers, folder) = script("");
    drop(folder);
    let error = workers.refresh(&name(), Want::default()).unwrap_err();
    assert!(error.to_string().contains("could not be started"), "{error}");
}

#[test]
fn too_much_is_not_read() {
    let mut bounded = Bounded::new(&[7; 10_000][..], 5_000);
    let capacity = bounded.content.capacity();
    while bounded.is_open {
        bounded.read().expect("it is memory");
    }
    assert_eq!((bounded.content.len(), bounded.content.capacity()), (5_000, capacity));
    assert!(bounded.pipe.is_empty(), "who writes would wait for ever");
    let error = token("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2").err();
    assert_eq!(error.expect("it failed").code(), Code::WorkerFailed);
}

#[test]
fn a_worker_has_a_group_of_its_own_and_is_waited_for() {
    let (workers, folder) =
        script(&format!("set -- $(cat /proc/$$/stat); echo $1 $5 >ids; {ANSWER}"));
    workers.token(&name(), SignedDuration::ZERO).expect("a token");
    let ids = fs::read_to_string(folder.path().join("ids")).expect("it was written");
    let (pid, group) = ids.trim().split_once(' ').expect("two numbers");
    assert_eq!(pid, group);
    assert!(!std::path::Path::new("/proc").join(pid).exists(), "nobody waited for it");
}

#[test]
fn a_worker_that_takes_too_long_is_left_alone() {
    let (workers, _folder) = script("exec sleep 60");
    let mut child = workers.command("token", &name()).spawn().expect("it starts");
    let until = Instant::now() + Duration::from_millis(50);
    let error = workers.talk(&mut child, until).err().expect("it takes too long");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(matches!(child.try_wait(), Ok(None)), "it was ended");
    child.kill().expect("it lives");
    workers.left.lock().expect("it is free").push(child);
    while !workers.left.lock().expect("it is free").is_empty() {
        workers.wait_for_late_ones();
    }
}
