//! `xreq run` that stays: the agent's parent, which keeps its tokens fresh, hands them over, and hides
//! secrets in what it prints.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::delivery::Ways;
use crate::app::output_redaction::Hiding;
use crate::app::preflight::{Cleared, Launch};
use crate::app::refresh_needed::Renew;
use crate::audit_log;
use crate::audit_log::{Audit, Entry, Party};
use crate::catalog::{Catalog, Provider};
use crate::cli::{OnDead, Run};
use crate::credential::freshness::Want;
use crate::error::{Error, Exit, Result};
use crate::launch::deliver::endpoint::Endpoint;
use crate::launch::deliver::file::{Runtime, TokenFiles};
use crate::launch::delivery::{Delivery, OnRefresh};
use crate::launch::environment::{Channels, Plan};
use crate::launch::supervise::{
    Options, Order, Orders, Provision, Purpose, Supervisor, arguments_of_itself,
};
use crate::refresh::agent;
use crate::refresh::agent::{Event, Holding, Kept, Upkeep};
use crate::refresh::live_token::Live;
use crate::refresh::worker::Workers;
use crate::store::{GrantName, Identities};
use crate::terminal::{Terminal, while_waiting};

/// Launches the agent, stays as its parent, and ends as it does.
pub(crate) fn run(launch: Launch<'_>, catalog: &Arc<Catalog>) -> Result<Exit> {
    let Launch { args, context, .. } = launch;
    if args.staying.keep_fresh {
        context.needs_lasting_identity()?;
        Runtime::sweep(&context.env, &context.home()?);
    }
    let ways = Ways::of(launch)?;
    if args.staying.keep_fresh {
        ways.refuse_untrusted(launch.declared, context)?;
        if let Some(warning) = ways.warning() {
            context.terminal.warn(warning);
        }
    }
    let mut apart = Apart::new(args, context);
    let (cleared, identities) = apart.clear(launch)?;
    // Its signals are everybody's: no thread may be there before it.
    let grace = args.staying.grace.unsigned_abs();
    let hiding = args.staying.redact.then(|| Arc::new(Hiding::new()));
    let filter = hiding.as_ref().map(|hiding| hiding.filter());
    let restarts = ways.on_refresh == OnRefresh::Restart;
    let supervisor = Supervisor::begin(Options { grace, filter, restarts })?;
    apart.is_supervised = true;
    let handed = if args.staying.keep_fresh && !cleared.serving().is_empty() {
        let kept = kept(&cleared, identities.as_ref().expect("there is a grant to open"), &ways)?;
        let options = agent::Options {
            store: context.store()?,
            catalog: Arc::clone(catalog),
            workers: apart.workers(),
            holding: ways.holding(),
            older_than: None,
        };
        Some(Handed::begin(kept, options, &ways, launch, supervisor.orders(), hiding.clone())?)
    } else {
        None
    };
    let mut supply = Supply { launch, ways, handed, hiding, first: Some((cleared, identities)) };
    let ended = supervisor.supervise(&args.command, &mut supply)?;
    drop(supply);
    Ok(if ended.ordered { Exit::NotLaunched } else { ended.end.pass_on() })
}

/// The ways in which an agent would get tokens, as `--dry-run` shows them.
pub(crate) fn preview(launch: Launch<'_>, cleared: &Cleared<'_>) -> Result<Channels> {
    if !launch.args.staying.keep_fresh || cleared.serving().is_empty() {
        return Ok(Channels::default());
    }
    let ways = Ways::of(launch)?;
    if let Some(warning) = ways.warning() {
        launch.context.terminal.warn(warning);
    }
    let files = cleared.serving().into_iter().filter(|_| ways.has(Delivery::File));
    let file = |slug: &String| PathBuf::from(format!("<folder of the launch>/{slug}.token"));
    Ok(Channels {
        by_variable: ways.has(Delivery::Env),
        files: files.map(|(provider, _)| (provider.slug.clone(), file(&provider.slug))).collect(),
        endpoint: ways
            .has(Delivery::Endpoint)
            .then(|| ("http://127.0.0.1:<port>".to_owned(), "<made for the launch>".into())),
    })
}

/// What the agent gets, at its launch and later.
struct Supply<'a> {
    launch: Launch<'a>,
    ways: Ways,
    handed: Option<Handed>,
    hiding: Option<Arc<Hiding>>,
    /// What the launch was cleared with.
    first: Option<(Cleared<'a>, Option<Identities>)>,
}

