//! The parent of an agent.

use std::ffi::OsString;
use std::io;

use super::arrivals::Arrivals;
use super::ending::Ended;
use super::failure::failed;
use super::options::Options;
use super::orders::{Inbox, Orders};
use super::provision::Provision;
use super::signals::Signals;
use super::watch::Watch;
use super::witness::Witness;
use crate::error::Result;

/// The parent of an agent, before the agent is there.
pub struct Supervisor {
    options: Options,
    arrivals: Arrivals,
    orders: Orders,
    inbox: Inbox,
}

impl Supervisor {
    /// Begins to supervise: from here on no signal ends this process. Only the main thread may do that,
    /// before it starts other threads; they must not start processes but as
    /// [`arguments_of_itself`](super::arguments_of_itself) says, and never wait for them.
    pub fn begin(options: Options) -> Result<Self> {
        let begin = || {
            let signals = Signals::block()?;
            let witness = Witness::start()?;
            let (orders, inbox) = Orders::new()?;
            Ok(Self { options, arrivals: Arrivals::new(signals, witness), orders, inbox })
        };
        begin().map_err(|error: io::Error| failed("supervise an agent", &error))
    }

    /// Returns where orders are given.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Launches an agent, and stays until it has ended for good. Fails, without an agent, if the
    /// environment of the launch cannot be had or the command cannot be executed. A restart begins once
    /// the environment for it is there: until then the old agent lives on.
    pub fn supervise(self, command: &[OsString], provision: &mut dyn Provision) -> Result<Ended> {
        let Self { options, arrivals, orders, inbox } = self;
        Watch::new(options, arrivals, (orders, inbox), command, provision).stay()
    }
}
