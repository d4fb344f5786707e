//! A process can be killed at any moment.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{SCOPES, assert_only_default, home, names, token};
use crate::support::Home;
use crate::support::random::Random;
use crate::support::trace::{can_trace, killed_before};

const IMPORTS: usize = 500;

/// Starts to store a token that the test can recognise by its number.
fn start(home: &Home, number: usize) -> Child {
    let file = format!("token-{number}.txt");
    home.write(&file, format!("token-{number}"));
    let token = fs::File::open(home.path().join(file)).expect("it was just written");
    let mut command = home.command();
    command.args(["import", "x", "--scopes", SCOPES, "--expires-in", "7200"]);
    command.stdin(Stdio::from(token)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

/// How long an import takes here and now.
fn life(home: &Home) -> Duration {
    let mut times: Vec<_> = (0..11)
        .map(|_| {
            let start_of_life = Instant::now();
            assert!(start(home, 0).wait().expect("it ends").success());
            start_of_life.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn a_grant_is_old_or_new_whenever_imports_are_killed() {
    let home = home("token-0");
    let life = u64::try_from(life(&home).as_nanos()).expect("an import is short");
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let mut current = "token-0".to_owned();
    let (mut started, mut killed, mut finished, mut left_behind) = (0, 0, 0, 0);
    while started < IMPORTS {
        let at_once = if random.below(4) == 0 { 3 } else { 1 };
        let mut imports: Vec<_> = (started + 1..=started + at_once)
            .map(|number| (number, start(&home, number)))
            .collect();
        started += at_once;
        let mut possible = vec![current];
        let mut sole_success = None;
        for (number, import) in &mut imports {
            thread::sleep(Duration::from_nanos(random.below(life * 2)));
            import.kill().expect("it can be killed");
            let status = import.wait().expect("it ends");
            possible.push(format!("token-{number}"));
            if status.success() {
                finished += 1;
                sole_success = (at_once == 1).then(|| format!("token-{number}"));
            } else {
                assert_eq!(status.code(), None, "import {number} failed by itself");
                killed += 1;
            }
        }
        left_behind += usize::from(names(home.store().join("grants/x")).len() > 2);
        current = token(&home);
        assert!(possible.contains(&current), "`{current}` is none of {possible:?}");
        if let Some(stored) = sole_success {
            assert_eq!(current, stored, "an import that succeeded was lost");
        }
    }
    println!("{killed} killed, {finished} finished, {left_behind} times temporaries were left");
    assert!(killed >= IMPORTS / 20 && finished >= IMPORTS / 20, "the moments are not random");
    home.import("token-last", SCOPES);
    assert_eq!(token(&home), "token-last");
    assert_only_default(&home);
}

/// The system calls that make, change or lock something, or lead to it.
const STEPS: [&str; 14] = [
    "openat",
    "write",
    "fsync",
    "fdatasync",
    "fchmod",
    "flock",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "linkat",
    "unlink",
    "unlinkat",
];

#[test]
fn a_grant_is_old_or_new_whichever_step_an_import_is_killed_before() {
    if !can_trace() {
        return;
    }
    let home = home("old");
    home.write("token.txt", "new");
    let import = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200", "token.txt"];
    let mut outcomes = Vec::new();
    for call in STEPS {
        for nth in 1.. {
            home.import("old", SCOPES);
            assert_only_default(&home);
            if !killed_before(&home, &import, call, nth) {
                assert_eq!(token(&home), "new");
                break;
            }
            outcomes.push((call, token(&home)));
        }
    }
    println!("killed before {} steps", outcomes.len());
    let is_rename = |call: &str| call.starts_with("rename");
    assert!(outcomes.iter().all(|(_, token)| token == "old" || token == "new"), "{outcomes:?}");
    assert!(outcomes.iter().any(|(call, _)| is_rename(call)), "{outcomes:?}");
    assert!(outcomes.iter().all(|(call, token)| !is_rename(call) || token == "old"));
    assert!(outcomes.contains(&("fsync", "old".to_owned())), "the file is on the disk before it");
    assert!(outcomes.contains(&("fsync", "new".to_owned())), "and the folder after it");
}

#[test]
fn an_identity_is_whole_whichever_step_init_is_killed_before() {
    if !can_trace() {
        return;
    }
    for call in STEPS {
        for nth in 1.. {
            let home = Home::empty();
            home.write("xreq.yaml", super::MANIFEST);
            if !killed_before(&home, &["init"], call, nth) {
                break;
            }
            let identity = fs::read(home.store().join("identity.txt")).ok();
            home.xreq(&["init"]).succeeds();
            home.import("token", SCOPES);
            assert_eq!(token(&home), "token");
            let now = fs::read(home.store().join("identity.txt")).ok();
            assert!(identity.is_none() || identity == now, "the identity was replaced");
        }
    }
}
