//! xreq's own terminal, while its keys go to another one.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::fstat;
use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr};

/// The controlling terminal, at which a person types and reads.
pub(super) struct Terminal {
    keys: OwnedFd,
    state: Mutex<State>,
}

enum State {
    /// Another process group has it, or none: it is not to be touched.
    Left,
    /// xreq may take it, once its process group is in the foreground.
    Free,
    /// It passes all keys on. Its modes were these.
    Taken(Termios),
}

impl Terminal {
    /// Returns the terminal, if both streams are it, and it is the controlling one.
    pub(super) fn of(stdin: BorrowedFd<'_>, stdout: BorrowedFd<'_>) -> io::Result<Option<Self>> {
        let device = |stream| fstat(stream).map(|stat| stat.st_rdev);
        let is_one = isatty(stdin) && isatty(stdout) && device(stdin)? == device(stdout)?;
        if !is_one || tcgetpgrp(stdin).is_err() {
            return Ok(None);
        }
        let keys = stdin.try_clone_to_owned()?;
        Ok(Some(Self { keys, state: Mutex::new(State::Free) }))
    }

    /// Takes it, if that is possible now. Returns whether it is taken.
    pub(super) fn take(&self) -> bool {
        let mut state = self.state();
        if !tcgetpgrp(&self.keys).is_ok_and(|group| group == getpgrp()) {
            // Whoever has it now has set its modes.
            if let State::Taken(_) = *state {
                *state = State::Free;
            }
            return false;
        }
        if let State::Free = *state
            && let Ok(modes) = tcgetattr(&self.keys)
        {
            let mut raw = modes.clone();
            raw.make_raw();
            if tcsetattr(&self.keys, OptionalActions::Now, &raw).is_ok() {
                *state = State::Taken(modes);
            }
        }
        matches!(*state, State::Taken(_))
    }

    /// Gives it its modes back, and leaves it alone until [`Self::resume`].
    pub(super) fn leave(&self) {
        let mut state = self.state();
        if let State::Taken(modes) = &*state
            && tcgetpgrp(&self.keys).is_ok_and(|group| group == getpgrp())
        {
            // A terminal that is gone has no modes.
            let _ = tcsetattr(&self.keys, OptionalActions::Now, modes);
        }
        *state = State::Left;
    }

    /// Takes it, now or as soon as that is possible.
    pub(super) fn resume(&self) {
        {
            let mut state = self.state();
            if let State::Left = *state {
                *state = State::Free;
            }
        }
        self.take();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Terminal {
    /// Returns its keys.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.keys.as_fd()
    }
}
