//! `xreq refresh`: new access tokens for one grant, or for all of them.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::accounts::choose;
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::{Keeper, Network, failure};
use crate::catalog::Catalog;
use crate::cli::Refresh;
use crate::credential::freshness::Want;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::refresh::engine::{Outcome, Refreshed};
use crate::store::{FailureClass, GrantName};
use crate::terminal;
use crate::terminal::Terminal;
use crate::text::time::life;

/// How many providers' answers are waited for at once.
const AT_ONCE: usize = 8;

/// How many failures are told one by one.
const MOST_TOLD: usize = 20;

pub(super) fn run(args: &Refresh, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog.files)?;
    if let Some(label) = &args.account {
        refuse_secret("label of an account", label)?;
    }
    let keeper = Keeper::new(context)?;
    let names = names(args, &catalog, &keeper)?;
    let want = Want {
        min_ttl: args.min_ttl.unwrap_or_default(),
        older_than: args.older_than,
        force: args.force,
    };
    let work = Work { keeper: &keeper, catalog: &catalog, want };
    let summary = if args.all {
        work.all(names, args.format)
    } else {
        let _shown = context.reporter.progress(&format!("refreshing {}", names[0]));
        work.all(names, args.format)
    };
    summary.told(args, terminal)
}

fn names(args: &Refresh, catalog: &Catalog, keeper: &Keeper<'_>) -> Result<Vec<GrantName>> {
    let Some(provider) = &args.provider else { return keeper.store.grant_names() };
    let slug = &catalog.known_provider(provider)?.slug;
    if args.all {
        keeper.store.grant_names_of(slug)
    } else {
        choose(&keeper.store, slug, args.account.as_deref()).map(|name| vec![name])
    }
}

/// What became of one grant.
struct Done {
    name: GrantName,
    result: Result<Refreshed>,
}

/// What all workers share.
struct Work<'a> {
    keeper: &'a Keeper<'a>,
    catalog: &'a Catalog,
    want: Want,
}

