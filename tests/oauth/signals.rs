//! Signals that end a process, sent while a provider is asked for tokens: it ends by them, and its
//! tokens are on the disk by then.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault, LogEntry};

use super::PRINT_TOKEN;
use crate::support::provider::{ASKED, Connecting, House, PATIENCE};
use crate::support::stored::Stored;
use crate::support::{Ran, XREQ};

/// What ends a process that has no handlers.
const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

/// How long the provider takes for the answer before which a signal is sent.
const SLOW: Duration = Duration::from_secs(3);

/// How many grants are refreshed at once, and how many there are to refresh.
const AT_ONCE: usize = 8;
const MANY: usize = 40;

/// A launch whose agent shows which signals it ignores, blocks and catches.
const SHOW_SIGNALS: [&str; 4] = ["run", "--", "cat", "/proc/self/status"];

/// A house whose access token is dead, and whose provider takes its time.
fn slow() -> House {
    let house = House::connected();
    slow_again(&house);
    house
}

fn slow_again(house: &House) {
    house.age(8_000);
    house.control().fault(Endpoint::Token, Fault::Slow(SLOW), 1);
    house.control().clear_log();
}

fn start(command: &mut Command) -> Child {
    let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    pipes.spawn().expect("the program starts")
}

/// What a process did, which has to end.
#[track_caller]
fn end(child: Child) -> Ran {
    let pid = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let ended = receiver.recv_timeout(PATIENCE);
    if ended.is_err() {
        let _ = kill_process(pid, Signal::KILL);
    }
    ended.expect("it ends in time").expect("it is waited for once").into()
}

#[track_caller]
fn ended_by(ran: &Ran, signal: Signal) {
    let why = format!("{}\n{}", ran.status, ran.stderr);
    assert_eq!(ran.status.signal(), Some(signal.as_raw()), "{why}");
}

/// Waits until an endpoint was asked so often; what it does for that, it has done by then.
#[track_caller]
fn asked(house: &House, endpoint: Endpoint, times: usize) {
    let is_there =
        |log: &[LogEntry]| log.iter().filter(|l| l.endpoint == endpoint).count() >= times;
    assert!(house.control().wait_until(PATIENCE, is_there), "it does not ask");
}

/// Asserts that the grant is as good as new, for which nobody asks again.
#[track_caller]
fn is_fresh(house: &House) {
    let asked = house.refreshes().len();
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    assert_eq!(grant.metadata.refresh_in_flight, None);
    assert_eq!(grant.metadata.last_error, None);
    let token = grant.refresh_token.expect("there is one");
    assert!(house.control().accepts_refresh_token(token.expose_secret()));
    let ran = house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(ran.stdout, grant.access_token.expose_secret());
    assert_eq!(ran.stderr, "");
    assert_eq!(house.refreshes().len(), asked);
}

/// Runs a test for each signal at once.
fn each(test: impl Fn(Signal) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for signal in SIGNALS {
            scope.spawn(move || test(signal));
        }
    });
}

#[test]
fn a_refresh_ends_by_the_signal_once_its_tokens_are_stored() {
    each(|signal| {
        let house = slow();
        for args in [&["refresh", "x", "--force"][..], &["run", "--", "touch", "launched"]] {
            let process = start(house.home.command().args(args));
            let pid = Pid::from_child(&process);
            asked(&house, Endpoint::Token, 1);
            kill_process(pid, signal).expect("it runs");
            ended_by(&end(process), signal);
            assert!(!house.home.path().join("launched").exists(), "{signal:?}");
            assert_eq!(house.refreshes().len(), 1, "{signal:?}");
            is_fresh(&house);
            slow_again(&house);
        }
    });
}

#[test]
fn connecting_ends_by_the_signal_once_its_tokens_are_stored() {
    each(|signal| {
        let house = House::new();
        // The second consent ends the grant of the first: without its own, nothing would be left.
        for _ in 0..2 {
            let ran = interrupted(&house, "alice", Endpoint::Token, signal);
            ended_by(&ran.prints("connected x (default) as @alice"), signal);
            is_fresh(&house);
        }
    });
}

/// Connects an account where alice is expected, and sends a signal while an endpoint takes its time.
#[track_caller]
fn interrupted(house: &House, owner: &str, at: Endpoint, signal: Signal) -> Ran {
    house.control().clear_log();
    house.control().fault(at, Fault::Slow(SLOW), 1);
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, owner, |_| true);
    thread::scope(|scope| {
        scope.spawn(|| connecting.comes_back(&back));
        asked(house, at, 1);
        kill_process(pid(&connecting), signal).expect("it runs");
    });
    connecting.end()
}

