//! The launcher of the agent, perhaps again and again, and of commands beside it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::process::getpid;

use super::failure::failed;
use super::identity::Identity;
use super::provision::{Provision, Purpose};
use super::signals::Mask;
use super::stage::{self, Place, Staged, Start, Tie};
use crate::error::{Error, Result};
use crate::launch::environment::Plan;
use crate::launch::filter::Filter;
use crate::launch::streams::{Ends, Streams};

/// Launches one command with what its environment is to be each time.
pub(super) struct Launcher<'a> {
    command: &'a [OsString],
    provision: &'a mut dyn Provision,
    /// Filter of the agent's output, if any.
    filter: Option<Arc<Filter>>,
    /// Whether the agent may be launched more than once.
    restarts: bool,
    /// Signals blocked in launched processes.
    mask: Mask,
    has_launched: bool,
    /// The environment of the next launch, if known.
    next: Option<Plan>,
}

/// An agent that waits for its environment, and for signals.
pub(super) struct Ready {
    pub(super) agent: Staged,
    streams: Option<Streams>,
    stdin: Option<OwnedFd>,
    plan: Plan,
    is_last: bool,
}

/// News that a command beside the agent is told.
pub(super) struct News<'a> {
    /// `$XREQ_EVENT`.
    pub(super) event: &'a str,
    /// `$XREQ_PROVIDER`.
    pub(super) provider: &'a str,
}

impl<'a> Launcher<'a> {
    /// Creates a launcher that has launched nothing yet. `mask` holds the signals blocked before xreq
    /// blocked all signals.
    pub(super) fn new(
        command: &'a [OsString],
        provision: &'a mut dyn Provision,
        filter: Option<Arc<Filter>>,
        restarts: bool,
        mask: Mask,
    ) -> Self {
        Self { command, provision, filter, restarts, mask, has_launched: false, next: None }
    }

    /// Gets the environment for a restart, so that the old agent need not end before it is there. If
    /// that fails, what was prepared before stays.
    pub(super) fn prepare_restart(&mut self) -> Result<()> {
        self.next = Some(self.provision.plan(Purpose::Restart)?);
        Ok(())
    }

    /// Launches the agent, up to the moment when it gets its environment.
    pub(super) fn launch(&mut self) -> Result<Ready> {
        let plan = match self.next.take() {
            Some(plan) => plan,
            None if self.has_launched => self.provision.plan(Purpose::Restart)?,
            None => self.provision.plan(Purpose::Launch)?,
        };
        self.has_launched = true;
        let confinement = self.provision.confinement();
        let (mut streams, stdin, outputs, place) = match self.open_streams(confinement.is_some())? {
            Some((streams, Ends { stdin, outputs, is_session })) => {
                let place = if is_session { Place::Session } else { Place::Beside };
                (Some(streams), Some(stdin), Some(outputs), place)
            }
            None => (None, None, None, Place::Beside),
        };
        let (command, mask) = (self.command, self.mask);
        let start = Start { command, tie: Tie::Parent, mask, place, outputs };
        let agent = if let Some(confinement) = &confinement {
            let (agent, listeners) = Staged::start_confined(start, confinement)?;
            self.provision.listen(listeners)?;
            agent
        } else {
            Staged::start(start)?
        };
        if let Some(streams) = &mut streams {
            streams.begin().map_err(|error| failed("filter the agent's output", &error))?;
        }
        Ok(Ready { agent, streams, stdin, plan, is_last: !self.restarts })
    }

    fn open_streams(&self, is_confined: bool) -> Result<Option<(Streams, Ends)>> {
        let open = |filter| Streams::open(filter, is_confined);
        let opened = self.filter.as_ref().map(open).transpose();
        opened.map_err(|error| failed("open streams for the agent", &error))
    }

    /// Runs a command of a shell with the agent's environment, and does not wait for it.
    pub(super) fn run_beside(
        &mut self,
        agent: Option<&Staged>,
        streams: Option<&Streams>,
        command: &str,
        News { event, provider }: News<'_>,
    ) -> Result<()> {
        let program = agent.and_then(Staged::program);
        let agent = program.map(|agent| agent.as_raw_nonzero().to_string());
        let mut about = vec![("XREQ_EVENT", event), ("XREQ_PROVIDER", provider)];
        about.extend(agent.as_deref().map(|agent| ("XREQ_AGENT_PID", agent)));
        let about = about.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        let plan = self.provision.plan(Purpose::Command)?;
        let command = ["sh", "-c", command].map(OsString::from);
        let outputs = streams.map_or(Ok(None), Streams::outputs);
        let shell = Staged::start(Start {
            command: &command,
            tie: Tie::None,
            mask: self.mask,
            place: Place::Beside,
            outputs: outputs.map_err(|error| failed("start a command", &error))?,
        })?;
        let identity = Identity::new(getpid(), program.unwrap_or_else(getpid));
        let variables = identity.put_into(plan.variables()).chain(about);
        shell.go(stage::nothing()?.as_fd(), variables);
        Ok(())
    }

    /// Tells people of what could not be done.
    pub(super) fn warn(&mut self, error: &Error) {
        self.provision.warn(error);
    }
}

impl Ready {
    /// Gives the agent its environment: from here on it is the program.
    pub(super) fn go(self) -> (Staged, Option<Streams>) {
        let Self { agent, streams, stdin, plan, is_last } = self;
        let of_xreq = io::stdin();
        let stdin = stdin.as_ref().map_or(of_xreq.as_fd(), AsFd::as_fd);
        // Below a monitor, that knows which process is the program.
        let identity = Identity::new(getpid(), agent.program().unwrap_or_else(getpid));
        agent.go(stdin, identity.put_into(plan.variables()));
        if is_last {
            // It is the agent's alone: who writes to it has to learn when the agent closes it.
            let _ = stage::nothing().map(rustix::stdio::dup2_stdin);
        }
        (agent, streams)
    }
}