impl Work<'_> {
    /// Works the names off, a few at once, or as many as the system has threads for: this one works
    /// too. Each worker has its own connections.
    fn all(&self, names: Vec<GrantName>, format: Format) -> Summary {
        let total = names.len();
        let next = Mutex::new(names.into_iter());
        let summary = Mutex::new(Summary::new(format));
        let progress = Progress::new(total);
        let work = || {
            let network = Network::default();
            loop {
                let Some(name) = next.lock().expect("no worker panics").next() else {
                    return;
                };
                let result = self.one(&network, &name);
                if result.as_ref().is_err_and(|error| error.code() == Code::NotStored) {
                    // It was disconnected meanwhile.
                    continue;
                }
                let done = Done { name, result };
                summary.lock().expect("no worker panics").add(done, self);
                progress.step();
            }
        };
        thread::scope(|scope| {
            for _ in 1..AT_ONCE.min(total) {
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        progress.clear();
        summary.into_inner().expect("no worker panics")
    }

    fn one(&self, network: &Network, name: &GrantName) -> Result<Refreshed> {
        let provider = self.catalog.known_provider(name.provider.as_str())?;
        self.keeper.refresh(network, provider, name, self.want)
    }
}

/// What can become of a grant. Of the last five, three need a person.
const RESULTS: [&str; 7] =
    ["refreshed", "fresh", "reconnect", "client", "transient", "in_doubt", "failed"];

/// What was done, by results.
struct Summary {
    format: Format,
    /// One for each of [`RESULTS`].
    counts: [usize; RESULTS.len()],
    /// Whether a person has to do something.
    needs_a_person: bool,
    /// How many failures there were.
    failures: usize,
    /// Failures in words, the first few.
    told: Vec<Error>,
    /// Each grant, for machines.
    grants: Vec<Value>,
    /// The sentence for a grant that is the only one.
    only: String,
}

impl Summary {
    fn new(format: Format) -> Self {
        Self {
            format,
            counts: [0; RESULTS.len()],
            needs_a_person: false,
            failures: 0,
            told: Vec::new(),
            grants: Vec::new(),
            only: String::new(),
        }
    }

    fn add(&mut self, Done { name, result }: Done, work: &Work<'_>) {
        let now = Timestamp::now();
        let mut expires_at = None;
        let (result, error) = match result {
            Ok(Refreshed { grant, outcome }) => {
                expires_at = grant.metadata.expires_at;
                let (result, error) = match outcome {
                    Outcome::Kept(None) if grant.metadata.refresh_in_flight.is_some() => {
                        ("in_doubt", None)
                    }
                    Outcome::Kept(None) => ("fresh", None),
                    Outcome::Refreshed => ("refreshed", None),
                    Outcome::Failed(trouble) | Outcome::Kept(Some(trouble)) => {
                        let provider = work.catalog.provider(name.provider.as_str());
                        let provider = provider.expect("it was asked");
                        (class_name(trouble.class()), Some(failure(&trouble, &name, provider)))
                    }
                };
                self.only = format!("{name} is {result}: {}\n", life(expires_at, now));
                (result, error)
            }
            Err(error) => ("failed", Some(error)),
        };
        let at = RESULTS.iter().position(|known| *known == result).expect("it is one of them");
        self.counts[at] += 1;
        self.failures += usize::from(error.is_some());
        self.needs_a_person |= error.as_ref().is_some_and(|e| e.code().exit() != Exit::Failed);
        if self.format == Format::Json {
            self.grants.push(json!({
                "provider": name.provider,
                "account": name.account,
                "result": result,
                "expires_at": expires_at.map(crate::text::time::rfc3339),
                "code": error.as_ref().map(|error| error.code().name()),
                "message": error.as_ref().map(ToString::to_string),
            }));
        }
        if self.told.len() < MOST_TOLD {
            self.told.extend(error);
        }
    }

    /// The results that there are, with their numbers.
    fn counted(&self) -> impl Iterator<Item = (&'static str, usize)> {
        RESULTS.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    fn told(self, args: &Refresh, terminal: &Terminal) -> Result<Exit> {
        let failures = self.failures;
        for error in &self.told {
            terminal.report(error);
        }
        if failures > self.told.len() {
            let more = failures - self.told.len();
            terminal.note(&format!("{more} more failures are not shown: see `xreq status`"));
        }
        match self.format {
            Format::Json => {
                let summary: serde_json::Map<_, _> = RESULTS
                    .into_iter()
                    .zip(self.counts)
                    .map(|(result, count)| (result.to_owned(), count.into()))
                    .collect();
                terminal.print_json(&json!({
                    "schema_version": 1, "summary": summary, "grants": self.grants,
                }))?;
            }
            Format::Text if args.all => terminal.print(&self.line())?,
            Format::Text if failures == 0 => terminal.print(&self.only)?,
            _ => {}
        }
        // What needs a person comes first: the rest, time may mend.
        Ok(match failures {
            _ if self.needs_a_person => Exit::Findings,
            0 => Exit::Done,
            _ => Exit::Failed,
        })
    }

    /// "3 grants: 2 refreshed, 1 fresh".
    fn line(&self) -> String {
        let results: Vec<_> =
            self.counted().map(|(result, count)| format!("{count} {result}")).collect();
        match self.counts.iter().sum() {
            0 => "there is no grant\n".to_owned(),
            1 => format!("1 grant: {}\n", results.join(", ")),
            total => format!("{total} grants: {}\n", results.join(", ")),
        }
    }
}

fn class_name(class: Option<FailureClass>) -> &'static str {
    match class {
        None | Some(FailureClass::Rejected) => "reconnect",
        Some(FailureClass::Client) => "client",
        Some(FailureClass::Transient) => "transient",
        Some(FailureClass::InDoubt) => "in_doubt",
    }
}

/// A line that counts up, on a terminal alone.
struct Progress {
    total: usize,
    done: AtomicUsize,
    shows: bool,
}

impl Progress {
    fn new(total: usize) -> Self {
        let shows = total > AT_ONCE && std::io::stderr().is_terminal();
        Self { total, done: AtomicUsize::new(0), shows }
    }

    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shows && (done.is_multiple_of(10) || done == self.total) {
            terminal::status_line(&format!("refreshing: {done} of {}", self.total));
        }
    }

    fn clear(&self) {
        if self.shows {
            terminal::clear_status_line();
        }
    }
}
