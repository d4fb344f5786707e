//! Workers that say this and that: scripts in the place of xreq.

use std::fs;

use age::secrecy::ExposeSecret;

use tempfile::TempDir;

use super::*;
use crate::model::name::Label;

fn name() -> CredentialId {
    CredentialId::grant("x".parse().expect("a slug"), Label::default())
}

/// Returns workers that are this script, beside its folder.
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

fn token(script_text: &str) -> Result<Live> {
    let (workers, _folder) = script(script_text);
    workers.token(&name(), SignedDuration::from_millis(1_250))
}

const TOKEN: &str = r#"echo '{"version": 2, "id": 0, "token": {"access_token": "canary-1",
  "expires_at": "2027-01-15T08:00:00Z", "scopes": ["tweet.read", "users.read"]}}'"#;

#[test]
fn a_token_is_what_a_worker_replies() {
    let token = token(&format!("echo warning: a margin >&2\n{TOKEN}")).expect("a token");
    assert_eq!(token.access_token.expose_secret(), "canary-1");
    assert_eq!(token.expires_at, Some("2027-01-15T08:00:00Z".parse().unwrap()));
    assert_eq!(token.scopes.to_string(), "tweet.read users.read");
}

#[test]
fn a_request_comes_through_a_pipe() {
    let (mut workers, folder) =
        script(&format!("echo \"$@\" >asked; env >env; cat >request; {TOKEN}"));
    workers.catalog = vec!["own.yaml".into()];
    workers.passphrase = Some(SecretString::from("a canary".to_owned()));
    workers.before = vec!["@itself"];
    workers.token(&name(), SignedDuration::from_millis(1_250)).expect("a token");
    let read = |file| fs::read_to_string(folder.path().join(file)).expect("it was written");
    assert_eq!(read("asked").trim(), "@itself @refresh");
    assert!(!read("env").contains("canary"));
    let lines = read("request");
    let (setup, request) = lines.split_once('\n').expect("two lines");
    let setup = Setup::parse(setup.as_bytes()).expect("it is one");
    assert_eq!((setup.at_once, setup.catalog), (1, vec![PathBuf::from("own.yaml")]));
    assert_eq!(setup.passphrase.expect("there is one").expose_secret(), "a canary");
    let request = Request::parse(request.as_bytes()).expect("it is one");
    assert_eq!((&request.name, request.wants_token), (&name(), true));
    assert_eq!(request.want.min_ttl, SignedDuration::from_millis(1_250));
}

#[test]
fn a_refresh_says_whether_it_gave_tokens() {
    let refresh = |line: &str| {
        let (workers, _folder) = script(&format!("echo '{line}'"));
        workers.refresh(&name(), Want::default())
    };
    assert!(refresh(r#"{"version": 2, "id": 0, "has_new_tokens": true}"#).unwrap());
    assert!(!refresh(r#"{"version": 2, "id": 0, "has_new_tokens": false}"#).unwrap());
    assert_eq!(refresh("{}").unwrap_err().code(), Code::WorkerFailed);
}

#[test]
fn a_failure_is_what_a_worker_replies() {
    let line = r#"echo '{"version": 2, "id": 0, "error": {"code": "provider_unavailable",
"message": "X gave no new tokens for x (default): 503", "hint": "the grant is kept"}}'; exit 3"#;
    let error = token(&line.replace('\n', " ")).expect_err("it failed");
    assert_eq!(error.code(), Code::ProviderUnavailable);
    assert_eq!(error.to_string(), "X gave no new tokens for x (default): 503");
    assert_eq!(error.hint(), Some("the grant is kept"));
}

#[test]
fn a_worker_that_says_nothing_failed() {
    let another = "echo '{\"version\": 2, \"id\": 0, \"has_new_tokens\": true}'";
    for text in ["", "kill -KILL $$", "echo what", another, "echo 'error[rejected]: no' >&2"] {
        let error = token(text).expect_err("it failed");
        assert_eq!(error.code(), Code::WorkerFailed, "{text}");
    }
    let (workers, _folder) = script("exit 3");
    let error = workers.refresh(&name(), Want::default()).unwrap_err();
    assert_eq!(error.code(), Code::WorkerFailed);
    let (workers, folder) = script("");
    drop(folder);
    let error = workers.refresh(&name(), Want::default()).unwrap_err();
    assert!(error.to_string().contains("could not be started"), "{error}");
}

#[test]
fn too_much_is_not_read() {
    let mut child = Command::new("head");
    let child = child.args(["-c", "3000000", "/dev/zero"]).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let until = Instant::now() + PATIENCE;
    let content = read(child.stdout.take().expect("a pipe"), until).expect("it ends");
    let capacity = protocol::buffer().capacity();
    assert_eq!((content.len(), content.capacity()), (capacity, capacity));
    assert!(child.wait().expect("it ends").success(), "who writes would wait for ever");
    let error = token("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2").err();
    assert_eq!(error.expect("it failed").code(), Code::WorkerFailed);
}

#[test]
fn a_worker_has_a_group_of_its_own_and_is_waited_for() {
    let (workers, folder) =
        script(&format!("set -- $(cat /proc/$$/stat); echo $1 $5 >ids; {TOKEN}"));
    workers.token(&name(), SignedDuration::ZERO).expect("a token");
    let ids = fs::read_to_string(folder.path().join("ids")).expect("it was written");
    let (pid, group) = ids.trim().split_once(' ').expect("two numbers");
    assert_eq!(pid, group);
    assert!(!std::path::Path::new("/proc").join(pid).exists(), "nobody waited for it");
}

#[test]
fn a_worker_that_takes_too_long_is_left_alone() {
    let (workers, _folder) = script("exec sleep 60");
    let mut child = workers.command().spawn().expect("it starts");
    let until = Instant::now() + Duration::from_millis(50);
    let error = read(child.stdout.take().expect("a pipe"), until).expect_err("it takes too long");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(matches!(child.try_wait(), Ok(None)), "it was ended");
    child.kill().expect("it lives");
    workers.left.lock().expect("it is free").push(child);
    while !workers.left.lock().expect("it is free").is_empty() {
        workers.wait_for_late_ones();
    }
}
