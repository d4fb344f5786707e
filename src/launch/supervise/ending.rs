//! The end of an agent, and the way xreq ends the same way.

use nix::sys::signal::{SigSet, Signal};
use rustix::process::{Resource, Rlimit, getpid, setrlimit};
use signal_hook::low_level;

use crate::error::Exit;

/// The way an agent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit status.
    Exited(u8),
    /// By this signal.
    Signalled(i32),
}

impl End {
    /// Returns whether it ended without having done its work.
    pub fn is_failure(self) -> bool {
        self != Self::Exited(0)
    }

    /// Ends this process the same way: by the same signal, or by answering the status for it. It
    /// leaves no core, since the memory worth a look is that of the agent.
    ///
    /// The first process of a container cannot die of a signal, and answers what a shell would.
    pub fn pass_on(self) -> Exit {
        match self {
            Self::Exited(status) => Exit::Agent(status),
            Self::Signalled(signal) => {
                if getpid() != rustix::process::Pid::INIT {
                    die_of(signal);
                }
                Exit::Agent(u8::try_from(128 + signal).unwrap_or(u8::MAX))
            }
        }
    }
}

/// The outcome of supervising.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// End of the agent.
    pub end: End,
    /// Whether it was [ordered](super::Order::End) to.
    pub ordered: bool,
}

fn die_of(signal: i32) {
    leave_no_core();
    // Knows most signals, and what Rust does about some of them; it does not come back from those.
    let known = Signal::try_from(signal).is_ok_and(|signal| signal != Signal::SIGIO);
    if known && low_level::emulate_default_handler(signal).is_ok() {
        return;
    }
    // What is let through may be ignored, and then this was not the way to die.
    let _ = low_level::raise(signal);
    let _ = SigSet::empty().thread_set_mask();
}

fn leave_no_core() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    // A limit does not keep a core from a program that collects them.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
