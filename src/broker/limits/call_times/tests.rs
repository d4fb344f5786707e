use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::sys::files::Trust;

fn times(folder: &TempDir, paces: &[&str]) -> CallTimes {
    let state = StateFolder::at(folder.path().join("state"), &Trust::new(&[]));
    let paces = paces.iter().map(|pace| pace.parse().expect("a pace")).collect();
    CallTimes::open(state, "x.id-1", "x.tweet.write", paces).expect("it can be used")
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("state/limits/x.id-1.x.tweet.write")
}

fn take(times: &CallTimes, clock: i64) -> Room {
    times.take(clock).expect("it can be used")
}

#[test]
fn calls_are_counted_across_openings() {
    let folder = TempDir::new().expect("a folder");
    assert_eq!(take(&times(&folder, &["2/1s"]), 1000), Room::Now(1000));
    assert_eq!(take(&times(&folder, &["2/1s"]), 1500), Room::Now(1500));
    assert_eq!(take(&times(&folder, &["2/1s"]), 1600), Room::From(2000));
    assert_eq!(take(&times(&folder, &["3/1s"]), 1600), Room::Now(1600), "another pace");
    assert_eq!(fs::metadata(path(&folder)).expect("it is there").len(), 8 + 3 * 8);
}

#[test]
fn a_torn_end_is_dropped() {
    let folder = TempDir::new().expect("a folder");
    let one = times(&folder, &["2/1s"]);
    take(&one, 1000);
    for torn in 1..8 {
        let mut file = OpenOptions::new().append(true).open(path(&folder)).expect("it is there");
        file.write_all(&vec![0xff; torn]).expect("it can be written");
        let clock = 10_000 * i64::try_from(torn).expect("it is small");
        assert_eq!(take(&one, clock), Room::Now(clock));
    }
    let torn = fs::read(path(&folder)).expect("it is there").split_off(8 + 7 * 8);
    assert_eq!(torn, 70_000_i64.to_be_bytes(), "the last one");
}

#[test]
fn a_call_that_never_went_out_is_given_back() {
    let folder = TempDir::new().expect("a folder");
    let three = times(&folder, &["3/1s"]);
    for clock in [1000, 1100, 1200] {
        take(&three, clock);
    }
    three.give_back(1100).expect("it can be used");
    three.give_back(1150).expect("there is none");
    assert_eq!(take(&three, 1300), Room::Now(1300));
    assert_eq!(take(&three, 1300), Room::From(2000));
}

#[test]
fn a_file_does_not_grow_without_end_and_forgets_nothing_that_counts() {
    let folder = TempDir::new().expect("a folder");
    let (small, large) = (times(&folder, &["1/1s"]), times(&folder, &["600/1d"]));
    for second in 0..5_000 {
        assert_eq!(take(&small, second * 1000), Room::Now(second * 1000));
        let length = fs::metadata(path(&folder)).expect("it is there").len();
        assert!(length < 8 * 2_500 && length > 8 * u64::try_from(second.min(600)).unwrap());
    }
    assert_eq!(take(&large, 5_000_000), Room::From(4_400_000 + 86_400_000));
}

#[test]
fn many_brokers_count_together() {
    let folder = TempDir::new().expect("a folder");
    let through = thread::scope(|scope| {
        let brokers: Vec<_> = (0..8)
            .map(|_| {
                let times = times(&folder, &["400/1h"]);
                scope.spawn(move || {
                    let taken =
                        (0..100).filter(|at| matches!(take(&times, 1000 + at), Room::Now(_)));
                    taken.count()
                })
            })
            .collect();
        brokers.into_iter().map(|broker| broker.join().expect("it counts")).sum::<usize>()
    });
    assert_eq!(through, 400);
}

#[test]
fn a_file_that_cannot_be_used_lets_nothing_through() {
    let folder = TempDir::new().expect("a folder");
    let one = times(&folder, &["1/1s"]);
    fs::write(path(&folder), "something else").expect("it can be written");
    assert!(one.take(0).is_err());
    fs::remove_file(path(&folder)).expect("it is there");
    fs::create_dir(path(&folder)).expect("it can be made");
    assert!(one.take(0).is_err());
}
