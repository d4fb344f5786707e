//! The stage: what a process is between its `fork` and the program that it will be.
//!
//! The work there cannot be done from outside without `unsafe`, so xreq starts itself: it ties its life
//! to its parent's, and looks whether that parent is still there; it takes its standard input and its
//! environment from a socket; it lets signals through again; and it becomes the program. Until the
//! environment has arrived it does nothing, so the parent can be sure of what reached it.
//!
//! The environment goes through a socket because what is given to a new process directly leaves copies
//! in the memory of the one that gives it, which lives for weeks.

mod confined;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::Pid;
use zeroize::Zeroizing;

use super::ending::End;
use super::failure::failed;
use super::link::Monitored;
use super::parent::Parent;
use super::role;
use super::signals::{self, Mask};
use crate::error::{Code, Error, Exit, Result};
use crate::launch::exec;
use crate::sys::{passing, program};

/// A process on its way to its program, or there.
pub(super) struct Staged {
    process: Pid,
    link: UnixStream,
    monitored: Option<Monitored>,
}

/// The specification of a process to be started.
pub(super) struct Start<'a> {
    /// Command that it becomes.
    pub(super) command: &'a [OsString],
    /// Process whose death ends it.
    pub(super) tie: Tie,
    /// Signals that it will block.
    pub(super) mask: Mask,
    /// Place of the process.
    pub(super) place: Place,
    /// Its standard output and error, if they are not xreq's.
    pub(super) outputs: Option<[OwnedFd; 2]>,
}

/// The process group and session of a process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Those of xreq.
    Beside,
    /// A process group of its own.
    Group,
    /// A session of its own, which a [monitor](super::monitor) leads. Its standard input has to be a
    /// terminal.
    Session,
}

/// The process whose death ends another one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// That of xreq, however it dies.
    Parent,
    /// Nobody's.
    None,
}

impl Staged {
    /// Starts a process, and waits until it is [told](Self::go). Signals wait in it meanwhile.
    pub(super) fn start(start: Start<'_>) -> Result<Self> {
        Self::try_start(start).map_err(|error| failed("start the agent", &error))
    }

    fn try_start(Start { command, tie, mask, place, outputs }: Start<'_>) -> io::Result<Self> {
        let (link, theirs) = UnixStream::pair()?;
        let part = if place == Place::Session { role::MONITOR } else { role::STAGE };
        let parent = match tie {
            Tie::Parent => Parent::this().to_string(),
            Tie::None => "-".to_owned(),
        };
        let mut stage = Command::new(program::program()?);
        stage.arg0("xreq").args([part, &parent, &mask.to_string()]).args(command).env_clear();
        stage.stdin(OwnedFd::from(theirs));
        if let Some([stdout, stderr]) = outputs {
            stage.stdout(stdout).stderr(stderr);
        }
        if place == Place::Group {
            stage.process_group(0);
        }
        let process = Pid::from_child(&stage.spawn()?);
        let monitored = (place == Place::Session).then(Monitored::new).transpose()?;
        Ok(Self { process, link, monitored })
    }

    /// Returns the process to wait for.
    pub(super) fn process(&self) -> Pid {
        self.process
    }

    /// Returns the process that becomes the program, if that is known already.
    pub(super) fn program(&self) -> Option<Pid> {
        self.monitored.as_ref().map_or(Some(self.process), Monitored::program)
    }

    /// Returns its monitor, if it has one.
    pub(super) fn monitored(&self) -> Option<&Monitored> {
        self.monitored.as_ref()
    }

    /// Sends it a signal. It must not have been waited for yet.
    pub(super) fn signal(&self, number: i32) {
        match &self.monitored {
            Some(monitored) => monitored.signal(number),
            None => signals::send(self.process, number),
        }
    }

    /// Sends its process group a signal, if that is its own.
    pub(super) fn signal_group(&self, number: i32) {
        match &self.monitored {
            Some(monitored) => monitored.signal_group(number),
            None => signals::send_to_group(self.process, number),
        }
    }

