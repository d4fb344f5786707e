//! Waiting for what is typed at a terminal.

use std::fs::File;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Returns whether something was typed, and waits a moment for it.
pub(super) fn is_ready(terminal: &File, patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).ok();
    let mut polled = [PollFd::new(terminal, PollFlags::IN)];
    poll(&mut polled, patience.as_ref()).is_ok_and(|ready| ready > 0)
}
