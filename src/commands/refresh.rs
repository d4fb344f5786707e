//! `xreq refresh`: new access tokens for one grant, or for all of them.

use std::panic::resume_unwind;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::way;
use crate::app::accounts::{choose_parts, only_provider};
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::{FolderEngine, Keeper};
use crate::app::network::Network;
use crate::app::setup::Subject;
use crate::catalog::Catalog;
use crate::cli::Refresh;
use crate::credential::freshness::Want;
use crate::credential::health::{Health, Standing};
use crate::error::{Error, Exit, Result};
use crate::findings::Format;
use crate::model::account_choice::AccountChoice;
use crate::refresh::engine::class::RefreshClass;
use crate::refresh::engine::result::RefreshResult;
use crate::store::{CredentialId, GrantMetadata};
use crate::terminal::{Terminal, WaitingLine};
use crate::text::count::count;
use crate::text::time::{life, rfc3339};

/// Number of providers' answers that are waited for at once.
const AT_ONCE: usize = 8;

/// Maximum number of failures that are told one by one.
const MOST_TOLD: usize = 20;

pub(super) fn run(args: &Refresh, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let catalog = Arc::new(context.catalog(&args.catalog.files)?);
    if let Some(AccountChoice { label, .. }) = &args.account {
        refuse_secret("label of an account", label)?;
    }
    let keeper = Keeper::new(context)?;
    let names = names(args, &catalog, &keeper)?;
    let want = Want {
        min_ttl: args.min_ttl.unwrap_or_default(),
        older_than: args.older_than,
        force: args.force,
    };
    let network = Network::default();
    // One alone is worked on by this thread.
    let threads = if names.len() > 1 { AT_ONCE } else { 0 };
    let chosen = names.iter().filter(|_| args.account.is_some()).filter_map(|name| {
        let (provider, label) = (Some(name.provider.to_string()), name.account.to_string());
        AccountChoice { provider, label }.unless_default()
    });
    let chosen: Vec<_> = chosen.collect();
    let work = Work { engine: keeper.engine(&catalog, &network, threads)?, want };
    let summary = network.wait(work.all(names, args.format))?;
    let exit = summary.told(args, terminal)?;
    // What refreshes every account is run by a timer, which is told nothing of a manifest.
    if args.format == Format::Text && !args.all {
        let mut subject = Subject { catalog: args.catalog.files.clone(), ..Subject::default() };
        subject.criteria.accounts.extend(chosen);
        way::tell_missing(&subject, context, terminal);
    }
    Ok(exit)
}

fn names(args: &Refresh, catalog: &Catalog, keeper: &Keeper<'_>) -> Result<Vec<CredentialId>> {
    let expiring = |mut names: Vec<CredentialId>| {
        names.retain(|name| !name.kind.never_expires());
        names
    };
    let (named, label) = AccountChoice::within(args.account.clone(), args.provider.clone())?;
    let slug = match named {
        Some(provider) => catalog.known_provider(&provider)?.slug.clone(),
        None if args.all => return keeper.store.grant_names().map(expiring),
        None => only_provider(&keeper.store)?,
    };
    if args.all {
        keeper.store.grant_names_of(&slug).map(expiring)
    } else {
        let provider = || catalog.known_provider(slug.as_str());
        let part = args.part.as_deref().map(|part| provider()?.known_part(part)).transpose()?;
        choose_parts(&keeper.store, &slug, label.as_deref(), part.as_ref())
    }
}

/// The grants to refresh, and the work on them.
struct Work {
    engine: Arc<FolderEngine>,
    want: Want,
}

impl Work {
    /// Refreshes the grants, a few at once.
    async fn all(self, names: Vec<CredentialId>, format: Format) -> Summary {
        let total = names.len();
        let line = WaitingLine::begin(&match &names[..] {
            [only] => format!("refreshing {only}"),
            _ => format!("refreshing {}", count(total, "account")),
        });
        let mut done = 0;
        let mut summary = Summary::new(format);
        let (mut names, mut under_way) = (names.into_iter(), JoinSet::new());
        loop {
            let free = AT_ONCE - under_way.len();
            for name in names.by_ref().take(free) {
                let refresh = Arc::clone(&self.engine).refresh(name.clone(), self.want);
                under_way.spawn(async move { (name, refresh.await) });
            }
            let Some(ended) = under_way.join_next().await else { break };
            let (name, result) = ended.unwrap_or_else(|error| resume_unwind(error.into_panic()));
            // One that is gone was disconnected meanwhile.
            if let Some(class) = RefreshClass::of(result.as_ref()) {
                summary.add(&name, class, result, &self.engine.catalog);
                done += 1;
                if total > 1 {
                    line.change(format!("refreshing: {done} of {total}"));
                }
            }
        }
        drop(line);
        summary
    }
}

