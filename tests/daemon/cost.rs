//! What a daemon costs that has nothing to do. The bounds are those of an unoptimised build on a busy
//! machine; `benches/daemon` measures.

use std::fs;
use std::thread;
use std::time::Duration;

use super::{Daemon, house};

/// The ticks (of 10 ms) that a process has computed for: fields 14 and 15 of its `stat`.
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it lives");
    let mut fields = stat.rsplit_once(')').expect("a name").1.split_whitespace().skip(11);
    let mut field = || fields.next().and_then(|ticks| ticks.parse::<u64>().ok()).expect("a number");
    field() + field()
}

/// The memory of a process that no other process shares, in KiB.
fn private_kib(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("it lives");
    let private = rollup.lines().filter(|line| line.starts_with("Private_"));
    let kib = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.sum()
}

#[test]
fn nothing_to_do_costs_next_to_nothing() {
    let house = house(7_200, 300);
    let daemon = Daemon::start(&house.home, &[]);
    // What was written just now is looked at for a while.
    thread::sleep(Duration::from_secs(4));
    let before = ticks(daemon.id());
    thread::sleep(Duration::from_secs(5));
    let computed = ticks(daemon.id()) - before;
    // 1 %: ten times what a daemon of ten thousand grants may take.
    assert!(computed <= 5, "{computed} ticks in 5 seconds");
    let memory = private_kib(daemon.id());
    assert!(memory < 15 << 10, "{memory} KiB");
    assert_eq!(house.refreshes().len(), 0);
}
