//! Many processes write at once, the log is moved on all the time, and some are killed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{home, lines};
use crate::support::Home;
use crate::support::random::Random;

const MANY: usize = 50;
const LAUNCHES: usize = 4;

/// The log and its older parts.
fn all_lines(home: &Home) -> Vec<Value> {
    let entries = fs::read_dir(home.path().join("log")).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let is_log = |path: &Path| path.file_name().is_none_or(|name| name != ".audit.lock");
    let mut all = Vec::new();
    for path in paths.filter(|path| is_log(path)) {
        assert!(fs::metadata(&path).expect("it is there").len() <= 4_000, "{}", path.display());
        all.extend(lines(&path));
    }
    all
}

/// A home whose log is moved on every few lines.
fn small() -> Home {
    let home = home("true");
    let file = home.path().join("log/audit");
    let audit = format!("audit:\n  file: {}\n  max_size: 4kB\n  keep: 1000\n", file.display());
    home.write("home/config.yaml", audit);
    home
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn no_line_is_lost_and_none_is_torn() {
    let home = small();
    let agents: Vec<_> = (0..MANY * LAUNCHES).map(|number| format!("./agent-{number}")).collect();
    for agent in &agents {
        symlink("/bin/true", home.path().join(agent)).expect("it can be made");
    }
    let children: Vec<_> = agents
        .chunks(LAUNCHES)
        .map(|agents| {
            let launch = format!("\"{}\" run -- ", crate::support::XREQ);
            let script: Vec<_> = agents.iter().map(|agent| launch.clone() + agent).collect();
            start(home.program("sh").args(["-ec", &script.join("\n")]))
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut seen = BTreeMap::<String, usize>::new();
    for line in all_lines(&home) {
        *seen.entry(line["argv0"].as_str().expect("a text").to_owned()).or_default() += 1;
    }
    assert!(agents.iter().all(|agent| seen.get(agent) == Some(&1)), "{seen:#?}");
    assert_eq!(seen.len(), agents.len());
    assert!(home.path().join("log/audit.10").exists(), "it was moved on");
    let count = MANY * LAUNCHES;
    let whole = format!("{count} lines in");
    home.xreq(&["audit-log", "verify"]).succeeds().prints(&whole);
}

/// Kills launches one after the other, at moments that come later after one that was not there yet,
/// and sooner after one that was: so they are those around the writing, however busy the machine is.
fn kill_many(home: &Home, seed: u64) {
    let (mut random, mut moment) = (Random::new(seed), 4_000);
    for _ in 0..MANY {
        let mut child = start(home.command().args(["run", "--", "sleep", "60"]));
        thread::sleep(Duration::from_micros(moment / 2 + random.below(moment)));
        let name = fs::read_to_string(format!("/proc/{}/comm", child.id()));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        let is_launched = name.expect("it lives").trim() == "sleep";
        moment = if is_launched { moment * 3 / 4 } else { moment * 4 / 3 }.max(100);
    }
}

#[test]
fn a_writer_that_is_killed_leaves_whole_lines() {
    let home = small();
    thread::scope(|scope| {
        let home = &home;
        (1..=4).for_each(|seed| drop(scope.spawn(move || kill_many(home, seed))));
    });
    home.xreq(&["run", "--", "true"]).succeeds();
    let recorded = all_lines(&home).len() - 1;
    println!("{recorded} of {} were killed after they had written", MANY * 4);
    assert!((1..MANY * 4).contains(&recorded), "none was killed before, or none after");
    home.xreq(&["audit-log", "verify"]).succeeds().prints("whole up to record");
}
