//! Orders to a supervisor while the agent lives.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

/// Something to be done about the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// End the agent, and launch it anew. Restarts that are ordered meanwhile are one.
    Restart,
    /// Send the agent this signal, as soon as it has arranged for it: not if that would end it.
    Signal(i32),
    /// Let a shell run a command beside the agent, with the agent's environment and what it is about.
    Exec {
        /// The command.
        command: String,
        /// `$XREQ_EVENT`: what happened.
        event: &'static str,
        /// `$XREQ_PROVIDER`: whose grant it happened to.
        provider: String,
    },
    /// End the agent, and then the supervisor.
    End,
}

/// Sends orders, from any thread. Those that come too late are lost.
#[derive(Clone)]
pub struct Orders {
    orders: Sender<Order>,
    bell: Arc<UnixStream>,
}

/// Receives the orders.
pub(super) struct Inbox {
    orders: Receiver<Order>,
    bell: UnixStream,
}

impl Orders {
    pub(super) fn new() -> std::io::Result<(Self, Inbox)> {
        let (bell, heard) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        let (sender, receiver) = mpsc::channel();
        let orders = Self { orders: sender, bell: Arc::new(bell) };
        Ok((orders, Inbox { orders: receiver, bell: heard }))
    }

    /// Gives an order, and does not wait for it to be carried out.
    pub fn give(&self, order: Order) {
        // Nobody is there any more, or a bell that rings already is not heard twice.
        let _ = self.orders.send(order);
        let _ = (&*self.bell).write(&[0]);
    }
}

impl Inbox {
    /// Returns the next order, if there is one.
    pub(super) fn next(&mut self) -> Option<Order> {
        // The bell first: what is ordered after this is heard by the next wait.
        let _ = self.bell.read(&mut [0; 64]);
        self.orders.try_recv().ok()
    }
}

impl AsFd for Inbox {
    /// Returns a descriptor that is readable while an order may be there.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
