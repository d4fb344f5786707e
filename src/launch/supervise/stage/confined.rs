//! The start of a process that is confined before it becomes its program.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::Pid;

use super::{Staged, Start};
use crate::error::Result;
use crate::launch::isolate::{Confinement, unavailable};
use crate::launch::supervise::failure::failed;
use crate::launch::supervise::link::Monitored;
use crate::launch::supervise::parent::Parent;
use crate::launch::supervise::report::Report;
use crate::launch::supervise::role;
use crate::sys::program;

/// The longest wait for a confinement, which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

impl Staged {
    /// Starts a process, and waits until it is confined; returns the listeners in its namespace, too. It
    /// becomes its program when it is [told](Self::go).
    pub(in crate::launch::supervise) fn start_confined(
        start: Start<'_>,
        confinement: &Confinement,
    ) -> Result<(Self, Vec<OwnedFd>)> {
        let unstarted = |error: io::Error| failed("start the agent", &error);
        let staged = begin(start, confinement).map_err(unstarted)?;
        let mut listeners = Vec::new();
        loop {
            match Report::receive(&staged.link).map_err(unstarted)? {
                Report::Listening(made) => listeners = made,
                Report::Ready => return Ok((staged, listeners)),
                Report::Failed(failure) => return Err(unavailable(&failure)),
            }
        }
    }
}

fn begin(start: Start<'_>, confinement: &Confinement) -> io::Result<Staged> {
    let Start { command, mask, outputs, .. } = start;
    let (link, theirs) = UnixStream::pair()?;
    link.set_read_timeout(Some(PATIENCE))?;
    let ports: Vec<_> = confinement.ports.iter().map(u16::to_string).collect();
    let mut keeper = Command::new(program::program()?);
    keeper.arg0("xreq").args([role::KEEPER, &Parent::this().to_string(), &mask.to_string()]);
    keeper.arg(ports.join(",")).args(command).env_clear().stdin(OwnedFd::from(theirs));
    if let Some([stdout, stderr]) = outputs {
        keeper.stdout(stdout).stderr(stderr);
    }
    let process = Pid::from_child(&keeper.spawn()?);
    let bytes = confinement.encoded();
    (&link).write_all(&bytes.len().to_le_bytes())?;
    (&link).write_all(&bytes)?;
    Ok(Staged { process, link, monitored: Some(Monitored::new()?) })
}
