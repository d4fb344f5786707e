//! The stage: what a process is between its `fork` and the program that it will be.
//!
//! What has to happen there cannot be done from outside without `unsafe`, so xreq starts itself: it
//! ties its life to its parent's, and looks whether that parent is still there; it takes its standard
//! input and its environment from a socket; it lets signals through again; and it becomes the program.
//! Until the environment has arrived it does nothing, so the parent can be sure of what reached it.
//!
//! The environment goes through a socket because what is given to a new process directly leaves copies
//! in the memory of the one that gives it, which lives for weeks.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use rustix::process::Pid;
use zeroize::Zeroizing;

use super::parent::{self, Parent};
use super::signals::{self, Mask};
use crate::error::{Code, Error, Exit, Result};
use crate::launch::exec;

/// A process on its way to its program, or there.
pub(super) struct Staged {
    process: Pid,
    link: UnixStream,
}

/// Whose death is a process's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// That of xreq, however it dies.
    Parent,
    /// Nobody's.
    None,
}

impl Staged {
    /// Starts a process that will be `command`, and waits until it is [told](Self::go). Signals wait
    /// in it meanwhile; those of the mask will be blocked afterwards, too.
    pub(super) fn start(command: &[OsString], tie: Tie, mask: Mask) -> Result<Self> {
        let start = || -> io::Result<Self> {
            let (link, theirs) = UnixStream::pair()?;
            let parent = match tie {
                Tie::Parent => Parent::this().to_string(),
                Tie::None => "-".to_owned(),
            };
            let child = Command::new(parent::program()?)
                .arg0("xreq")
                .args([super::STAGE, &parent, &mask.to_string()])
                .args(command)
                .env_clear()
                .stdin(OwnedFd::from(theirs))
                .spawn()?;
            Ok(Self { process: Pid::from_child(&child), link })
        };
        start().map_err(|error| super::failed("start the agent", &error))
    }

    /// The process.
    pub(super) fn process(&self) -> Pid {
        self.process
    }

    /// Sends it a signal. It must not have been waited for yet.
    pub(super) fn signal(&self, number: i32) {
        signals::send(self.process, number);
    }

    /// Makes it the program, with this standard input and environment. Of one that is dead already,
    /// its end tells.
    pub(super) fn go<'a>(
        &self,
        stdin: BorrowedFd<'_>,
        variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)> + Clone,
    ) {
        let _ = send(&self.link, stdin).and_then(|()| {
            (&self.link).write_all(&encoded(variables))?;
            self.link.shutdown(Shutdown::Write)
        });
    }

    /// Why it never was the program, after its end.
    pub(super) fn failure(mut self) -> Option<Error> {
        let mut told = String::new();
        self.link.set_nonblocking(true).ok()?;
        // What cannot be read was not told.
        let _ = self.link.read_to_string(&mut told);
        let mut parts = told.split('\0');
        let code = match parts.next()? {
            "126" => Code::CommandNotExecutable,
            "127" => Code::CommandNotFound,
            _ => return None,
        };
        let error = Error::new(code, parts.next()?);
        Some(match parts.next() {
            Some(hint) if !hint.is_empty() => error.with_hint(hint),
            _ => error,
        })
    }
}

/// The stage itself. Returns only where it does not become the program.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let [parent, mask, command @ ..] = arguments else { return Exit::NotLaunched };
    let Some(mask) = mask.to_str().and_then(|mask| mask.parse::<Mask>().ok()) else {
        return Exit::NotLaunched;
    };
    if parent != "-" && !parent.to_str().and_then(Parent::read).is_some_and(Parent::tie) {
        return Exit::NotLaunched;
    }
    become_program(command, mask).unwrap_or(Exit::NotLaunched)
}

fn become_program(command: &[OsString], mask: Mask) -> io::Result<Exit> {
    let mut link = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let stdin = receive(&link)?;
    let mut encoded = Zeroizing::default();
    link.read_to_end(&mut encoded)?;
    let variables = decoded(&encoded)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the environment is cut off"))?;
    rustix::stdio::dup2_stdin(stdin)?;
    mask.apply()?;
    let error = exec::replace_process_with(command, variables);
    let exit = error.code().exit();
    let status = if exit == Exit::NotFound { 127 } else { 126 };
    write!(link, "{status}\0{error}\0{}", error.hint().unwrap_or_default())?;
    Ok(exit)
}

/// Sends an open file.
fn send(link: &UnixStream, file: BorrowedFd<'_>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let files = [file];
    control.push(SendAncillaryMessage::ScmRights(&files));
    sendmsg(link, &[IoSlice::new(b"0")], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives an open file.
fn receive(link: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(link, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let files = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    files.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Variables as bytes: each name and each value after its length. They are written to memory that
/// was large enough from the start, and is wiped.
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

/// The variables, unless something is missing.
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

/// An empty standard input.
pub(super) fn nothing() -> Result<OwnedFd> {
    File::open("/dev/null").map(Into::into).map_err(|error| super::failed("open /dev/null", &error))
}
