//! The source of an agent's environment.

use std::os::fd::OwnedFd;

use crate::error::{Error, Result};
use crate::launch::environment::Plan;
use crate::launch::isolate::Confinement;

/// The purpose of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The agent, at its launch.
    Launch,
    /// The agent, at a restart.
    Restart,
    /// A command that runs beside it.
    Command,
}

/// The source of what an agent gets.
pub trait Provision {
    /// Returns the environment of the agent, or of a command beside it, as it is to be now. Does not
    /// wait for anybody: signals wait meanwhile.
    fn plan(&mut self, purpose: Purpose) -> Result<Plan>;

    /// Returns the confinement of the agent that is about to be launched, if it is to be confined. Its
    /// output has to be filtered then, lest it have the streams themselves.
    fn confinement(&mut self) -> Option<Confinement>;

    /// Takes the listeners in the namespace of an agent that is about to be launched.
    fn listen(&mut self, listeners: Vec<OwnedFd>) -> Result<()>;

    /// Tells people of what could not be done, and does not end the agent.
    fn warn(&mut self, error: &Error);
}