    /// Makes it the program, with this standard input and environment. Of one that is dead already,
    /// its end tells.
    pub(super) fn go<'a>(
        &self,
        stdin: BorrowedFd<'_>,
        variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)> + Clone,
    ) {
        let files = [Some(stdin), self.monitored.as_ref().map(Monitored::their_link)];
        let files: Vec<_> = files.into_iter().flatten().collect();
        let _ = passing::pass(&self.link, b'0', &files).and_then(|()| {
            (&self.link).write_all(&encoded(variables))?;
            self.link.shutdown(Shutdown::Write)
        });
    }

    /// Returns its reason for never becoming the program, after its end.
    pub(super) fn last_words(mut self) -> String {
        let mut told = String::new();
        // What cannot be read was not told.
        let _ = self.link.set_nonblocking(true);
        let _ = self.link.read_to_string(&mut told);
        told
    }

    /// Returns the way in which the program ended, or the reason why it never began, after its end.
    pub(super) fn outcome(self, end: End) -> Result<End> {
        let told = self.last_words();
        let mut parts = told.split('\0');
        let code = match parts.next() {
            Some("126") => Code::CommandNotExecutable,
            Some("127") => Code::CommandNotFound,
            Some(SIGNALLED) => {
                let signal = parts.next().and_then(|number| number.parse().ok());
                return Ok(signal.map_or(end, End::Signalled));
            }
            _ => return Ok(end),
        };
        let Some(message) = parts.next() else { return Ok(end) };
        let error = Error::new(code, message);
        Err(match parts.next() {
            Some(hint) if !hint.is_empty() => error.with_hint(hint),
            _ => error,
        })
    }
}

/// The first of the last words about a program that died of a signal, told by a process that cannot die
/// of it.
const SIGNALLED: &str = "signal";

/// Returns the last words about a program that died of a signal.
pub(super) fn signalled(number: i32) -> String {
    format!("{SIGNALLED}\0{number}")
}

/// The instructions of a stage.
pub(super) struct Told {
    link: UnixStream,
    files: Vec<OwnedFd>,
    variables: Zeroizing<Vec<u8>>,
}

impl Told {
    /// Waits for it.
    pub(super) fn receive() -> io::Result<Self> {
        let mut link = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let (_, files) = passing::take(&link)?;
        let mut variables = Zeroizing::default();
        link.read_to_end(&mut variables)?;
        Ok(Self { link, files, variables })
    }

    /// Returns the next open file.
    pub(super) fn file(&mut self) -> io::Result<OwnedFd> {
        if self.files.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.files.remove(0))
    }

    /// Returns the environment.
    pub(super) fn variables(&self) -> io::Result<Vec<(&OsStr, &OsStr)>> {
        let cut_off = || io::Error::new(io::ErrorKind::InvalidData, "the environment is cut off");
        decoded(&self.variables).ok_or_else(cut_off)
    }

    /// Returns the link, to say something once the environment is not needed any more.
    pub(super) fn into_link(self) -> UnixStream {
        self.link
    }
}

/// Reads the first two arguments of a stage, and ties it to its parent. The rest is a command.
pub(super) fn begin(arguments: &[OsString]) -> Option<(Mask, &[OsString])> {
    let [parent, mask, command @ ..] = arguments else { return None };
    let mask = mask.to_str()?.parse().ok()?;
    let is_tied = parent == "-" || Parent::read(parent.to_str()?)?.tie();
    is_tied.then_some((mask, command))
}

/// Runs the stage. Returns only if it does not become the program.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let Some((mask, command)) = begin(arguments) else { return Exit::NotLaunched };
    become_program(command, mask).unwrap_or(Exit::NotLaunched)
}

fn become_program(command: &[OsString], mask: Mask) -> io::Result<Exit> {
    let mut told = Told::receive()?;
    rustix::stdio::dup2_stdin(told.file()?)?;
    let variables = told.variables()?;
    mask.apply()?;
    let error = exec::replace_process_with(command, variables);
    let exit = error.code().exit();
    write!(told.link, "{}\0{error}\0{}", exit.status(), error.hint().unwrap_or_default())?;
    Ok(exit)
}

/// Encodes variables as bytes: each name and each value after its length. They are written to memory
/// that was large enough from the start, and is wiped.
fn encoded<'a>(
    variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)> + Clone,
) -> Zeroizing<Vec<u8>> {
    let texts = variables.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let length = texts.clone().map(|text| LENGTH + text.len()).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for text in texts {
        bytes.extend_from_slice(&text.len().to_le_bytes());
        bytes.extend_from_slice(text);
    }
    bytes
}

const LENGTH: usize = size_of::<usize>();

/// Decodes the variables; `None` if something is missing.
fn decoded(mut bytes: &[u8]) -> Option<Vec<(&OsStr, &OsStr)>> {
    let mut variables = Vec::new();
    while !bytes.is_empty() {
        let name = text(&mut bytes)?;
        variables.push((name, text(&mut bytes)?));
    }
    Some(variables)
}

fn text<'a>(bytes: &mut &'a [u8]) -> Option<&'a OsStr> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    let (text, rest) = rest.split_at_checked(usize::from_le_bytes(*length))?;
    *bytes = rest;
    Some(OsStr::from_bytes(text))
}

/// Opens an empty standard input.
pub(super) fn nothing() -> Result<OwnedFd> {
    File::open("/dev/null").map(Into::into).map_err(|error| failed("open /dev/null", &error))
}
