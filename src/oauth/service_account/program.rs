//! Programs that print a token.
//!
//! A program is one that a person named by its absolute path. It runs in the root folder with a few
//! variables alone, so that no folder that an agent works in, and no variable that is meant for an agent,
//! decides anything in it.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use zeroize::Zeroizing;

use super::printed::Printed;
use super::source::ProgramSource;
use crate::credential::last_refresh::FailureClass;
use crate::oauth::token::failure::RequestFailure;
use crate::sys::env::Env;
use crate::text::redact::quotable;

/// The time that a program has, from its start to the end of what it prints.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The pause between two looks at whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// The time for what it printed to be read, once it has ended.
const CLOSING: Duration = Duration::from_secs(1);

/// The most bytes of its errors that are read, and the most characters that are passed on.
const MOST_ERRORS: u64 = 64 * 1024;
const LONGEST_WORDS: usize = 300;

/// The variables that a program gets: where things are, how texts are written, and the way out.
const INHERITED: [&str; 16] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSH_AUTH_SOCK",
];

/// Runs a program, and returns what it prints.
///
/// # Errors
///
/// It cannot be run, fails, takes too long, or prints nothing that can be read.
pub(super) fn printed_by(source: &ProgramSource, env: &Env) -> Result<Printed, RequestFailure> {
    printed_within(source, env, TIMEOUT)
}

fn printed_within(
    source: &ProgramSource,
    env: &Env,
    limit: Duration,
) -> Result<Printed, RequestFailure> {
    let name = format!("`{}`", source.program.display());
    let failed = |what: String| RequestFailure::new(FailureClass::Transient, what);
    if !source.program.is_absolute() {
        return Err(failed(format!("{name} is no absolute path")));
    }
    let began = Instant::now();
    let left = || limit.saturating_sub(began.elapsed());
    let mut child = command(source, env)
        .spawn()
        .map_err(|error| failed(format!("{name} cannot be run: {error}")))?;
    let printed = reader(child.stdout.take(), Printed::LARGEST);
    let errors = reader(child.stderr.take(), MOST_ERRORS);
    let has_ended = has_ended(&child, &left);
    // Whatever it started goes with it.
    end_group(&child);
    let status = child.wait().map_err(|error| failed(format!("{name} was lost: {error}")))?;
    if !has_ended {
        return Err(failed(format!("{name} took more than {} s", limit.as_secs())));
    }
    if !status.success() {
        let errors = errors.recv_timeout(CLOSING).unwrap_or_default();
        let words = quotable(&String::from_utf8_lossy(&errors), LONGEST_WORDS);
        let said = if words.is_empty() { String::new() } else { format!(": {words}") };
        return Err(failed(format!("{name} {}{said}", ending(status))));
    }
    let printed = printed.recv_timeout(CLOSING);
    let content = printed.map_err(|_| failed(format!("{name} left its output open")))?;
    Ok(Printed { content, source: name })
}

fn command(ProgramSource { program, arguments }: &ProgramSource, env: &Env) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in INHERITED {
        let Some(value) = env.get(name) else { continue };
        if name == "PATH" {
            command.env(name, absolute(value));
        } else {
            command.env(name, value);
        }
    }
    command
}

/// Returns a list of folders without those that depend on where somebody is.
fn absolute(path: &OsStr) -> OsString {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    std::env::join_paths(folders).unwrap_or_default()
}

/// Reads a stream on a thread of its own, up to so many bytes.
fn reader(
    stream: Option<impl Read + Send + 'static>,
    most: u64,
) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let stream = stream.expect("it was asked for");
    thread::spawn(move || {
        let mut content = Zeroizing::new(Vec::with_capacity(8 * 1024));
        // What was read until something went wrong is what there is.
        let _ = stream.take(most).read_to_end(&mut content);
        let _ = sender.send(content);
    });
    receiver
}

/// Waits until a program ends; returns whether it did in time. Its number stays its own.
fn has_ended(child: &Child, left: &impl Fn() -> Duration) -> bool {
    let Some(pid) = pid(child) else { return false };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while matches!(waitid(WaitId::Pid(pid), options), Ok(None)) {
        if left().is_zero() {
            return false;
        }
        thread::sleep(PAUSE);
    }
    true
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Ends what a program started, and itself.
fn end_group(child: &Child) {
    if let Some(group) = pid(child) {
        // There may be nobody left.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with {code}"),
        (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
    }
}

/// Returns why a program cannot be a source, if it cannot.
pub fn refusal(program: &Path) -> Option<&'static str> {
    if !program.is_absolute() {
        return Some("is no absolute path");
    }
    match program.metadata() {
        Ok(found) if !found.is_file() => Some("is no file"),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => Some("cannot be run"),
        Ok(_) => None,
        Err(_) => Some("is not there"),
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;
    use jiff::Timestamp;

    use super::*;

    /// Runs a script of the shell, which is given to it as an argument.
    fn run(script: &str, limit: u64) -> Result<String, String> {
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        let source = ProgramSource { program: "/bin/sh".into(), arguments };
        let env = [("PATH", "/usr/bin:bin:/bin"), ("HOME", "/home/a"), ("SECRET", "canary")];
        let env: Env = env.into_iter().collect();
        printed_within(&source, &env, Duration::from_secs(limit))
            .and_then(|printed| printed.token(Timestamp::now()))
            .map(|response| response.access_token.expose_secret().to_owned())
            .map_err(|failure| failure.what)
    }

    #[test]
    fn a_program_runs_apart_from_folder_and_environment() {
        assert_eq!(
            run("printf %s \"$PWD:$HOME:$PATH:$SECRET\"", 5).as_deref(),
            Ok("/:/home/a:/usr/bin:/bin:")
        );
        // Nor does it get what only this process has.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo runs the test");
        assert_eq!(run("printf %s \"($CARGO_MANIFEST_DIR)\"", 5).as_deref(), Ok("()"));
    }

    #[test]
    fn a_program_that_fails_says_why_and_shows_no_token() {
        let failure = run("echo log in first >&2; exit 3", 5);
        assert_eq!(failure, Err("`/bin/sh` failed with 3: log in first".to_owned()));
        let token = "ya29.A0ARrdaM9s8d7f6g5h4j3k2l1q0w9e8r7t6y5u4i3o2p1";
        let failure =
            run(&format!("echo cannot use {token} >&2; kill -9 $$"), 5).expect_err("it fails");
        assert!(failure.starts_with("`/bin/sh` was ended by signal 9: cannot use"), "{failure}");
        assert!(!failure.contains(token), "{failure}");
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended_with_what_it_started() {
        let began = Instant::now();
        let failure = run("sleep 61 & sleep 62", 1);
        assert_eq!(failure, Err("`/bin/sh` took more than 1 s".to_owned()));
        // What is left in the background does not hold the output open.
        assert_eq!(run("sleep 63 & echo token", 5).as_deref(), Ok("token"));
        assert!(began.elapsed() < Duration::from_secs(10), "nobody waits for it");
    }

    #[test]
    fn only_programs_that_are_there_can_be_sources() {
        for (program, refused) in [
            ("sh", Some("is no absolute path")),
            ("/", Some("is no file")),
            ("/etc/passwd", Some("cannot be run")),
            ("/bin/no-such-program", Some("is not there")),
            ("/bin/sh", None),
        ] {
            assert_eq!(refusal(Path::new(program)), refused, "{program}");
        }
    }
}
