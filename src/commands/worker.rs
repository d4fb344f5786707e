//! The worker: xreq as a process that refreshes grants for another one, by the
//! [protocol](crate::refresh::worker::protocol).

use std::io::{self, BufReader, Write};
use std::sync::Arc;
use std::sync::mpsc;

use jiff::Timestamp;
use rustix::process::getppid;

use crate::app::access_token::access_token;
use crate::app::context::Context;
use crate::app::grant_service::{FolderEngine, Keeper};
use crate::app::network::Network;
use crate::audit_log::{Audit, LogEntry, LoggedEvent};
use crate::cli::Colour;
use crate::error::{Error, Exit, Result};
use crate::refresh::agent::live_token::Live;
use crate::refresh::worker::protocol::{Reply, Request, Setup, buffer, read_line};
use crate::store::Grant;
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::terminal::Terminal;

/// Refreshes the grants that standard input asks for, until it ends.
pub(super) fn run() -> Exit {
    let (mut input, mut line) = (BufReader::new(io::stdin()), buffer());
    let mut next =
        || read_line(&mut input, &mut line).is_ok_and(|is_there| is_there).then(|| line.clone());
    let worker = Setup::parse(&next().unwrap_or_default()).and_then(Worker::new);
    // What is no request ends the input: it has no number by which to refuse it.
    let requests = std::iter::from_fn(|| Request::parse(&next()?).ok());
    match worker {
        Ok(worker) => worker.serve(requests).map_or(Exit::Failed, |()| Exit::Done),
        Err(error) => {
            requests.for_each(|request| reply(request.id, Err(&error)));
            error.code().exit()
        }
    }
}

/// A worker that was set up.
struct Worker {
    network: Network,
    engine: Arc<FolderEngine>,
    audit: Option<Audit>,
}

impl Worker {
    fn new(Setup { at_once, catalog, trusted_owners, passphrase }: Setup) -> Result<Self> {
        let reporter = Arc::new(Terminal::new(Colour::Never.into()));
        let trust = Trust::new(&trusted_owners);
        let context = Context::new(Env::of_process(), trust, true, reporter).given(passphrase);
        let catalog = Arc::new(context.catalog(&catalog)?);
        let network = Network::default();
        // One alone is worked on by the thread of the network.
        let threads = if at_once > 1 { at_once } else { 0 };
        let engine = Keeper::new(&context)?.engine(&catalog, &network, threads)?;
        Ok(Self { network, engine, audit: context.audit()? })
    }

    /// Refreshes grants as they are asked for, and returns once all is done.
    fn serve(&self, requests: impl Iterator<Item = Request>) -> Result<()> {
        self.network.beside(|runtime| {
            let (under_way, end) = mpsc::channel::<()>();
            for request in requests {
                let (engine, audit) = (Arc::clone(&self.engine), self.audit.clone());
                let under_way = under_way.clone();
                runtime.spawn(async move {
                    let id = request.id;
                    let result = answer(engine, audit, request).await;
                    reply(id, result.as_ref());
                    drop(under_way);
                });
            }
            drop(under_way);
            // Nobody sends: it fails when the last one has gone.
            let _ = end.recv();
        })
    }
}

async fn answer(
    engine: Arc<FolderEngine>,
    audit: Option<Audit>,
    request: Request,
) -> Result<Reply> {
    let Request { name, want, wants_token, .. } = request;
    let result = Arc::clone(&engine).refresh(name.clone(), want).await?;
    let provider = engine.catalog.known_provider(name.provider.as_str())?;
    if !wants_token {
        let has_new_tokens = result.has_new_tokens();
        return result.failure(provider).map_or(Ok(Reply::Refresh { has_new_tokens }), Err);
    }
    let grant = access_token(result, &name, provider, want.min_ttl)?.grant;
    // An agent that runs gets its token also where nothing can be recorded.
    let _ = audit.map_or(Ok(()), |audit| record(&audit, &grant));
    Ok(Reply::Token(Live::from(grant)))
}

/// Records that a token is handed over.
fn record(audit: &Audit, grant: &Grant) -> Result<()> {
    let party = audit.party(&grant.metadata, &grant.access_token)?;
    let entry = LogEntry::done(LoggedEvent::Token).with_grants([party]).with_for_pid(parent());
    audit.append(&entry, Timestamp::now())
}

/// Returns the process that tokens are for; 0 if it is outside the container.
fn parent() -> u32 {
    getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs())
}

/// Writes a reply. A process that went away needs none.
fn reply(id: u64, reply: Result<&Reply, &Error>) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(&Reply::to_line(id, reply)).and_then(|()| output.flush());
}
