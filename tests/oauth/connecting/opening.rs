//! The file that a browser is given, and what is said of browsers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use xreq::oauth::consent::opening::file_of;

use crate::support::provider::{House, led_to};
use crate::support::wait::until;

/// A browser that notes what it was given.
const SCRIPT: &str = "#!/bin/sh\nprintf %s \"$1\" >given.new && mv given.new given\n";

/// `xreq connect x` whose browser runs, and the URL that it was given.
fn opened(house: &House) -> (Child, String) {
    let given = house.home.path().join("given");
    let _ = fs::remove_file(&given);
    let browser = house.home.write_program("browser", SCRIPT);
    let mut command = house.home.command();
    command.args(["connect", "x", "--timeout", "1m"]).env("BROWSER", browser);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    until("the browser runs", || given.exists());
    (child, fs::read_to_string(given).expect("it was written"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// The folders of attempts.
fn attempts(house: &House) -> Vec<PathBuf> {
    let entries = fs::read_dir(house.home.store().join("run")).expect("it was made");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}

#[test]
fn a_browser_is_given_a_file_of_the_owners_alone() {
    let house = House::new();
    let (mut child, url) = opened(&house);
    let file = file_of(&url).expect("it is the URL of a file");
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
    // No argument of any process has the state of the attempt.
    let target = led_to(&url);
    let state = target.split_once("state=").expect("it has one").1.split('&').next();
    let state = state.expect("it is not empty").as_bytes();
    for entry in fs::read_dir("/proc").expect("there is /proc").flatten() {
        let arguments = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        assert!(!arguments.windows(state.len()).any(|window| window == state), "{entry:?}");
    }
    // It leads to the consent, and goes with the attempt.
    let back = house.consent(&target, "alice", |_| true);
    let (base, path) = crate::support::provider::split(&back);
    crate::support::http::Request::get(path).send(base).expect("xreq answers");
    assert!(child.wait().expect("it ends").success());
    assert!(!file.exists());
    assert_eq!(attempts(&house), [""; 0].map(PathBuf::from));
}

#[test]
fn the_file_goes_with_its_attempt_and_what_a_kill_leaves_is_swept() {
    let house = House::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let (mut child, url) = opened(&house);
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        child.wait().expect("it ends");
        assert!(!file_of(&url).expect("a file").exists(), "{signal:?}");
    }
    let (mut killed, left) = opened(&house);
    killed.kill().and_then(|()| killed.wait().map(drop)).expect("it is ours");
    let left = file_of(&left).expect("a file");
    assert!(left.exists());
    let (mut child, url) = opened(&house);
    assert!(!left.exists(), "what was left behind is still there");
    assert!(file_of(&url).expect("a file").exists());
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(attempts(&house).len(), 0);
}

/// What `xreq connect x` says where a command is to open the browser.
fn said(house: &House, browser: &str) -> String {
    let mut command = house.home.command();
    command.args(["connect", "x", "--timeout", "1s"]).env("BROWSER", browser);
    crate::support::Ran::of(&mut command).exits(3).stderr
}

#[test]
fn a_browser_in_a_folder_with_spaces_is_opened() {
    let house = House::new();
    let (folder, given) =
        (house.home.path().join("Program Files"), house.home.path().join("given"));
    fs::create_dir(&folder).expect("a folder");
    let path = house.home.write_program("Program Files/b.exe", SCRIPT);
    let path = path.to_str().expect("a plain path");
    for browser in [
        path.to_owned(),
        format!("\"{path}\""),
        format!("'{path}'"),
        path.replace(' ', "\\ "),
        format!("{path} %s --new-window"),
        format!("missing:\"{path}\""),
    ] {
        let _ = fs::remove_file(&given);
        let stderr = said(&house, &browser);
        until(&browser, || given.exists());
        assert!(
            stderr.contains("The browser was asked to open this address"),
            "{browser}: {stderr}"
        );
        let url = fs::read_to_string(&given).expect("it was written");
        assert!(url.starts_with("file:///"), "{browser}: {url}");
    }
}

#[test]
fn a_browser_that_cannot_be_run_or_fails_is_said() {
    let house = House::new();
    house.home.write("plain", "");
    let fails = house.home.write_program("fails", "#!/bin/sh\nexit 7\n");
    let plain = house.home.path().join("plain");
    for (browser, why) in [
        ("missing".to_owned(), "the browser `missing` cannot be run: No such file or directory"),
        (plain.display().to_string(), "cannot be run: Permission denied"),
        ("\"fails".to_owned(), "a quotation in `\"fails` of `BROWSER` does not end"),
        (fails.display().to_string(), "failed (exit status 7)"),
    ] {
        let stderr = said(&house, &browser);
        assert!(stderr.contains(why), "no {why:?} in {stderr}");
        let address = format!("\n  {}/i/oauth2/authorize?", house.sandbox.base_url());
        assert!(stderr.contains(&address), "{stderr}");
    }
}

#[test]
fn a_folder_that_others_can_get_at_opens_no_browser() {
    let house = House::new();
    let run = house.home.store().join("run");
    fs::create_dir(&run).expect("a folder");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let stderr = said(&house, "missing");
    assert!(stderr.contains("warning: no browser was opened: "), "{stderr}");
    assert!(stderr.contains("Open this address in a browser"), "{stderr}");
}
