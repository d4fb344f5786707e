//! Processes outside: not seen, not signalled, not looked into.

use std::fs;
use std::process::{Child, Stdio};

use super::{Place, as_each};
use crate::support::wait::until;

/// A process of the user, which can be looked into.
struct Victim(Child);

impl Victim {
    fn of(place: &Place) -> Self {
        let mut sleep = place.program("sleep");
        Self(sleep.arg("100").stdin(Stdio::null()).spawn().expect("it can be started"))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_of_the_same_user_is_not_reached() {
    as_each(|place| {
        let victim = Victim::of(place);
        let id = victim.0.id();
        until("it is not there", || {
            fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name == "sleep\n")
        });
        place.closes(&[
            (format!("memory {id}"), "ENOENT"),
            (format!("descriptor {id}"), "ESRCH"),
            (format!("signal {id}"), "ESRCH"),
            (format!("read /proc/{id}/cmdline"), "ENOENT"),
            (format!("seize {id}"), "ESRCH"),
        ]);
    });
}

/// Neither is xreq, nor what stands between the two.
#[test]
fn xreq_is_not_reached() {
    as_each(|place| {
        let script = "echo $$ >id; exec \"$0\" run --isolate -- sh -c 'read -r id <id; \
                      for way in memory signal seize descriptor; do echo $way $id; done; \
                      for way in memory seize descriptor; do echo $way 1; done' ";
        // What is tried is read from inside.
        let script = format!("{script}| python3 -c 'import sys; print(sys.stdin.read())' >ways");
        let shell = place.program("sh").args(["-c", &script, crate::support::XREQ]).status();
        assert!(shell.expect("a shell can be started").success());
        let ways: Vec<_> = place.read("project/ways").lines().map(str::to_owned).collect();
        let ways: Vec<_> = ways.into_iter().filter(|way| !way.is_empty()).collect();
        assert_eq!(ways.len(), 7, "{ways:?}");
        let errors = ["ENOENT", "ESRCH", "ESRCH", "ESRCH", "EACCES", "EPERM", "EPERM"];
        place.refuses(&ways.into_iter().zip(errors).collect::<Vec<_>>());
        let seen = place.isolated("ls /proc | grep -c '^[0-9]'").succeeds().stdout;
        assert!(seen.trim().parse::<u32>().expect("a number") < 8, "{seen}");
    });
}

/// What the agent leaves behind ends with it: nobody is there to serve it.
#[test]
fn nothing_stays_behind() {
    as_each(|place| {
        place.isolated("(sleep 0.7; echo late >late) & echo done").succeeds();
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert!(!place.path("project/late").exists(), "as {}", place.user);
    });
}
