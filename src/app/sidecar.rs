//! The sidecar: a broker for agents that xreq does not launch.
//!
//! It is the pair of processes that stands beside a launched agent, too: this one judges, tells, and is what a
//! service manager watches; the other one holds the tokens, keeps them fresh and serves. So the whole of a
//! launch's preflight and of its broker is shared, this process knows no token, and there is one place where a
//! broker ends: with the link to its parent, whether that ends in order or is killed.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::app::brokered_run::BrokeredRun;
use crate::app::by_worker::ByWorker;
use crate::app::launch::Launch;
use crate::audit_log::LoggedEvent;
use crate::broker::doors::PortDoor;
use crate::error::{Code, Error, Exit, Parameter, Result, advice};
use crate::launch::environment::{Channels, Variable};
use crate::sys::inherited;
use crate::sys::runtime_folder::Runtime;
use crate::sys::service_manager::Manager;
use crate::sys::signal_orders;

/// What a sidecar is told of its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    /// Whether other machines may come to it without TLS.
    pub(crate) plain: bool,
    /// The number of an open file that gets a line once it serves.
    pub(crate) ready_fd: Option<u32>,
}

/// The reason for which a sidecar ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Somebody wants it to.
    Wanted,
    /// The broker has ended, or a grant is dead.
    Failed,
}

/// Serves until a signal comes. `show` gets the variables of agents once their broker serves.
///
/// # Errors
///
/// Those of a launch; [`Code::AddressExposed`]: other machines come to its address, and nobody said how.
pub(crate) fn serve(
    launch: Launch<'_>,
    surroundings: Surroundings,
    show: impl FnOnce(&[Variable]) -> Result<()>,
) -> Result<Exit> {
    let Launch { options, context, .. } = launch;
    let Some(brokering) = &options.supervision.broker else { return Ok(Exit::Done) };
    if let Some(door) = &brokering.doors.port {
        judge(door, surroundings.plain)?;
    }
    let ready = surroundings.ready_fd.map(|number| {
        inherited::open(number).map_err(|error| {
            let message = format!("the open file {number} cannot be written");
            Error::of_system(Code::BadArgument, message, &error)
        })
    });
    let ready = ready.transpose()?;
    context.needs_lasting_identity()?;
    Runtime::sweep(&context.env, &context.home()?);
    let (mut cleared, identities) = ByWorker::new(options, context).clear(launch)?;
    let (end, ended) = mpsc::channel();
    let wanted = end.clone();
    let signals = [(SIGTERM, Ending::Wanted), (SIGINT, Ending::Wanted)];
    signal_orders::forward(&signals, move |ending| wanted.send(ending).is_ok())
        .map_err(|error| Error::of_system(Code::BrokerFailed, "the broker cannot start", &error))?;
    let failed = move || {
        // Once this one has ended, nobody has to be told.
        let _ = end.send(Ending::Failed);
    };
    let broker = BrokeredRun::begin(&cleared, brokering, launch, failed)?;
    cleared.brokered = Some(Arc::clone(broker.authority()));
    let channels = Channels { broker: Some(broker.channel()), ..Channels::default() };
    let load = || context.identities(cleared.stored.store());
    let plan = cleared.plan(|| identities.map_or_else(load, Ok), channels)?;
    cleared.tell(&plan)?;
    cleared.record(LoggedEvent::Launch)?;
    show(&plan.set)?;
    let mut manager = Manager::of(&context.env);
    manager.ready("serving");
    if let Some(mut ready) = ready {
        // Whoever waits for it may have gone meanwhile.
        let _ = ready.write_all(b"ready\n");
    }
    let ending = ended.recv().unwrap_or(Ending::Failed);
    manager.stopping();
    if ending == Ending::Failed {
        return Ok(Exit::Failed);
    }
    broker.drain();
    Ok(Exit::Done)
}

/// Refuses an address that nobody can call, and one that other machines reach unless it is said how.
fn judge(door: &PortDoor, plain: bool) -> Result<()> {
    let address = door.address;
    if door.hosts().is_empty() {
        let message = format!("{address} is no address that an agent can call");
        let hint = advice!["say by which name it does, with ", Parameter::Name];
        return Err(Error::new(Code::BadArgument, message).with_hint(hint));
    }
    if !door.is_exposed() || door.has_tls || plain {
        return Ok(());
    }
    let message =
        format!("other machines reach {address}, and nothing protects what agents send there");
    let hint = advice![
        "add ",
        Parameter::Tls,
        ", or ",
        Parameter::InsecurePlainHttp,
        " where nobody else is on that network"
    ];
    Err(Error::new(Code::AddressExposed, message).with_hint(hint))
}
