//! State changes of children.
//!
//! The loop of the supervisor is the only one that waits for children: for those of all threads, and if
//! xreq is the first process of a container, for orphans that it never started.

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitOptions, WaitStatus, wait, waitid};

use super::ending::End;

/// Something that happened to a child.
pub(super) enum Change {
    /// It ended, and is gone.
    Ended(End),
    /// It was stopped by this signal.
    Stopped(i32),
}

/// Returns the next change, if there is one.
pub(super) fn next() -> Option<(Pid, Change)> {
    loop {
        match wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            Ok(Some((child, status))) => {
                if let Some(change) = change(status) {
                    return Some((child, change));
                }
            }
            Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Returns whether a child that was stopped has been continued since, or has ended.
pub(super) fn goes_on(child: Pid) -> bool {
    let news = WaitIdOptions::CONTINUED | WaitIdOptions::EXITED;
    let only_look = WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(child), news | only_look), Ok(None))
}

fn change(status: WaitStatus) -> Option<Change> {
    let exited = status.exit_status().and_then(|code| u8::try_from(code).ok());
    let signalled = status.terminating_signal().map(End::Signalled);
    let end = exited.map(End::Exited).or(signalled).map(Change::Ended);
    end.or_else(|| status.stopping_signal().map(Change::Stopped))
}
