//! The relay of typed input to the agent's terminal.

use std::io::PipeReader;
use std::mem;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{read, write};
use zeroize::Zeroizing;

use super::echo::Echo;
use super::relay::is_passing;
use super::terminal::Terminal;

/// Interval at which xreq checks whether it has come to the foreground: nothing notifies it.
const LOOK: Duration = Duration::from_millis(200);

pub(super) struct Keyboard {
    terminal: Arc<Terminal>,
    to: OwnedFd,
    echo: Echo,
}

impl Keyboard {
    pub(super) fn new(terminal: Arc<Terminal>, to: OwnedFd, echo: Echo) -> Self {
        Self { terminal, to, echo }
    }

    /// Relays until the agent has ended, or there are no keys any more.
    pub(super) fn run(self, ending: &PipeReader) {
        let look = Timespec::try_from(LOOK).expect("it is short");
        let mut typed = Zeroizing::new([0; 4096]);
        let mut is_refused = false;
        loop {
            if !self.terminal.take() {
                if is_over(&mut [PollFd::new(ending, PollFlags::IN)], Some(&look)) {
                    return;
                }
                continue;
            }
            let keys = PollFd::new(&*self.terminal, PollFlags::IN);
            if is_over(&mut [PollFd::new(ending, PollFlags::IN), keys], None) {
                return;
            }
            // In the meantime the terminal may have been given to others.
            if !self.terminal.take() {
                continue;
            }
            match read(&*self.terminal, &mut typed[..]) {
                Ok(length) if length > 0 => {
                    is_refused = false;
                    self.echo.typed(&typed[..length]);
                    if !self.relay(&typed[..length], ending) {
                        return;
                    }
                }
                Err(error) if is_passing(error) || !self.terminal.take() => {}
                // It was refused to a process in the background, which has come to the foreground.
                Err(_) if !mem::replace(&mut is_refused, true) => {}
                _ => return,
            }
        }
    }

    /// Writes all, or answers that the agent has ended.
    fn relay(&self, mut typed: &[u8], ending: &PipeReader) -> bool {
        while !typed.is_empty() {
            let room = PollFd::new(&self.to, PollFlags::OUT);
            if is_over(&mut [PollFd::new(ending, PollFlags::IN), room], None) {
                return false;
            }
            match write(&self.to, typed) {
                Ok(length) => typed = &typed[length..],
                Err(error) if is_passing(error) => {}
                Err(_) => return false,
            }
        }
        true
    }
}

/// Waits for one of several, and answers whether it is the first one.
fn is_over(sources: &mut [PollFd<'_>], patience: Option<&Timespec>) -> bool {
    poll(sources, patience).is_ok() && !sources[0].revents().is_empty()
}