impl Provision for Supply<'_> {
    fn plan(&mut self, purpose: Purpose) -> Result<Plan> {
        let Launch { context, .. } = self.launch;
        let (cleared, identities) = if let Some(first) = self.first.take() {
            first
        } else {
            let cleared = self.launch.again()?;
            if purpose == Purpose::Restart {
                cleared.is_still_met()?;
            }
            (cleared, None)
        };
        let channels = self
            .handed
            .as_ref()
            .map_or_else(Channels::default, |handed| handed.channels(&self.ways, &cleared));
        let load = || context.identities(cleared.stored.store());
        let plan = cleared.plan(|| identities.map_or_else(load, Ok), channels)?;
        if purpose == Purpose::Launch {
            context.warn_of_removed(&plan);
        }
        match (purpose, &self.hiding) {
            (Purpose::Launch | Purpose::Restart, Some(hiding)) => {
                hiding.launch(&plan, &context.terminal);
            }
            (Purpose::Command, Some(hiding)) => hiding.beside(&plan),
            (_, None) => {}
        }
        cleared.record(match purpose {
            Purpose::Launch => audit_log::Event::Launch,
            Purpose::Restart => audit_log::Event::Restart,
            Purpose::Command => audit_log::Event::Command,
        })?;
        Ok(plan)
    }

    fn warn(&mut self, error: &Error) {
        self.launch.context.terminal.warn_of(error);
    }
}

/// What hands new tokens over, for as long as this is there.
struct Handed {
    files: Option<Arc<TokenFiles>>,
    endpoint: Option<Endpoint>,
    _upkeep: Upkeep,
}

impl Handed {
    fn begin(
        kept: Vec<Kept>,
        options: agent::Options,
        ways: &Ways,
        Launch { args, context, .. }: Launch<'_>,
        orders: Orders,
        hiding: Option<Arc<Hiding>>,
    ) -> Result<Self> {
        if let Some(hiding) = &hiding {
            for Kept { name, live } in &kept {
                if let Some(live) = live {
                    hiding.arrived(name, &live.access_token);
                }
            }
        }
        let files = ways.has(Delivery::File).then(|| -> Result<_> {
            let runtime = Runtime::of(&context.env, &context.home()?)?;
            let files = TokenFiles::begin(runtime)?;
            for Kept { name, live } in &kept {
                let live = live.as_ref().expect("tokens are held where they are handed over");
                files.write(name.provider.as_str(), live)?;
            }
            Ok(Arc::new(files))
        });
        let files = files.transpose()?;
        let teller = Teller {
            terminal: context.terminal.clone(),
            audit: context.audit()?,
            files: files.clone(),
            hiding,
            orders,
            on_refresh: ways.on_refresh.clone(),
            on_dead: args.staying.on_dead,
        };
        let upkeep = Upkeep::start(kept, options, move |event| teller.tell(event))?;
        let endpoint =
            ways.has(Delivery::Endpoint).then(|| Endpoint::start(upkeep.tokens())).transpose()?;
        Ok(Self { files, endpoint, _upkeep: upkeep })
    }

    fn channels(&self, ways: &Ways, cleared: &Cleared<'_>) -> Channels {
        let path = |files: &Arc<TokenFiles>| {
            let serving = cleared.serving().into_iter();
            serving
                .map(|(provider, _)| (provider.slug.clone(), files.path(&provider.slug)))
                .collect()
        };
        Channels {
            by_variable: ways.has(Delivery::Env),
            files: self.files.as_ref().map(path).unwrap_or_default(),
            endpoint: self
                .endpoint
                .as_ref()
                .map(|endpoint| (endpoint.url(), endpoint.token().clone())),
        }
    }
}

/// The grants that the agent uses, with their tokens where those are handed over.
fn kept(cleared: &Cleared<'_>, identities: &Identities, ways: &Ways) -> Result<Vec<Kept>> {
    let kept = cleared.serving().into_iter().map(|(_, sealed)| {
        let metadata = &sealed.metadata;
        let live = match ways.holding() {
            Holding::Tokens => Some(Live {
                access_token: sealed.access_token(identities)?,
                expires_at: metadata.expires_at,
                scopes: metadata.scopes.clone(),
            }),
            Holding::Metadata => None,
        };
        let (provider, account) = (metadata.provider.clone(), metadata.account.clone());
        Ok(Kept { name: GrantName::grant(provider, account), live })
    });
    kept.collect()
}

