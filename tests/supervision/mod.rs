//! xreq as the parent of an agent: nobody who deals with the process that they started sees a
//! difference.
//!
//! What happens to an agent is looked at three times: as it is started directly, below a plain
//! `xreq run`, which becomes the agent, and below one that stays. All three have to be the same.

mod ends;
mod first;
mod identity;
mod jobs;
mod matrix;
mod restarts;
mod start;
mod surroundings;

use std::fs;
use std::path::Path;
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::support::pty::{Pty, ended};
use crate::support::wait::until;
use crate::support::{Home, machine};

/// How long something may take that has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A way to start an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Bare,
    Plain,
    Supervised,
}

const WAYS: [Way; 3] = [Way::Bare, Way::Plain, Way::Supervised];

impl Way {
    /// What stands before the agent, in a shell script whose `$0` is xreq.
    fn wrapper(self) -> &'static str {
        match self {
            Self::Bare => "",
            Self::Plain => "\"$0\" run --",
            Self::Supervised => "\"$0\" run --keep-fresh --",
        }
    }
}

/// Whom a signal is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Process,
    Group,
}

impl To {
    /// Sends a signal to a process, or to the group that it leads.
    fn send(self, process: u32, signal: Signal) {
        let process = pid(process);
        match self {
            Self::Process => kill_process(process, signal),
            Self::Group => kill_process_group(process, signal),
        }
        .expect("it runs");
    }
}

/// What an agent has seen, and what was seen of its end.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// What it wrote down.
    log: String,
    /// How the process ended that was started.
    end: String,
}

impl Seen {
    /// How often a signal came.
    fn times(&self, signal: Signal) -> usize {
        let line = format!("got {}", signal.as_raw());
        self.log.lines().filter(|got| **got == line).count()
    }
}

/// A home with an app that needs nothing, and with the agent that writes down its signals.
fn home() -> Home {
    let home = Home::with_manifest("name: an app\n");
    home.write("agent.py", include_str!("agent.py"));
    home
}

/// The agent that writes down its signals, in a script. `how` it ends after one that asks it to.
fn agent(how: &str) -> String {
    format!("'{}' agent.py log {how}", machine::python().to_string_lossy())
}

/// Starts an agent in a way, as the leader of a session with a terminal.
fn start(home: &Home, way: Way, how: &str) -> Pty {
    let mut session = start_early(home, way, how);
    session.wait_for("ready\n");
    session
}

/// The same, before it is ready.
fn start_early(home: &Home, way: Way, how: &str) -> Pty {
    Pty::start(home, &format!("ulimit -c 0; exec {} {}", way.wrapper(), agent(how)))
}

/// What was seen of an agent that has ended.
fn seen(home: &Home, status: ExitStatus) -> Seen {
    Seen { log: log(home), end: ended(status) }
}

/// What the agent wrote down so far.
fn log(home: &Home) -> String {
    fs::read_to_string(home.path().join("log")).unwrap_or_default()
}

/// Does something in all ways at once, and asserts that it comes to the same; answers what.
#[track_caller]
fn same_in_all_ways<T: Send + PartialEq + std::fmt::Debug>(work: impl Fn(Way) -> T + Sync) -> T {
    let work = &work;
    let results = thread::scope(|scope| {
        let ways = WAYS.map(|way| scope.spawn(move || work(way)));
        ways.map(|way| way.join().expect("it comes to an end"))
    });
    let [bare, plain, supervised] = results;
    assert_eq!(plain, bare, "plain, bare");
    assert_eq!(supervised, bare, "supervised, bare");
    bare
}

/// Does something with each of these at once, sent to the process and to the group.
fn each(signals: &[Signal], test: impl Fn(To, Signal) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for to in [To::Process, To::Group] {
            for signal in signals {
                scope.spawn(move || test(to, *signal));
            }
        }
    });
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("process ids are small")).expect("it is not 0")
}

/// Whether a process is there and does more than waiting to be buried.
fn lives(process: u32) -> bool {
    !matches!(state(process), None | Some('Z' | 'X'))
}

/// What a process does: `R`unning, `S`leeping, s`T`opped …
fn state(process: u32) -> Option<char> {
    stat(process, 0)?.chars().next()
}

/// The children of a process.
fn children(process: u32) -> Vec<u32> {
    let ids = fs::read_dir("/proc").expect("processes");
    let ids = ids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parent = process.to_string();
    ids.filter(|id| stat(*id, 1).as_ref() == Some(&parent)).collect()
}

/// A field of `/proc/PID/stat`, counted from that after the name.
fn stat(process: u32, field: usize) -> Option<String> {
    let stat =
        fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(field).map(str::to_owned)
}

/// The agent of an xreq that stays: its child that is not the witness.
#[track_caller]
fn agent_of(xreq: u32) -> u32 {
    until("there is no agent", || children(xreq).into_iter().any(is_agent));
    children(xreq).into_iter().find(|child| is_agent(*child)).expect("it was there")
}

/// Whether a child of an xreq that stays is its agent.
fn is_agent(child: u32) -> bool {
    let name = fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
    !matches!(name.trim(), "signal-witness" | "xreq" | "xreq-main" | "exe" | "")
}
