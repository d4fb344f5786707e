//! The keeper: the process from which the namespaces of a confined agent are made.
//!
//! A process cannot enter a PID namespace; its children do. So the keeper is the parent of the first
//! process there, the monitor, which it gives its link to xreq, and ends as that does. It stays in the
//! process group of xreq, and holds no signal against anybody: what comes to the group, xreq passes on.

use std::ffi::OsString;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal, WaitOptions, set_parent_process_death_signal, waitpid};

use super::parent;
use super::report::Report;
use super::role::INIT;
use super::signals::Signals;
use super::stage;
use crate::error::Exit;
use crate::launch::isolate::{self, Confinement, Failure, Step};
use crate::sys::program;

/// More than any confinement has.
const MOST: usize = 1 << 20;

/// Runs the keeper, until the agent has ended.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let Some((mask, [ports, command @ ..])) = stage::begin(arguments) else {
        return Exit::NotLaunched;
    };
    parent::take_name(c"namespace-keeper");
    let ports = ports.to_str().unwrap_or_default().split(',');
    let ports: Vec<_> = ports.filter_map(|port| port.parse().ok()).collect();
    keep(&ports, &mask.to_string(), command).unwrap_or(Exit::NotLaunched)
}

fn keep(ports: &[u16], mask: &str, command: &[OsString]) -> io::Result<Exit> {
    let listeners = isolate::enter(ports);
    let link = link()?;
    match listeners {
        Ok(listeners) => Report::Listening(listeners).send(&link)?,
        Err(failure) => return fail(failure, &link),
    }
    // All are blocked: nothing but the end of the first process ends this one.
    let _signals = Signals::block()?;
    let mut init = Command::new(program::program()?);
    init.arg0("xreq").args([INIT, "-", mask]).args(command).env_clear();
    let init = match init.spawn() {
        Ok(init) => Pid::from_child(&init),
        Err(error) => return fail(Failure::of(Step::Init, &error), &link),
    };
    let ended = loop {
        match waitpid(Some(init), WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            ended => break ended?,
        }
    };
    let status = ended.and_then(|(_, status)| status.exit_status());
    Ok(status.and_then(|code| u8::try_from(code).ok()).map_or(Exit::NotLaunched, Exit::Agent))
}

/// Confines the first process of a PID namespace, and all that it will start: as xreq says over the link,
/// to which it reports.
pub(super) fn confine() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut link = link()?;
    let confinement = received(&mut link)?;
    let confined = isolate::arrange(&confinement).and_then(|()| isolate::give_up(&confinement));
    match confined {
        Ok(()) => Report::Ready.send(&link),
        Err(failure) => fail(failure, &link).and(Err(io::ErrorKind::Other.into())),
    }
}

/// Reads the confinement, and nothing behind it. If xreq or the keeper is gone, there is none.
fn received(link: &mut UnixStream) -> io::Result<Confinement> {
    let mut length = [0; size_of::<usize>()];
    link.read_exact(&mut length)?;
    let length = usize::from_le_bytes(length);
    if length > MOST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    link.read_exact(&mut bytes)?;
    Confinement::decoded(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn link() -> io::Result<UnixStream> {
    Ok(UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Reports a failure, and waits until xreq has read it: what it sent meanwhile would take that away.
fn fail(failure: Failure, link: &UnixStream) -> io::Result<Exit> {
    Report::Failed(failure).send(link)?;
    link.shutdown(Shutdown::Write)?;
    io::copy(&mut &*link, &mut io::sink())?;
    Ok(Exit::NotLaunched)
}
