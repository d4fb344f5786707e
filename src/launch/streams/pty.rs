//! A terminal that looks to the agent like xreq's own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
use rustix::termios::{
    OptionalActions, OutputModes, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
};

/// Both sides of it.
pub(super) struct Pty {
    ours: OwnedFd,
    /// The terminal that it looks like.
    model: OwnedFd,
}

impl Pty {
    /// Opens one with the modes and the size of a terminal. Unless keys come through it, line breaks
    /// are left to that terminal, whose modes stay as they are.
    pub(super) fn like(model: BorrowedFd<'_>, has_keys: bool) -> io::Result<Self> {
        let ours = openpt(flags())?;
        // Where it could not be asked for at once.
        fcntl_setfd(&ours, FdFlags::CLOEXEC)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let mut settings = tcgetattr(model)?;
        if !has_keys {
            settings.output_modes.remove(OutputModes::OPOST);
        }
        tcsetattr(&ours, OptionalActions::Now, &settings)?;
        // One thread reads and another one writes; neither may wait for what the other one took.
        fcntl_setfl(&ours, fcntl_getfl(&ours)? | OFlags::NONBLOCK)?;
        let pty = Self { ours, model: model.try_clone_to_owned()? };
        pty.resize();
        Ok(pty)
    }

    /// Returns the side on which the agent's output is read, and its input is written.
    pub(super) fn ours(&self) -> io::Result<OwnedFd> {
        self.ours.try_clone()
    }

    /// Returns the side that is a terminal.
    pub(super) fn theirs(&self) -> io::Result<OwnedFd> {
        #[cfg(target_os = "linux")]
        let theirs = rustix::pty::ioctl_tiocgptpeer(&self.ours, flags())?;
        #[cfg(not(target_os = "linux"))]
        let theirs = {
            let name = rustix::pty::ptsname(&self.ours, Vec::new())?;
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            rustix::fs::open(name, flags, rustix::fs::Mode::empty())?
        };
        Ok(theirs)
    }

    /// Makes it as large as its model. If that is gone, it stays as it is.
    pub(super) fn resize(&self) {
        let _ = tcgetwinsize(&self.model).and_then(|size| tcsetwinsize(&self.ours, size));
    }
}

fn flags() -> OpenptFlags {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    #[cfg(target_os = "linux")]
    let flags = flags | OpenptFlags::CLOEXEC;
    flags
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ours.as_fd()
    }
}
