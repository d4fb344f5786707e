//! Tokens that stay fresh: the grants of a sandbox, kept by the library with workers that are the
//! built binary.

mod agents;
mod events;
mod periods;
mod requests;
mod told;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use age::secrecy::ExposeSecret;
use jiff::SignedDuration;
use xreq::catalog::Catalog;
use xreq::refresh::agent::live_token::Live;
use xreq::refresh::agent::token_requests::{Asked, Unavailable};
use xreq::refresh::agent::{GrantEvent, Holding, KeptGrant, Options, Tokens, Upkeep};
use xreq::refresh::worker::Workers;
use xreq::store::{self, CredentialId, FolderStore};

use crate::support::XREQ;
use crate::support::provider::House;
use crate::support::stored::Stored;
use crate::support::wait::until;

/// How long tests wait for what has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The grant `default` of a house, which is kept fresh.
struct Keeping {
    upkeep: Upkeep,
    events: Receiver<GrantEvent>,
}

impl Keeping {
    /// Keeps the grant, and holds its token.
    fn start(house: &House) -> Self {
        Self::with(house, Holding::Tokens, workers(house))
    }

    fn with(house: &House, holding: Holding, workers: Workers) -> Self {
        let live = (holding == Holding::Tokens)
            .then(|| Live::from(Stored::of(&house.home).grant().expect("it is connected")));
        let account = "default".parse().expect("a label");
        let name = CredentialId::grant("x".parse().expect("a slug"), account);
        let options = Options {
            store: FolderStore::new(store::Home::at(house.home.store())),
            catalog: Arc::new(Catalog::builtin()),
            workers,
            holding,
            older_than: None,
        };
        let (tell, events) = mpsc::channel();
        let tell = move |event| {
            if matches!(event, GrantEvent::Arrived(..)) {
                return Ok(());
            }
            // A test that has seen enough does not listen any longer.
            let _ = tell.send(event);
            Ok(())
        };
        let upkeep = Upkeep::start(vec![KeptGrant { name, live }], options, tell);
        Self { upkeep: upkeep.expect("it starts"), events }
    }

    /// The next event, as a word and the code of what happened.
    #[track_caller]
    fn event(&self) -> (&'static str, &'static str) {
        said(&self.events.recv_timeout(PATIENCE).expect("something happens"))
    }

    /// All events up to now.
    fn events(&self) -> Vec<(&'static str, &'static str)> {
        self.events.try_iter().map(|event| said(&event)).collect()
    }

    /// A token that lives at least so long; waits for a refresh, where one has to be made.
    #[track_caller]
    fn ask(&self, min_ttl: Option<SignedDuration>) -> Result<Arc<Live>, Unavailable> {
        ask(&self.upkeep.tokens(), min_ttl)
    }

    /// The token that is there, or comes.
    #[track_caller]
    fn token(&self) -> String {
        let live = self.ask(None).expect("there is one");
        live.access_token.expose_secret().to_owned()
    }
}

#[track_caller]
fn ask(tokens: &Tokens, min_ttl: Option<SignedDuration>) -> Result<Arc<Live>, Unavailable> {
    match tokens.ask("x", min_ttl) {
        Asked::Now(live) => Ok(live),
        Asked::Later(answer) => answer.blocking_recv().expect("somebody answers"),
        Asked::Unknown => panic!("it is kept"),
    }
}

fn said(event: &GrantEvent) -> (&'static str, &'static str) {
    match event {
        GrantEvent::Arrived(..) => ("arrived", ""),
        GrantEvent::Refreshed(_) => ("refreshed", ""),
        GrantEvent::Recovered(_) => ("recovered", ""),
        GrantEvent::Failing(_, why) => ("failing", why.code().name()),
        GrantEvent::Dead(_, why) => ("dead", why.code().name()),
    }
}

/// The built binary in the environment of a house.
fn workers(house: &House) -> Workers {
    let direct = house.home.command();
    let mut script = "#!/bin/sh\n".to_owned();
    for (name, value) in direct.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        let (name, value) = (name.to_str().expect("text"), value.to_str().expect("text"));
        script.push_str(&format!("export {name}='{value}'\n"));
    }
    script.push_str(&format!("cd '{}'\nexec {XREQ} \"$@\"\n", house.home.path().display()));
    let mut workers = Workers::new(Vec::new(), None);
    workers.program = house.home.write_program("worker.sh", &script);
    workers
}
