//! One refresh, in a process of its own: `xreq token` or `xreq refresh`.
//!
//! A process that lives for weeks then has no TLS, no runtime and no keys in it, and holds a token
//! once: what a worker prints is read into memory that is wiped, and taken from there to where it
//! stays. A worker is not tied to the life of who started it: it ends by itself once the new tokens
//! are on the disk, so that whoever kills its parent loses none. It has a process group of its own,
//! and a signal from the terminal passes it by.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::{SignedDuration, Timestamp};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credential::freshness::Want;
use crate::error::{Code, Error, Result};
use crate::model::scope::ScopeSet;
use crate::store::{GrantName, PASSPHRASE_FILE, PlainSecret};
use crate::sys::program;

/// How long a worker may take: the lock, the provider's answer and the disk each have a limit of
/// their own, and these together are less.
const PATIENCE: Duration = Duration::from_secs(90);

/// The most that is read of what a worker prints: a token has 64 KiB at most.
const LONGEST_ANSWER: usize = 160 << 10;

/// The most that is read of what a worker says on standard error.
const LONGEST_COMPLAINT: usize = 16 << 10;

/// The variables by which a service finds its manager (`sd_notify(3)`): a worker is none.
const OF_A_SERVICE: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// How workers are started.
pub struct Workers {
    /// xreq itself.
    pub program: PathBuf,
    /// The provider files beside the built-in ones and those of the config folder.
    pub catalog: Vec<PathBuf>,
    /// The passphrase of the identity that opens the store, where it has one: nobody is there to be
    /// asked again. A worker reads it from a pipe, so that nobody sees it in an environment.
    pub passphrase: Option<SecretString>,
    /// The owners beside this user and root that files may have.
    pub trusted_owners: Vec<u32>,
    /// What stands before the arguments of xreq, where it is started by a process that supervises.
    pub before: Vec<&'static str>,
    /// Whether to wait for the end of workers. Where somebody else waits for every child, as the
    /// parent of an agent does, nobody else may.
    pub reaps: bool,
    /// Workers that took too long, and are to be waited for one day.
    left: Mutex<Vec<Child>>,
}

/// An access token that a worker printed.
pub struct Token {
    /// The token, in the only place where this process has it.
    pub access_token: SecretString,
    /// When it expires, in whole seconds, where that is known.
    pub expires_at: Option<Timestamp>,
    /// What it allows.
    pub scopes: ScopeSet,
}

impl Workers {
    /// Workers of this process's own program.
    pub fn new(catalog: Vec<PathBuf>, passphrase: Option<SecretString>) -> Self {
        let program = program::program().unwrap_or_else(|_| PathBuf::from("xreq"));
        let left = Mutex::default();
        let (trusted_owners, before) = (Vec::new(), Vec::new());
        Self { program, catalog, passphrase, trusted_owners, before, reaps: true, left }
    }

    /// The same, where files may belong to these users too.
    #[must_use]
    pub fn trusting(self, owners: &[u32]) -> Self {
        Self { trusted_owners: owners.to_vec(), ..self }
    }

    /// Workers of a process that supervises an agent, and waits for every child itself. These
    /// arguments make them xreq.
    #[must_use]
    pub fn supervised(self, before: impl Into<Vec<&'static str>>) -> Self {
        Self { before: before.into(), reaps: false, ..self }
    }

    /// The access token of a grant, refreshed where it does not live for at least `min_ttl` (or as
    /// long as a new one does, less the margin). Takes up to 90 seconds.
    ///
    /// # Errors
    ///
    /// What the worker reported, or [`Code::WorkerFailed`].
    pub fn token(&self, name: &GrantName, min_ttl: SignedDuration) -> Result<Token> {
        let mut command = self.command("token", name);
        // A log that cannot be written starves no agent.
        command.args(["--min-ttl", &milliseconds(min_ttl), "--for-parent"]);
        let answer = self.run(command, name)?;
        serde_json::from_slice::<Printed>(&answer)
            .map(Token::from)
            .map_err(|_| failed(name, "printed no token"))
    }

    /// Refreshes a grant where it is not as fresh as it is wanted. Gives whether there are new tokens
    /// by that: others may have been faster. Takes up to 90 seconds.
    ///
    /// # Errors
    ///
    /// What the worker reported, or [`Code::WorkerFailed`].
    pub fn refresh(&self, name: &GrantName, want: Want) -> Result<bool> {
        let mut command = self.command("refresh", name);
        if want.force {
            command.arg("--force");
        } else {
            command.args(["--min-ttl", &milliseconds(want.min_ttl)]);
        }
        if let Some(age) = want.older_than {
            command.args(["--older-than", &milliseconds(age)]);
        }
        let answer = self.run(command, name)?;
        let done = serde_json::from_slice::<Done>(&answer);
        let done = done.map_err(|_| failed(name, "ended without an answer"))?;
        Ok(done.grants.iter().any(|grant| grant.result == "refreshed"))
    }