/// Tells people and the agent what became of a grant.
struct Teller {
    terminal: Terminal,
    audit: Option<Audit>,
    files: Option<Arc<TokenFiles>>,
    hiding: Option<Arc<Hiding>>,
    orders: Orders,
    on_refresh: OnRefresh,
    on_dead: OnDead,
}

impl Teller {
    /// Fails where the agent does not get a token that has arrived.
    fn tell(&self, event: Event) -> Result<()> {
        match event {
            Event::Arrived(name, live) => {
                if let Some(hiding) = &self.hiding {
                    hiding.arrived(&name, &live.access_token);
                }
                let written = self.write(&name, &live);
                if let Err(error) = self.record(&name, &live) {
                    self.terminal.warn_of(&error);
                }
                return written;
            }
            Event::Refreshed(name) => self.agent(&name, "refreshed"),
            Event::Failing(_, error) => self.terminal.warn_of(&error),
            Event::Dead(name, error) => {
                self.terminal.report(&error);
                match self.on_dead {
                    OnDead::Exit => self.orders.give(Order::End),
                    OnDead::Wait if self.on_refresh == OnRefresh::Restart => {}
                    OnDead::Wait => self.agent(&name, "dead"),
                }
            }
            Event::Recovered(name) => self.terminal.note(&format!("{name} is fresh again")),
        }
        Ok(())
    }

    fn write(&self, name: &GrantName, live: &Live) -> Result<()> {
        self.files.as_ref().map_or(Ok(()), |files| files.write(name.provider.as_str(), live))
    }

    fn record(&self, name: &GrantName, live: &Live) -> Result<()> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let party =
            audit.with_token(Party::named(name).with_scopes(&live.scopes), &live.access_token)?;
        audit
            .append(&Entry::done(audit_log::Event::Delivery).with_grants([party]), Timestamp::now())
    }

    fn agent(&self, name: &GrantName, event: &'static str) {
        self.orders.give(match &self.on_refresh {
            OnRefresh::None => return,
            OnRefresh::Restart => Order::Restart,
            OnRefresh::Signal(number) => Order::Signal(*number),
            OnRefresh::Exec(command) => {
                let provider = name.provider.to_string();
                Order::Exec { command: command.clone(), event, provider }
            }
        });
    }
}

/// Another process of xreq, for each refresh: no keys, and no tokens that are on their way to the disk,
/// are in a process that lives for weeks.
struct Apart<'a> {
    args: &'a Run,
    context: &'a Context,
    identities: Option<Identities>,
    /// Whether there is a parent of an agent, which waits for all children.
    is_supervised: bool,
}

impl<'a> Apart<'a> {
    fn new(args: &'a Run, context: &'a Context) -> Self {
        Self { args, context, identities: None, is_supervised: false }
    }

    /// A launch that nothing speaks against now, and the identities that open what it needs, if it
    /// needs any.
    fn clear(&mut self, launch: Launch<'a>) -> Result<(Cleared<'a>, Option<Identities>)> {
        let cleared = launch.clear(self)?;
        let identities = match self.identities.take() {
            None if cleared.has_something_to_open() => {
                Some(self.context.identities(cleared.stored.store())?)
            }
            loaded => loaded,
        };
        Ok((cleared, identities))
    }

    /// What does the work.
    fn workers(&self) -> Workers {
        let passphrase = self.context.passphrase.passphrase().cloned();
        let workers = Workers::new(self.args.catalog.files.clone(), passphrase);
        let workers = workers.trusting(self.context.trust.owners());
        if self.is_supervised { workers.supervised(arguments_of_itself()) } else { workers }
    }
}

impl Renew for Apart<'_> {
    /// Who has to type a passphrase does it now: it is given to the workers.
    fn begin(&mut self) -> Result<()> {
        self.identities = Some(self.context.identities(&self.context.store()?)?);
        Ok(())
    }

    fn renew(&mut self, _: &Provider, name: &GrantName, want: Want) -> Result<()> {
        while_waiting(&format!("refreshing {name}"), || self.workers().refresh(name, want))
            .map(|_| ())
    }
}
