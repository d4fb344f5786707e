//! xreq as the parent of an agent: as if it were not there.
//!
//! By default xreq becomes the agent, and none of this is needed. Where it has something to do for as
//! long as the agent lives, it stays as its parent, and whoever deals with the process that they
//! started (a shell, a terminal, a service manager, a container's runtime) must see no difference:
//!
//! * **Signals** reach the agent, each once. All are blocked before anything is started, and read one
//!   by one (`signals`). What came to xreq alone is passed on. What came to the whole process group,
//!   as Ctrl-C does, has reached the agent already, which is in the same group and session; a second
//!   member of the group, the `witness`, tells the two apart. What comes before the agent is there
//!   waits.
//! * **Job control**: when the agent stops, xreq stops by the same signal, so that its shell sees a
//!   stopped job; what continues the job continues both.
//! * **The end**: xreq ends with the agent's status, or [dies of its signal](End::pass_on). If xreq is
//!   killed, the kernel kills the agent: that is seen to in the `stage`, before the agent is there.
//! * **Orphans**: as the first process of a container xreq waits for whatever ends there.
//!
//! No signal has a time limit: an agent takes the time that it needs. Only where xreq itself was
//! [ordered](Order) to end or restart the agent, a grace period bounds that.
//!
//! ```text
//! xreq run (this)
//!  ├─ witness   xreq itself, in the same group, until xreq is gone
//!  └─ stage ──▶ the agent
//! ```
//!
//! Where what the agent prints is filtered on a terminal, the agent is in a session of its own, and a
//! `monitor` leads that.
//!
//! The supervisor knows nothing of tokens: the environment of each launch comes from its caller.

mod arrivals;
mod children;
mod ending;
mod identity;
mod launcher;
mod link;
mod monitor;
mod orders;
mod parent;
mod restart;
mod signals;
mod stage;
mod telling;
mod watch;
mod witness;

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::environment::Plan;
use super::filter::Filter;
use crate::error::{Code, Error, Exit, Result};
pub use ending::End;
pub use orders::{Order, Orders};

/// First arguments of xreq that no person types: what it is to be instead of itself.
const STAGE: &str = "@stage";
const MONITOR: &str = "@monitor";
const WITNESS: &str = "@witness";
/// xreq itself, as it is, but for signals that its parent has blocked.
const ITSELF: &str = "@itself";

/// How an agent is supervised.
#[derive(Clone)]
pub struct Options {
    /// How long it may take to end where it was ordered to.
    pub grace: Duration,
    /// What its output goes through, if through anything.
    pub filter: Option<Arc<Filter>>,
    /// Whether it may be [restarted](Order::Restart).
    pub restarts: bool,
}

/// The parent of an agent, before the agent is there.
pub struct Supervisor {
    options: Options,
    arrivals: arrivals::Arrivals,
    orders: Orders,
    inbox: orders::Inbox,
}

/// What an environment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The agent, at its launch.
    Launch,
    /// The agent, at a restart.
    Restart,
    /// A command that runs beside it.
    Command,
}

/// Who knows what an agent gets.
pub trait Provision {
    /// The environment of the agent, or of a command beside it, as it is to be now. Does not wait for
    /// anybody: signals wait meanwhile.
    fn plan(&mut self, purpose: Purpose) -> Result<Plan>;

    /// Tells people of what could not be done, and does not end the agent.
    fn warn(&mut self, error: &Error);
}

/// How supervising ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How the agent ended.
    pub end: End,
    /// Whether it was [ordered](Order::End) to.
    pub ordered: bool,
}

impl Supervisor {
    /// Begins: from here on no signal ends this process. Only the main thread may do that, before it
    /// starts other threads; they must not start processes but as [`arguments_of_itself`] says, and
    /// never wait for them.
    pub fn begin(options: Options) -> Result<Self> {
        let begin = || {
            let signals = signals::Signals::block()?;
            let witness = witness::Witness::start()?;
            let (orders, inbox) = Orders::new()?;
            let arrivals = arrivals::Arrivals::new(signals, witness);
            Ok(Self { options, arrivals, orders, inbox })
        };
        begin().map_err(|error: io::Error| failed("supervise an agent", &error))
    }

    /// Where orders are given.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Launches an agent, and stays until it has ended for good. Where the environment of the launch
    /// cannot be had, or the command cannot be executed, that fails, and no agent is there then. A
    /// restart begins once the environment for it is there: until then the old agent lives on.
    pub fn supervise(self, command: &[OsString], provision: &mut dyn Provision) -> Result<Ended> {
        watch::Watch::new(self, command, provision).stay()
    }
}

/// What the arguments of a process mean, beginning with its name, before anything else looks at them:
/// either it is a part of supervising, which is over when this answers, or it is xreq, with these
/// arguments.
pub fn part(mut arguments: Vec<OsString>) -> Result<Exit, Vec<OsString>> {
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some(STAGE) => Ok(stage::run(&arguments[2..])),
        Some(MONITOR) => Ok(monitor::run(&arguments[2..])),
        Some(WITNESS) => Ok(witness::run(&arguments[2..])),
        Some(ITSELF) => {
            arguments.remove(1);
            signals::Mask::default().apply().map_or(Ok(Exit::NotLaunched), |()| Err(arguments))
        }
        _ => Err(arguments),
    }
}

/// What stands before the arguments of xreq where a process that supervises starts it: children
/// inherit that all signals are blocked.
pub fn arguments_of_itself() -> [&'static str; 1] {
    [ITSELF]
}

fn failed(what: &str, error: &io::Error) -> Error {
    Error::new(Code::SupervisionFailed, format!("cannot {what}: {error}"))
}
