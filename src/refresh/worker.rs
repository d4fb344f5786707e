//! Processes that refresh a grant each, for one that supervises an agent.
//!
//! A process that lives for weeks then has no TLS, no runtime and no keys in it, and holds a token once:
//! the [reply](protocol) of a worker is read into memory that is wiped, and taken from there to
//! where it stays. A worker is not tied to the life of its parent: it ends by itself once the new tokens
//! are on the disk, so that killing its parent loses none. It has a process group of its own, and a
//! signal from the terminal passes it by.

pub mod protocol;
pub mod refresher;

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use jiff::SignedDuration;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::credential::freshness::Want;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::refresh::agent::live_token::Live;
use crate::refresh::worker::protocol::{Reply, Request, Setup, WORKER};
use crate::store::CredentialId;
use crate::sys::program;

/// Limit for a worker: the lock, the provider's answer and the disk each have a limit of their own, and
/// these together are less.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// The variables by which a service finds its manager (`sd_notify(3)`): a worker is none.
const OF_A_SERVICE: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The way workers are started.
pub struct Workers {
    /// xreq itself.
    pub program: PathBuf,
    /// The provider files beside the built-in ones and those of the config folder.
    pub catalog: Vec<PathBuf>,
    /// The passphrase of the identity that opens the store, if it has one: nobody is there to be asked
    /// again.
    pub passphrase: Option<SecretString>,
    /// The owners beside this user and root that files may have.
    pub trusted_owners: Vec<u32>,
    /// Arguments before those of xreq, if it is started by a process that supervises.
    pub before: Vec<&'static str>,
    /// Whether to wait for the end of workers. Not if somebody else waits for every child, as the parent
    /// of an agent does.
    pub reaps: bool,
    /// Workers that took too long, and are to be waited for one day.
    left: Mutex<Vec<Child>>,
}

impl Workers {
    /// Creates workers of this process's own program.
    pub fn new(catalog: Vec<PathBuf>, passphrase: Option<SecretString>) -> Self {
        let program = program::program().unwrap_or_else(|_| PathBuf::from("xreq"));
        let left = Mutex::default();
        let (trusted_owners, before) = (Vec::new(), Vec::new());
        Self { program, catalog, passphrase, trusted_owners, before, reaps: true, left }
    }

    /// Lets files belong to these users too.
    #[must_use]
    pub fn trusting(self, owners: &[u32]) -> Self {
        Self { trusted_owners: owners.to_vec(), ..self }
    }

    /// Makes them the workers of a process that supervises an agent, and waits for every child itself.
    /// These arguments make them xreq.
    #[must_use]
    pub fn supervised(self, before: impl Into<Vec<&'static str>>) -> Self {
        Self { before: before.into(), reaps: false, ..self }
    }

    /// Returns the access token of a grant, refreshed if it does not live for at least `min_ttl` (or as
    /// long as a new one does, less the margin). Takes up to 90 seconds.
    ///
    /// # Errors
    ///
    /// The failure that the worker met, or [`Code::WorkerFailed`].
    pub fn token(&self, name: &CredentialId, min_ttl: SignedDuration) -> Result<Live> {
        match self.run(name, Want { min_ttl, ..Want::default() }, true)? {
            Reply::Token(live) => Ok(live),
            Reply::Refresh { .. } => Err(failed(name, "replied without a token")),
        }
    }

    /// Returns a new access token of a grant, however long the old one lives: the provider refused it. Takes
    /// up to 90 seconds.
    ///
    /// # Errors
    ///
    /// The failure that the worker met, or [`Code::WorkerFailed`].
    pub fn new_token(&self, name: &CredentialId) -> Result<Live> {
        match self.run(name, Want { force: true, ..Want::default() }, true)? {
            Reply::Token(live) => Ok(live),
            Reply::Refresh { .. } => Err(failed(name, "replied without a token")),
        }
    }

