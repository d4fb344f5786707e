//! `xreq daemon`: every grant of the store, kept fresh.

use std::io;

use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::app::context::Context;
use crate::app::network::Network;
use crate::cli::Daemon;
use crate::daemon;
use crate::daemon::{AT_ONCE, Level, Lock, Settings};
use crate::error::{Advice, Code, Error, Exit, Result, wording};
use crate::refresh::worker::Workers;
use crate::refresh::worker::refresher::Refresher;
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::layout::Style;
use crate::text::redact::redact;
use crate::text::time::rfc3339;

pub(super) fn run(args: &Daemon, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let store = context.store()?;
    let lock = Lock::take(&store)?;
    context.needs_lasting_identity()?;
    let has_times = is_journal(context);
    let tell = |level, advice: &Advice| tell(terminal, level, advice, has_times);
    // It is of no use here, but to ask for its passphrase now, or to fail.
    drop(context.identities(&store)?);
    let passphrase = context.passphrase.passphrase().cloned();
    let workers = Workers::new(args.catalog.files.clone(), passphrase);
    let workers = workers.trusting(context.trust.owners());
    let run = |runtime: &Handle| {
        let settings = Settings {
            store,
            env: &context.env,
            refresher: Refresher::new(workers, AT_ONCE),
            catalog: &|| context.catalog_by(&context.config_anew()?, &args.catalog.files),
            older_than: args.older_than,
            socket: args.socket.clone(),
            address: args.metrics,
            runtime,
            tell: &tell,
        };
        daemon::run(&settings, &lock)
    };
    let ended = Network::default().beside(run).map_err(|error| {
        Error::new(Code::WorkerFailed, error.to_string())
            .with_hint("close other programs of this user, and try again")
    })?;
    ended.map(|()| Exit::Done)
}

fn tell(terminal: &Terminal, level: Level, advice: &Advice, has_times: bool) {
    let time = if has_times { String::new() } else { format!("{} ", rfc3339(Timestamp::now())) };
    let label = match level {
        Level::Note => String::new(),
        Level::Warning => format!("{}: ", Style::Attention.label("warning")),
    };
    let text = wording::advice(advice);
    let text = redact(&text);
    terminal.say_styled(&format!("{time}{label}{}\n", on_one_line(&text)));
}

/// Returns whether standard error is the journal of systemd, which notes the times itself:
/// `JOURNAL_STREAM` holds the numbers of its device and file (`systemd.exec(5)`).
fn is_journal(context: &Context) -> bool {
    let stream = context.env.get("JOURNAL_STREAM").and_then(|stream| stream.to_str());
    let found = rustix::fs::fstat(io::stderr());
    matches!((stream, found), (Some(stream), Ok(found))
        if stream == format!("{}:{}", found.st_dev, found.st_ino))
}