fn pid(connecting: &Connecting) -> Pid {
    let pid = i32::try_from(connecting.id()).expect("a process id is small");
    Pid::from_raw(pid).expect("it is not 0")
}

#[test]
fn a_signal_does_not_keep_from_saying_that_a_grant_was_not_stored() {
    for (revokes, says) in [
        (true, "its grant was revoked, and nothing changed here"),
        (false, "its grant was not stored and is still live"),
    ] {
        let house = House::new();
        if !revokes {
            house.control().fault(Endpoint::Revoke, Fault::status(503), u32::MAX);
        }
        let ran = interrupted(&house, "bob", Endpoint::Me, Signal::INT);
        ended_by(&ran.complains("error[account_mismatch]").complains(says), Signal::INT);
        assert!(!house.home.grant("default").exists());
        assert_eq!(house.is_revoked("bob"), revokes);
    }
}

#[test]
fn a_signal_before_the_exchange_or_after_it_ends_connecting() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    kill_process(pid(&connecting), Signal::TERM).expect("it runs");
    ended_by(&connecting.end(), Signal::TERM);
    assert!(!house.home.grant("default").exists());

    // The provider takes its time to name the account.
    ended_by(&interrupted(&house, "alice", Endpoint::Me, Signal::TERM), Signal::TERM);
    is_fresh(&house);
}

#[test]
fn a_hang_up_that_is_ignored_stays_ignored() {
    let below_nohup = |house: &House, args: &[&str]| {
        let mut command = house.home.program("sh");
        start(command.args(["-c", "trap '' HUP; exec \"$@\"", "sh", XREQ]).args(args))
    };
    for args in [&["refresh", "x"][..], &SHOW_SIGNALS] {
        let house = slow();
        let process = below_nohup(&house, args);
        let pid = Pid::from_child(&process);
        asked(&house, Endpoint::Token, 1);
        kill_process(pid, Signal::HUP).expect("it runs");
        let ran = end(process).succeeds();
        if args == SHOW_SIGNALS {
            assert_eq!(signals(&ran, "SigIgn"), 1 << (Signal::HUP.as_raw() - 1));
        }
        is_fresh(&house);
    }
}

/// One of the sets of signals that an agent shows, a bit each. Real-time signals are the machine's.
#[track_caller]
fn signals(ran: &Ran, set: &str) -> u64 {
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix(&format!("{set}:\t")));
    u64::from_str_radix(line.expect("the kernel tells"), 16).expect("a number") & 0x7fff_ffff
}

#[test]
fn an_agent_finds_all_signals_as_they_were_before_a_refresh() {
    let house = House::connected();
    let plain = end(start(house.home.command().args(SHOW_SIGNALS))).succeeds();
    house.age(8_000);
    let after = end(start(house.home.command().args(SHOW_SIGNALS))).succeeds();
    assert_eq!(house.refreshes().len(), 1);
    for set in ["SigIgn", "SigBlk", "SigCgt"] {
        assert_eq!(signals(&plain, set), 0, "{set}");
        assert_eq!(signals(&after, set), 0, "{set}");
    }
}

/// Stores grants of many accounts.
fn import_many(house: &House) -> Vec<String> {
    let accounts: Vec<_> = (0..MANY).map(|number| format!("account-{number}")).collect();
    for account in &accounts {
        let issued = house.control().issue_grant(account, &ScopeSet::parse(ASKED));
        let args = ["import", "x", "--account", account, "-"];
        house.home.xreq_with(&args, issued.response.expose_secret()).succeeds();
    }
    accounts
}

#[test]
fn one_signal_ends_the_refresh_of_many_and_leaves_none_in_doubt() {
    let house = House::new();
    let accounts = import_many(&house);
    house.control().fault(Endpoint::Token, Fault::Slow(SLOW), u32::MAX);
    let process = start(house.home.command().args(["refresh", "--all", "--force"]));
    let pid = Pid::from_child(&process);
    asked(&house, Endpoint::Token, AT_ONCE);
    kill_process(pid, Signal::TERM).expect("it runs");
    ended_by(&end(process), Signal::TERM);
    let refreshed = house.refreshes().len();
    assert!((AT_ONCE..=2 * AT_ONCE).contains(&refreshed), "{refreshed} of {MANY}");
    let is_set = |account: &&String, field: &str| house.metadata(account)[field] != Value::Null;
    assert_eq!(
        accounts.iter().filter(|account| is_set(account, "refreshed_at")).count(),
        refreshed
    );
    assert_eq!(accounts.iter().filter(|account| is_set(account, "refresh_in_flight")).count(), 0);
}
