//! Disks that are full, or cannot be written: nothing is asked for that could not be stored, and
//! when there is room again, all is well by itself.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::{Daemon, all_live, house, store, until};
use crate::support::machine::unshared;
use crate::support::provider::House;

/// Puts the store of a house on a small disk of its own.
fn mount(house: &House) {
    let (store, before) = (house.home.store(), house.home.path().join("before"));
    fs::rename(&store, &before).expect("it can be moved");
    fs::create_dir(&store).expect("it was moved");
    let script = "mount -t tmpfs -o size=256k none \"$1\" && cp -a \"$0/.\" \"$1\"";
    let status =
        std::process::Command::new("sh").args(["-c", script]).args([&before, &store]).status();
    assert!(status.expect("a shell starts").success());
}

#[test]
fn a_full_disk_is_an_outage_that_ends_by_itself() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let script = "export TMPDIR=\"$XREQ_TEST_FOLDER\"";
    unshared(&["-rm"], script, "daemon::disk::full", folder.path());
}

#[test]
#[ignore = "needs a mount namespace, which another test makes"]
fn full() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_mins(20);
    for number in 0..10 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    mount(&house);
    let filler: PathBuf = house.home.store().join("filler");
    assert!(fs::write(&filler, vec![0; 1 << 20]).is_err(), "the disk is small");
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("nothing can be refreshed on this machine: cannot write");
    daemon.says("free some space");
    assert!(!house.control().wait_until(Duration::from_secs(3), |log| !log.is_empty()));
    assert_eq!(daemon.health().1["outages"][0]["of"], "this machine");
    assert_eq!(daemon.times_said("this machine"), 1);

    fs::remove_file(&filler).expect("it is there");
    daemon.says("this machine works again, after ");
    until("fresh tokens", || all_live(&house));
    until("good health", || daemon.health().0 == 200);
    assert_eq!(house.refreshes().len(), 10);
}