    /// Refreshes a grant if it is not as fresh as it is wanted. Returns whether there are new tokens by
    /// that: others may have been faster. Takes up to 90 seconds.
    ///
    /// # Errors
    ///
    /// The failure that the worker met, or [`Code::WorkerFailed`].
    pub fn refresh(&self, name: &CredentialId, want: Want) -> Result<bool> {
        has_new_tokens(name, &self.run(name, want, false)?)
    }

    /// Starts a worker that refreshes so many grants at once.
    pub(super) fn spawn(&self, at_once: usize) -> io::Result<Child> {
        let setup = Setup {
            at_once,
            catalog: self.catalog.clone(),
            trusted_owners: self.trusted_owners.clone(),
            passphrase: self.passphrase.clone(),
        };
        let mut child = self.command().spawn()?;
        if let Some(stdin) = &mut child.stdin {
            // One that ends early does not read it, and says why.
            let _ = stdin.write_all(&setup.to_line());
        }
        Ok(child)
    }

    fn run(&self, name: &CredentialId, want: Want, wants_token: bool) -> Result<Reply> {
        let request = Request { id: 0, name: name.clone(), want, wants_token };
        let reply = self.talk(&request.to_line(), name)?;
        if reply.is_empty() {
            return Err(failed(name, "ended without a reply"));
        }
        let reply = Reply::parse(&reply).map(|(_, reply)| reply);
        reply.unwrap_or_else(|error| Err(failed_by(name, "is not understood", error)))
    }

    /// Starts a worker, sends it a request, and returns what it replies.
    fn talk(&self, request: &[u8], name: &CredentialId) -> Result<Zeroizing<Vec<u8>>> {
        self.wait_for_late_ones();
        let until = Instant::now() + PATIENCE;
        let mut child =
            self.spawn(1).map_err(|error| failed_by(name, "could not be started", error))?;
        let mut stdin = child.stdin.take().expect("it is a pipe");
        let _ = stdin.write_all(request);
        drop(stdin);
        let reply = read(child.stdout.take().expect("it is a pipe"), until);
        match (&reply, self.reaps) {
            (_, false) => {}
            (Err(_), true) => self.left.lock().expect("nobody panics with it").push(child),
            (Ok(_), true) => drop(child.wait()),
        }
        reply.map_err(|error| failed_by(name, "gave no reply", error))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.before).arg(WORKER).process_group(0);
        // Whatever it would print for people, its reply says.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for name in OF_A_SERVICE {
            command.env_remove(name);
        }
        command
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

/// Returns the failure of a worker that comes of another one.
pub(super) fn failed_by(
    name: &CredentialId,
    how: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    failed(name, &format!("{how}: {error}")).with_source(error)
}

pub(super) fn failed(name: &CredentialId, how: &str) -> Error {
    Error::new(Code::WorkerFailed, format!("the process that was to refresh {name} {how}"))
        .with_hint(advice![
            Remedy::Refresh {
                provider: name.provider.to_string(),
                account: Some(name.account.to_string())
            }
            .request(),
            " does the same and shows why"
        ])
}

/// Returns whether a reply tells of new tokens.
pub(super) fn has_new_tokens(name: &CredentialId, reply: &Reply) -> Result<bool> {
    match reply {
        Reply::Refresh { has_new_tokens } => Ok(*has_new_tokens),
        Reply::Token(_) => Err(failed(name, "replied with a token")),
    }
}

/// Reads a pipe to its end, into memory that is never moved, and wiped in the end. The excess is left
/// out.
fn read(mut pipe: ChildStdout, until: Instant) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut content = protocol::buffer();
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        await_readable(&pipe, until)?;
        let read = match pipe.read(&mut *piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(content);
        }
        let room = content.capacity() - content.len();
        content.extend_from_slice(&piece[..read.min(room)]);
    }
}

/// Waits until a pipe has something, or has ended.
pub(super) fn await_readable(pipe: &ChildStdout, until: Instant) -> io::Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = Timespec::try_from(left).expect("it is short");
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&left)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
