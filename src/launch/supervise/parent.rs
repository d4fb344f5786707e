//! The tie that ends processes started by xreq with it.

use std::ffi::CStr;
use std::fmt;

use rustix::process::{Pid, getpid, getppid};

/// The process that started this one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent(Pid);

impl Parent {
    /// Returns this process, as the parent of those that it starts.
    pub(super) fn this() -> Self {
        Self(getpid())
    }

    /// Reads what was shown.
    pub(super) fn read(text: &str) -> Option<Self> {
        Pid::from_raw(text.parse().ok()?).map(Self)
    }

    /// Ties the life of this process to its parent's: it is killed when the thread that started it ends.
    /// Programs that it becomes are, too, except those that run as somebody else. Returns whether the
    /// parent is still there: its earlier death is not notified.
    pub(super) fn tie(self) -> bool {
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Signal, set_parent_process_death_signal};
            if set_parent_process_death_signal(Some(Signal::KILL)).is_err() {
                return false;
            }
        }
        getppid() == Some(self.0)
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_raw_nonzero().fmt(f)
    }
}

/// Gives this process a name that tells it from xreq. If that is not possible, it keeps the old one.
pub(super) fn take_name(name: &CStr) {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_name(name);
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}