/// The classes in the order of the summary. Of the last five, three need a person.
const CLASSES: [RefreshClass; 7] = [
    RefreshClass::Refreshed,
    RefreshClass::Fresh,
    RefreshClass::Rejected,
    RefreshClass::Client,
    RefreshClass::Transient,
    RefreshClass::InDoubt,
    RefreshClass::Failed,
];

/// Returns the name of a class for people and in JSON: that of the state which follows.
fn name_of(class: RefreshClass) -> &'static str {
    match class {
        RefreshClass::Rejected => Health::Reconnect.name(),
        class => class.name(),
    }
}

/// The results of all refreshes.
struct Summary {
    format: Format,
    /// One for each class.
    counts: [usize; RefreshClass::ALL.len()],
    /// Number of those that were kept, will be dead soon, and cannot be refreshed.
    expiring: usize,
    /// Whether a person has to do something.
    needs_a_person: bool,
    /// Number of failures.
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
            counts: [0; RefreshClass::ALL.len()],
            expiring: 0,
            needs_a_person: false,
            failures: 0,
            told: Vec::new(),
            grants: Vec::new(),
            only: String::new(),
        }
    }

    fn add(
        &mut self,
        name: &CredentialId,
        class: RefreshClass,
        result: Result<RefreshResult>,
        catalog: &Catalog,
    ) {
        let (class, expires_at, error) = match result {
            Ok(result) => {
                let GrantMetadata { expires_at, refresh_in_flight, refreshable, .. } =
                    &result.grant.metadata;
                let is_in_doubt = class == RefreshClass::Fresh && refresh_in_flight.is_some();
                let class = if is_in_doubt { RefreshClass::InDoubt } else { class };
                let provider = catalog.provider(name.provider.as_str());
                let now = Timestamp::now();
                let health = Standing::of(&result.grant.metadata, provider).health(now);
                let is_expiring =
                    class == RefreshClass::Fresh && !refreshable && health == Health::Expiring;
                self.expiring += usize::from(is_expiring);
                let state = if is_expiring { health.name() } else { name_of(class) };
                self.only = format!("{name} is {state}: {}", life(*expires_at, now));
                let error = provider.and_then(|provider| result.failure(provider));
                (class, *expires_at, error)
            }
            Err(error) => (class, None, Some(error)),
        };
        self.counts[class as usize] += 1;
        self.failures += usize::from(error.is_some());
        self.needs_a_person |= error.as_ref().is_some_and(|e| e.code().exit() != Exit::Failed);
        if self.format == Format::Json {
            self.grants.push(json!({
                "provider": name.provider,
                "account": name.account,
                "result": name_of(class),
                "expires_at": expires_at.map(rfc3339),
                "code": error.as_ref().map(|error| error.code().name()),
                "message": error.as_ref().map(ToString::to_string),
            }));
        }
        if self.told.len() < MOST_TOLD {
            self.told.extend(error);
        }
    }

    /// Returns the number of grants of each class.
    fn classes(&self) -> impl Iterator<Item = (&'static str, usize)> {
        CLASSES.into_iter().map(|class| (name_of(class), self.counts[class as usize]))
    }

    fn told(self, args: &Refresh, terminal: &Terminal) -> Result<Exit> {
        let failures = self.failures;
        for error in &self.told {
            terminal.report(error);
        }
        if failures > self.told.len() {
            let more = failures - self.told.len();
            let failures = count(more, "more failure");
            terminal.note(&format!("not shown: {failures}; see `xreq status`"));
        }
        match self.format {
            Format::Json => {
                let summary: serde_json::Map<_, _> =
                    self.classes().map(|(class, count)| (class.to_owned(), count.into())).collect();
                terminal.print_json(&json!({
                    "schema_version": 1, "summary": summary, "grants": self.grants,
                }))?;
            }
            Format::Text if args.all => terminal.tell(self.line())?,
            Format::Text if failures == 0 => terminal.tell(self.only)?,
            _ => {}
        }
        // What needs a person comes first: the rest, time may mend.
        Ok(match failures {
            _ if self.needs_a_person => Exit::Findings,
            0 => Exit::Done,
            _ => Exit::Failed,
        })
    }

    /// Formats the counts: "3 grants: 2 refreshed, 1 fresh".
    fn line(&self) -> String {
        let fresh = name_of(RefreshClass::Fresh);
        let kept =
            |(name, count)| (name, if name == fresh { count - self.expiring } else { count });
        let expiring = std::iter::once((Health::Expiring.name(), self.expiring));
        let results: Vec<_> = self
            .classes()
            .map(kept)
            .chain(expiring)
            .filter(|(_, count)| *count > 0)
            .map(|(class, count)| format!("{count} {class}"))
            .collect();
        match self.counts.iter().sum() {
            0 => "there is no grant".to_owned(),
            total => format!("{}: {}", count(total, "grant"), results.join(", ")),
        }
    }
}
