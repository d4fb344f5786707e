//! xreq leaves no core dump, and no process of the same user looks into it. Its agent is like any
//! other process.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::support::machine;
use crate::support::wait::until;
use crate::support::{Home, Ran, XREQ, XREQ_MAIN};

/// Nobody, on all systems.
const NOBODY: &str = "65534";

/// A command that some user runs who is not root.
fn as_user(command: &Command) -> Command {
    if !geteuid().is_root() {
        let mut same = Command::new(command.get_program());
        return take_over(&mut same, command);
    }
    let mut other = Command::new("setpriv");
    other.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"]);
    other.arg(command.get_program());
    take_over(&mut other, command)
}

fn take_over(other: &mut Command, command: &Command) -> Command {
    let mut taken = std::mem::replace(other, Command::new("true"));
    taken.args(command.get_args()).env_clear();
    taken.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        taken.current_dir(folder);
    }
    taken
}

/// A home that belongs to that user, with xreq in it: where the program was built, others may have
/// no access.
fn home() -> Home {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.import("a-token", "tweet.read users.read");
    for (program, name) in [(XREQ, "xreq"), (XREQ_MAIN, "xreq-main")] {
        fs::copy(program, home.path().join(name)).expect("it can be copied");
    }
    if geteuid().is_root() {
        let owner = format!("{NOBODY}:{NOBODY}");
        let given = Command::new("chown").arg("-R").arg(owner).arg(home.path()).status();
        assert!(given.expect("`chown` starts").success());
    }
    home
}

fn is_called(process: u32, name: &str) -> bool {
    let found = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    found.trim() == name
}

/// Whether that user can read a file of a process.
fn can_read(home: &Home, process: u32, file: &str) -> bool {
    let read = format!("exec <\"/proc/{process}/{file}\"");
    let mut command = home.program("sh");
    command.args(["-c", &read]);
    Ran::of(&mut as_user(&command)).status.success()
}

fn kill(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn the_same_user_cannot_look_into_xreq_but_into_its_agent() {
    if geteuid().is_root() && machine::lacks("setpriv") {
        return;
    }
    let home = home();
    let mut command = home.program(home.path().join("xreq"));
    command.args(["run", "--keep-fresh", "--deliver", "file", "--"]);
    command.args(["sh", "-c", "echo $$ >agent.new; mv agent.new agent; exec sleep 1000"]);
    let mut command = as_user(&command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let xreq = command.spawn().expect("it starts");
    let place = home.path().join("agent");
    until("the agent does not start", || place.exists());
    let agent = fs::read_to_string(place).expect("it is there").trim().parse().expect("a number");
    until("the agent does not start", || is_called(agent, "sleep"));
    assert!(can_read(&home, agent, "environ"), "an agent is like any other process");
    for file in ["environ", "mem", "maps", "exe"] {
        assert!(!can_read(&home, xreq.id(), file), "{file}");
    }
    kill(xreq);
}

#[test]
fn an_agent_is_dumpable_as_ever() {
    // The kernel gives the files of a process that is not dumpable to root.
    if geteuid().is_root() && machine::lacks("setpriv") {
        return;
    }
    let home = home();
    let mut command = home.program(home.path().join("xreq"));
    command.args(["run", "--", "stat", "-c", "%u", "/proc/self/environ"]);
    let owner = Ran::of(&mut as_user(&command)).succeeds().stdout;
    let mut id = home.program("id");
    let user = Ran::of(&mut as_user(id.arg("-u"))).succeeds().stdout;
    assert_eq!(owner, user);
}

/// How a program ends that waits for its input, and is told to dump its core.
fn aborted(program: &Path, args: &[&str], folder: &Path, name: &str) -> ExitStatus {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""]).arg(program).args(args);
    command.current_dir(folder).env("XREQ_HOME", folder.join("home"));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the shell starts");
    until("it does not start", || is_called(child.id(), name));
    // It waits for its input once it sleeps.
    until("it does not wait", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("it lives");
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
    });
    let process = Pid::from_child(&child);
    kill_process(process, Signal::ABORT).expect("it is ours");
    child.wait().expect("it ends")
}

#[test]
fn there_is_no_core_dump() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let other = aborted(Path::new("cat"), &[], home.path(), "cat");
    if !other.core_dumped() {
        machine::skips("nothing dumps its core here");
        return;
    }
    let args = ["import", "x", "--scopes", "tweet.read"];
    let xreq = aborted(Path::new(XREQ), &args, home.path(), "xreq-main");
    assert_eq!(xreq.signal(), Some(Signal::ABORT.as_raw()));
    assert!(!xreq.core_dumped());
}
