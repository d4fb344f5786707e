//! What a daemon costs that has nothing to do. The bounds are those of an unoptimised build on a busy
//! machine; `cargo bench --bench refresh` measures.

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

/// The memory of a process that is not that of a file, in KiB.
fn own_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("it has some");
    line.trim().strip_suffix(" kB").and_then(|kib| kib.parse().ok()).expect("a number")
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
    let memory = own_kib(daemon.id());
    assert!(memory < 15 << 10, "{memory} KiB");
    assert_eq!(house.refreshes().len(), 0);
}