    fn command(&self, what: &str, GrantName { provider, account, .. }: &GrantName) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.before).args(["--color", "never", what, provider.as_str()]);
        command.args(["--account", account.as_str(), "--format", "json"]);
        for owner in &self.trusted_owners {
            command.args(["--trust-owner", &owner.to_string()]);
        }
        for file in &self.catalog {
            command.arg("--catalog").arg(file);
        }
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in OF_A_SERVICE {
            command.env_remove(name);
        }
        if self.passphrase.is_some() {
            command.stdin(Stdio::piped()).env(PASSPHRASE_FILE, "/dev/stdin");
        }
        command
    }

    /// What a worker prints on standard output, where it reports no failure.
    fn run(&self, mut command: Command, name: &GrantName) -> Result<Zeroizing<Vec<u8>>> {
        self.wait_for_late_ones();
        let until = Instant::now() + PATIENCE;
        let mut child = command
            .spawn()
            .map_err(|error| failed(name, &format!("could not be started: {error}")))?;
        let printed = self.talk(&mut child, until);
        match (&printed, self.reaps) {
            (_, false) => {}
            (Err(_), true) => self.left.lock().expect("nobody panics with it").push(child),
            (Ok(_), true) => drop(child.wait()),
        }
        let Printing { answer, complaint } =
            printed.map_err(|error| failed(name, &format!("gave no answer: {error}")))?;
        reported(&complaint).map_or(Ok(answer), Err)
    }

    fn talk(&self, child: &mut Child, until: Instant) -> io::Result<Printing> {
        if let (Some(passphrase), Some(mut stdin)) = (&self.passphrase, child.stdin.take()) {
            // One that ends early does not read it, and says why.
            let _ = stdin.write_all(passphrase.expose_secret().as_bytes());
        }
        let mut answer = Bounded::new(child.stdout.take().expect("it is a pipe"), LONGEST_ANSWER);
        let mut complaint =
            Bounded::new(child.stderr.take().expect("it is a pipe"), LONGEST_COMPLAINT);
        while answer.is_open || complaint.is_open {
            let (one, other) = (answer.is_open, complaint.is_open);
            let mut pipes = Vec::with_capacity(2);
            pipes.extend(one.then(|| PollFd::new(&answer.pipe, PollFlags::IN)));
            pipes.extend(other.then(|| PollFd::new(&complaint.pipe, PollFlags::IN)));
            await_one(&mut pipes, until)?;
            let mut ready = pipes.iter().map(|pipe| !pipe.revents().is_empty()).collect::<Vec<_>>();
            if other && ready.pop() == Some(true) {
                complaint.read()?;
            }
            if one && ready.pop() == Some(true) {
                answer.read()?;
            }
        }
        Ok(Printing { answer: answer.content, complaint: complaint.content })
    }

    fn wait_for_late_ones(&self) {
        let mut left = self.left.lock().expect("nobody panics with it");
        left.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("program", &self.program).finish_non_exhaustive()
    }
}

/// A duration as the command line reads it.
fn milliseconds(duration: SignedDuration) -> String {
    format!("{}ms", duration.as_millis().max(0))
}

fn failed(name: &GrantName, how: &str) -> Error {
    Error::new(Code::WorkerFailed, format!("the process that was to refresh {name} {how}"))
        .with_hint(format!(
            "`xreq refresh {} --account {}` does the same and shows why",
            name.provider, name.account
        ))
}

/// What a worker prints.
struct Printing {
    answer: Zeroizing<Vec<u8>>,
    complaint: Zeroizing<Vec<u8>>,
}

/// A pipe, and what was read from it: in memory that is never moved, and wiped in the end.
struct Bounded<R> {
    pipe: R,
    content: Zeroizing<Vec<u8>>,
    most: usize,
    is_open: bool,
}

impl<R: Read> Bounded<R> {
    fn new(pipe: R, most: usize) -> Self {
        Self { pipe, content: Zeroizing::new(Vec::with_capacity(most)), most, is_open: true }
    }

    /// Reads what is there. What is too much is left out.
    fn read(&mut self) -> io::Result<()> {
        let mut piece = Zeroizing::new([0; 4096]);
        let read = loop {
            match self.pipe.read(&mut *piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.is_open = read > 0;
        let room = self.most - self.content.len();
        self.content.extend_from_slice(&piece[..read.min(room)]);
        Ok(())
    }
}

/// Waits until one of the pipes has something, or has ended.
fn await_one(pipes: &mut [PollFd<'_>], until: Instant) -> io::Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = Timespec::try_from(left).expect("it is short");
        match poll(pipes, Some(&left)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The failure that a command reports on standard error: `error[code]: message`, and the way out on
/// the next line. Warnings before it are left out.
fn reported(complaint: &[u8]) -> Option<Error> {
    let text = String::from_utf8_lossy(complaint);
    let (_, report) = text.split_once("error[")?;
    let (code, rest) = report.split_once("]: ")?;
    let (message, help) = rest.split_once("\n  help: ").unwrap_or((rest, ""));
    let code = Code::ALL.iter().copied().find(|known| known.name() == code)?;
    let error = Error::new(code, message.trim());
    Some(match help.trim() {
        "" => error,
        // What is no secret in it, such as a client id, the worker has shown on purpose.
        help => error.with_exact_hint(help),
    })
}

/// What `xreq token --format json` prints. (Only where a token has characters that JSON escapes, which
/// those of no provider have, the parser makes a copy of it that is not wiped.)
#[derive(Deserialize)]
struct Printed {
    access_token: PlainSecret,
    expires_at: Option<Timestamp>,
    scopes: ScopeSet,
}

/// What `xreq refresh --format json` prints.
#[derive(Deserialize)]
struct Done {
    /// None, where the grant was gone meanwhile.
    grants: Vec<OfGrant>,
}

#[derive(Deserialize)]
struct OfGrant {
    result: String,
}

impl From<Printed> for Token {
    fn from(
        Printed { access_token: PlainSecret(access_token), expires_at, scopes }: Printed,
    ) -> Self {
        Self { access_token, expires_at, scopes }
    }
}

#[cfg(test)]
pub(crate) mod tests;
