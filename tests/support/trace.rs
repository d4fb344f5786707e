//! Processes below `strace`, which kills them, makes system calls fail, or lists these.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::{Home, Ran, machine};

const SIGKILL: i32 = 9;

/// Runs xreq below `strace`, which kills it before one of its threads makes a system call for the
/// nth time. Says whether it was killed.
pub fn killed_before(home: &Home, args: &[&str], call: &str, nth: usize) -> bool {
    let direct = home.command();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace=?{call}"), "-e"]);
    command.arg(format!("inject=?{call}:signal=SIGKILL:when={nth}"));
    command.arg(direct.get_program()).args(args).current_dir(home.path());
    command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().expect("`strace` starts");
    // `strace` dies as its child does.
    output.status.signal() == Some(SIGKILL)
}

/// Whether processes can be traced here.
pub fn can_trace() -> bool {
    if machine::lacks("strace") {
        return false;
    }
    let traced = killed_before(&Home::empty(), &["--version"], "openat", 1);
    if !traced {
        machine::skips("`strace` cannot trace here");
    }
    traced
}

/// Runs xreq below `strace`, with a text on standard input; whenever it makes a system call, that
/// fails with this error.
pub fn with_error(home: &Home, args: &[&str], call: &str, error: &str, input: &str) -> Ran {
    let direct = home.command();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e"]);
    command.arg(format!("inject={call}:error={error}"));
    command.arg(direct.get_program()).args(args).current_dir(home.path());
    command.env_clear().envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::with_input(&mut command, input.as_bytes())
}

/// Runs xreq below `strace` until it succeeds, and returns which of these system calls it made, a line
/// each; neither threads nor other processes are followed.
pub fn calls(home: &Home, args: &[&str], calls: &str) -> String {
    calls_in(home, "", args, calls)
}

/// Does the same in a folder of the home.
pub fn calls_in(home: &Home, folder: &str, args: &[&str], calls: &str) -> String {
    let direct = home.command();
    let log = home.path().join("calls");
    let mut command = Command::new("strace");
    command.args(["-qq", "-e", &format!("trace={calls}"), "-e", "signal=none", "-o"]).arg(&log);
    command.arg(direct.get_program()).args(args).current_dir(home.path().join(folder));
    command.env_clear().envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut command).succeeds();
    let text = std::fs::read_to_string(log).expect("`strace` writes its log");
    text.split_inclusive('\n').filter(|line| !line.starts_with("+++")).collect()
}
