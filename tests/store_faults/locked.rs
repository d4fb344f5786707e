//! Somebody else holds the lock.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use xreq::error::Code;
use xreq::model::name::Label;
use xreq::store::FolderStore;

use super::{SCOPES, assert_only_default, home, token};
use crate::support::{Home, machine};

/// A process that is not xreq and holds the lock of a grant.
struct Holder(Child);

impl Holder {
    /// Takes the lock, with the program `flock`.
    fn of(lock: &Path) -> Self {
        let mut command = Command::new("flock");
        command.arg(lock).args(["sh", "-c", "echo held; cat"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("`flock` starts");
        let mut said = [0; 5];
        child.stdout.as_mut().expect("it is a pipe").read_exact(&mut said).expect("it holds it");
        Self(child)
    }

    /// Gives the lock up.
    fn release(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("it ends");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.release();
    }
}

fn lock_file(home: &Home) -> PathBuf {
    home.store().join("grants/x/.default.lock")
}

/// Starts an import, and waits until it has the lock file open, and so waits for the lock.
fn waiting_import(home: &Home) -> Child {
    home.write("token.txt", "new");
    let mut command = home.command();
    command.args(["import", "x", "--scopes", SCOPES, "--expires-in", "7200", "token.txt"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let descriptors = format!("/proc/{}/fd", child.id());
    let lock = lock_file(home).canonicalize().expect("the lock is there");
    let has_it_open = || {
        let mut links = fs::read_dir(&descriptors).into_iter().flatten().flatten();
        links.any(|link| fs::read_link(link.path()).is_ok_and(|target| target == lock))
    };
    while !has_it_open() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it did not wait");
        thread::yield_now();
    }
    child
}

#[test]
fn a_fresh_grant_needs_no_lock() {
    let home = home("old");
    let lock = lock_file(&home);
    fs::remove_file(&lock).expect("the import made it");
    assert_eq!(home.xreq(&["token", "x"]).succeeds().stdout, "old\n");
    home.xreq(&["refresh", "x"]).succeeds().prints("x (default) is fresh: ");
    home.xreq(&["refresh", "--all"]).succeeds();
    assert!(!lock.exists(), "a store that is read-only could not be used");
    if machine::lacks("flock") {
        return;
    }
    let _holder = Holder::of(&lock);
    assert_eq!(home.xreq(&["token", "x"]).succeeds().stdout, "old\n");
    home.xreq(&["refresh", "x"]).succeeds();
}

#[test]
fn an_import_waits_for_the_lock_and_then_succeeds() {
    if machine::lacks("flock") {
        return;
    }
    let home = home("old");
    let mut holder = Holder::of(&lock_file(&home));
    let mut import = waiting_import(&home);
    // Readers need no lock.
    assert_eq!(token(&home), "old");
    home.xreq(&["check"]).succeeds();
    home.xreq(&["status", "--within", "0s"]).succeeds();
    // Nor do writers of another grant.
    super::import(&home, "work", "other").succeeds();
    assert!(import.try_wait().expect("it can be asked").is_none(), "it did not wait");
    holder.release();
    assert!(import.wait().expect("it ends").success());
    assert_eq!(token(&home), "new");
}

#[test]
fn who_waits_too_long_is_told() {
    if machine::lacks("flock") {
        return;
    }
    let home = home("old");
    let _holder = Holder::of(&lock_file(&home));
    let store = FolderStore::new(xreq::sys::home::Home::at(home.store()));
    let store = store.with_patience(Duration::from_millis(50));
    let id = xreq::store::CredentialId::grant("x".parse().expect("a slug"), Label::default());
    let error = store.lock_grant(&id).expect_err("it is held");
    assert_eq!(error.code(), Code::StoreBusy);
    assert!(error.to_string().contains("/grants/x/.default.lock"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("fuser")), "{error:?}");
    assert_eq!(token(&home), "old");
}

#[test]
fn who_is_stopped_while_waiting_leaves_nothing_behind() {
    if machine::lacks("flock") {
        return;
    }
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::KILL] {
        let home = home("old");
        let _holder = Holder::of(&lock_file(&home));
        let mut import = waiting_import(&home);
        kill_process(Pid::from_child(&import), signal).expect("it runs");
        let status = import.wait().expect("it ends");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(signal.as_raw()));
        assert_eq!(token(&home), "old");
        assert_only_default(&home);
    }
}

#[test]
fn a_lock_dies_with_its_holder() {
    if machine::lacks("flock") {
        return;
    }
    let home = home("old");
    let holder = Holder::of(&lock_file(&home));
    let stopped = waiting_import(&home);
    let mut import = waiting_import(&home);
    let stopped_id = Pid::from_child(&stopped);
    kill_process(stopped_id, Signal::KILL).expect("it runs");
    stopped.wait_with_output().expect("it ends");
    drop(holder);
    assert!(import.wait().expect("it ends").success());
    assert_eq!(token(&home), "new");
    assert_only_default(&home);
}
