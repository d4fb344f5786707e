//! Refreshes that end before their time.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use xreq::sandbox::{Endpoint, Fault};

use super::{Daemon, PATIENCE, all_live, house, store, until};

/// The processes that a process has started, and that have not ended.
fn children(process: u32) -> Vec<Pid> {
    let stats = fs::read_dir("/proc").expect("it is there").flatten().filter_map(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()?;
        let child = entry.file_name().to_str()?.parse().ok()?;
        (parent == process).then(|| Pid::from_raw(child)).flatten()
    });
    stats.collect()
}

#[test]
fn refreshes_that_are_killed_once_are_no_news() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_mins(20);
    for account in ["default", "account-1"] {
        store(&house, account, issued_at);
    }
    house.control().fault(Endpoint::Token, Fault::Hang, 2);
    let daemon = Daemon::start(&house.home, &[]);
    assert!(house.control().wait_until(PATIENCE, |log| log.len() == 2));
    for worker in children(daemon.id()) {
        kill_process(worker, Signal::KILL).expect("it lives");
    }
    until("fresh tokens", || all_live(&house));
    for news in ["this machine", "cannot be kept"] {
        assert_eq!(daemon.times_said(news), 0, "{}", daemon.said());
    }
    until("good health", || daemon.health().0 == 200);
}

#[test]
fn the_unit_lets_refreshes_end() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/daemon/xreq.service");
    let unit = fs::read_to_string(path).expect("it is there");
    assert!(unit.lines().any(|line| line == "KillMode=mixed"), "{unit}");
}
