//! `xreq run` that stays: the agent's parent, which keeps its tokens fresh, hands them over, and hides
//! secrets in what it prints.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::brokered_asking;
use crate::app::brokered_run;
use crate::app::brokered_run::BrokeredRun;
use crate::app::by_worker::ByWorker;
use crate::app::delivery::Ways;
use crate::app::isolation;
use crate::app::launch::{Launch, OnDead};
use crate::app::output_redaction::Redaction;
use crate::app::preflight::Preflight;
use crate::app::reporter::Reporter;
use crate::app::sandbox_grants;
use crate::audit_log;
use crate::audit_log::{Audit, LogEntry, Party};
use crate::catalog::Catalog;
use crate::error::{Error, Exit, Result};
use crate::http::server::Background;
use crate::launch::deliver::endpoint;
use crate::launch::deliver::endpoint::Endpoint;
use crate::launch::deliver::file::TokenFiles;
use crate::launch::delivery::{Delivery, OnRefresh};
use crate::launch::environment::{Channels, Plan};
use crate::launch::filter::Filter;
use crate::launch::isolate::Confinement;
use crate::launch::supervise::{Options, Order, Orders, Provision, Purpose, Supervisor};
use crate::refresh::agent;
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::{GrantEvent, Holding, KeptGrant, Upkeep};
use crate::store::{CredentialId, Identities, SealedGrant};
use crate::sys::runtime_folder::Runtime;

/// Launches the agent, stays as its parent, and ends as it does.
pub(crate) fn run(launch: Launch<'_>, catalog: &Arc<Catalog>) -> Result<Exit> {
    let Launch { options: asked, context, .. } = launch;
    let supervision = &asked.supervision;
    // A broker keeps its tokens fresh itself, and hands none over.
    let keeps_fresh = supervision.keep_fresh && supervision.broker.is_none();
    if supervision.keep_fresh || supervision.broker.is_some() {
        context.needs_lasting_identity()?;
        Runtime::sweep(&context.env, &context.home()?);
    }
    let ways = Ways::of(launch)?;
    if keeps_fresh {
        ways.refuse_untrusted(launch.declared, context)?;
        if let Some(warning) = ways.warning() {
            context.reporter.warning(warning);
        }
    }
    let isolation = supervision.isolation.as_ref();
    let isolated = isolation.map(|asked| isolation::confinement(launch, asked)).transpose()?;
    let (mut confinement, absent) = isolated.unzip();
    let mut apart = ByWorker::new(asked, context);
    let (mut cleared, identities) = apart.clear(launch)?;
    if let Some(confinement) = &mut confinement {
        isolation::cover_sources(confinement, &cleared.serving())?;
    }
    if supervision.broker.is_none() {
        sandbox_grants::tell(&cleared, context)?;
    }
    // Its signals are everybody's: no thread may be there before it.
    let grace = supervision.grace;
    let hiding = supervision.redact.then(|| Arc::new(Redaction::new()));
    let hidden = hiding.as_ref().map(|hiding| hiding.filter());
    // Without a filter, an isolated agent would have the streams themselves.
    let filter = hidden.or_else(|| confinement.is_some().then(|| Arc::new(Filter::new([]))));
    let restarts = keeps_fresh && ways.on_refresh == OnRefresh::Restart;
    let supervisor = Supervisor::begin(Options { grace, filter, restarts })?;
    apart.is_supervised = true;
    let handed = if keeps_fresh && !cleared.expiring().is_empty() {
        let kept = kept(&cleared, identities.as_ref().expect("there is a grant to open"), &ways)?;
        let options = agent::Options {
            store: context.store()?,
            catalog: Arc::clone(catalog),
            workers: apart.workers(),
            holding: ways.holding(),
            older_than: None,
        };
        Some(Handover::begin(kept, options, &ways, launch, supervisor.orders(), hiding.clone())?)
    } else {
        None
    };
    let broker = supervision.broker.as_ref();
    let broker = broker
        .map(|brokering| {
            let orders = supervisor.orders();
            BrokeredRun::begin(&cleared, brokering, launch, move || orders.give(Order::End))
        })
        .transpose()?;
    if let (Some(broker), Some(hiding)) = (&broker, &hiding) {
        hiding.filter().add([broker.password()]);
    }
    cleared.brokered = broker.as_ref().map(|broker| Arc::clone(broker.authority()));
    let first = Some((cleared, identities));
    let mut supply = Supply { launch, ways, handed, broker, confinement, hiding, first };
    let ended = supervisor.supervise(&asked.command, &mut supply);
    if let Some(absent) = absent {
        absent.move_aside(&*context.reporter);
    }
    let ended = ended?;
    let note = supply.broker.take().and_then(BrokeredRun::end);
    if let Some(note) = note.filter(|_| ended.end.is_failure()) {
        context.reporter.note(note);
    }
    drop(supply);
    Ok(if ended.ordered { Exit::NotLaunched } else { ended.end.pass_on() })
}

/// Returns the ways in which an agent would get tokens, as `--dry-run` shows them.
pub(crate) fn preview(launch: Launch<'_>, cleared: &mut Preflight<'_>) -> Result<Channels> {
    if let Some(brokering) = &launch.options.supervision.broker {
        brokered_asking::of(&brokering.questions, launch.catalog)?;
        let isolation = launch.options.supervision.isolation.as_ref();
        return brokered_run::preview(cleared, launch.catalog, isolation);
    }
    if !launch.options.supervision.keep_fresh || cleared.expiring().is_empty() {
        return Ok(Channels::default());
    }
    let ways = Ways::of(launch)?;
    if let Some(warning) = ways.warning() {
        launch.context.reporter.warning(warning);
    }
    let files = cleared.expiring().into_iter().filter(|_| ways.has(Delivery::File));
    let file = |grant: &SealedGrant| {
        PathBuf::from(format!("<folder of the launch>/{}.token", grant.metadata.provider))
    };
    Ok(Channels {
        by_variable: ways.has(Delivery::Env),
        files: files.map(|(_, grant)| (grant.metadata.id(), file(grant))).collect(),
        endpoint: ways
            .has(Delivery::Endpoint)
            .then(|| ("http://127.0.0.1:<port>".to_owned(), "<made for the launch>".into())),
        broker: None,
    })
}

/// The supply of the agent, at its launch and later.
struct Supply<'a> {
    launch: Launch<'a>,
    ways: Ways,
    handed: Option<Handover>,
    broker: Option<BrokeredRun>,
    /// The confinement of the agent, but for the ways to the broker.
    confinement: Option<Confinement>,
    hiding: Option<Arc<Redaction>>,
    /// Preflight that the launch passed, with the identities.
    first: Option<(Preflight<'a>, Option<Arc<Identities>>)>,
}

impl Provision for Supply<'_> {
    fn plan(&mut self, purpose: Purpose) -> Result<Plan> {
        let Launch { context, .. } = self.launch;
        let (cleared, identities) = if let Some(first) = self.first.take() {
            first
        } else {
            let mut cleared = self.launch.again()?;
            cleared.brokered = self.broker.as_ref().map(|broker| Arc::clone(broker.authority()));
            if purpose == Purpose::Restart {
                cleared.is_still_met()?;
            }
            (cleared, None)
        };
        let channels = self
            .handed
            .as_ref()
            .map_or_else(Channels::default, |handed| handed.channels(&self.ways, &cleared));
        // A command beside the agent is outside.
        let isolation = self.launch.options.supervision.isolation.as_ref();
        let inside = isolation.filter(|_| purpose != Purpose::Command);
        let broker = self.broker.as_ref().map(|broker| match inside {
            Some(options) => broker.channel_inside(options),
            None => broker.channel(),
        });
        let channels = Channels { broker, ..channels };
        let load = || context.identities(cleared.stored.store());
        let mut plan = cleared.plan(|| identities.map_or_else(load, Ok), channels)?;
        if inside.is_some() {
            isolation::point_inside(&mut plan);
        }
        if purpose == Purpose::Launch {
            cleared.tell(&plan)?;
        }
        match (purpose, &self.hiding) {
            (Purpose::Launch | Purpose::Restart, Some(hiding)) => {
                hiding.launch(&plan, &*context.reporter);
            }
            (Purpose::Command, Some(hiding)) => hiding.beside(&plan),
            (_, None) => {}
        }
        cleared.record(match purpose {
            Purpose::Launch => audit_log::LoggedEvent::Launch,
            Purpose::Restart => audit_log::LoggedEvent::Restart,
            Purpose::Command => audit_log::LoggedEvent::Command,
        })?;
        Ok(plan)
    }

    fn confinement(&mut self) -> Option<Confinement> {
        let mut confinement = self.confinement.clone()?;
        if let Some((port, certificates)) = self.broker.as_ref().and_then(BrokeredRun::places) {
            confinement.ports.push(port);
            confinement.shown.extend(certificates.parent().and_then(|at| at.canonicalize().ok()));
        }
        Some(confinement)
    }

    fn listen(&mut self, listeners: Vec<OwnedFd>) -> Result<()> {
        self.broker.as_ref().map_or(Ok(()), |broker| broker.listen(&listeners))
    }

    fn warn(&mut self, error: &Error) {
        self.launch.context.reporter.mishap(error);
    }
}

/// Hands new tokens over, for as long as this is there.
struct Handover {
    files: Option<Arc<TokenFiles>>,
    endpoint: Option<Endpoint>,
    /// It runs the endpoint, which ends before it.
    _background: Option<Background>,
    _upkeep: Upkeep,
}

impl Handover {
    fn begin(
        kept: Vec<KeptGrant>,
        options: agent::Options,
        ways: &Ways,
        Launch { options: asked, context, .. }: Launch<'_>,
        orders: Orders,
        hiding: Option<Arc<Redaction>>,
    ) -> Result<Self> {
        if let Some(hiding) = &hiding {
            for KeptGrant { name, live } in &kept {
                if let Some(live) = live {
                    hiding.arrived(name, &live.access_token);
                }
            }
        }
        let files = ways.has(Delivery::File).then(|| -> Result<_> {
            let runtime = Runtime::of(&context.env, &context.home()?)?;
            let files = TokenFiles::begin(runtime)?;
            for KeptGrant { name, live } in &kept {
                let live = live.as_ref().expect("tokens are held where they are handed over");
                files.write(name, live)?;
            }
            Ok(Arc::new(files))
        });
        let files = files.transpose()?;
        let teller = Teller {
            reporter: Arc::clone(&context.reporter),
            audit: context.audit()?,
            files: files.clone(),
            hiding,
            orders,
            on_refresh: ways.on_refresh.clone(),
            on_dead: asked.supervision.on_dead,
        };
        let upkeep = Upkeep::start(kept, options, move |event| teller.tell(event))?;
        let background = ways.has(Delivery::Endpoint).then(|| Background::start("endpoint"));
        let background = background.transpose().map_err(|error| endpoint::unavailable(&error))?;
        let endpoint = background
            .as_ref()
            .map(|background| Endpoint::start(background.handle(), upkeep.tokens()));
        let endpoint = endpoint.transpose()?;
        Ok(Self { files, endpoint, _background: background, _upkeep: upkeep })
    }

    fn channels(&self, ways: &Ways, cleared: &Preflight<'_>) -> Channels {
        let path = |files: &Arc<TokenFiles>| {
            let serving = cleared.expiring().into_iter();
            serving
                .map(|(_, grant)| {
                    let id = grant.metadata.id();
                    let path = files.path(&id);
                    (id, path)
                })
                .collect()
        };
        Channels {
            by_variable: ways.has(Delivery::Env),
            files: self.files.as_ref().map(path).unwrap_or_default(),
            endpoint: self
                .endpoint
                .as_ref()
                .map(|endpoint| (endpoint.url(), endpoint.token().clone())),
            broker: None,
        }
    }
}

/// Returns the grants that the agent uses, with their tokens if those are handed over.
fn kept(cleared: &Preflight<'_>, identities: &Identities, ways: &Ways) -> Result<Vec<KeptGrant>> {
    let kept = cleared.expiring().into_iter().map(|(_, sealed)| {
        let metadata = &sealed.metadata;
        let live = match ways.holding() {
            Holding::Tokens => Some(Live {
                access_token: sealed.access_token(identities)?,
                expires_at: metadata.expires_at,
                scopes: metadata.scopes.clone(),
            }),
            Holding::Metadata => None,
        };
        Ok(KeptGrant { name: metadata.id(), live })
    });
    kept.collect()
}

/// Tells people and the agent what became of a grant.
struct Teller {
    reporter: Arc<dyn Reporter>,
    audit: Option<Audit>,
    files: Option<Arc<TokenFiles>>,
    hiding: Option<Arc<Redaction>>,
    orders: Orders,
    on_refresh: OnRefresh,
    on_dead: OnDead,
}

impl Teller {
    /// Fails if the agent does not get a token that has arrived.
    fn tell(&self, event: GrantEvent) -> Result<()> {
        match event {
            GrantEvent::Arrived(name, live) => {
                if let Some(hiding) = &self.hiding {
                    hiding.arrived(&name, &live.access_token);
                }
                let written = self.write(&name, &live);
                if let Err(error) = self.record(&name, &live) {
                    self.reporter.mishap(&error);
                }
                return written;
            }
            GrantEvent::Refreshed(name) => self.agent(&name, "refreshed"),
            GrantEvent::Failing(_, error) => self.reporter.mishap(&error),
            GrantEvent::Dead(name, error) => {
                self.reporter.failure(&error);
                match self.on_dead {
                    OnDead::Exit => self.orders.give(Order::End),
                    OnDead::Wait if self.on_refresh == OnRefresh::Restart => {}
                    OnDead::Wait => self.agent(&name, "dead"),
                }
            }
            GrantEvent::Recovered(name) => {
                self.reporter.note(format!("{name} is fresh again").into());
            }
        }
        Ok(())
    }

    fn write(&self, name: &CredentialId, live: &Live) -> Result<()> {
        self.files.as_ref().map_or(Ok(()), |files| files.write(name, live))
    }

    fn record(&self, name: &CredentialId, live: &Live) -> Result<()> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let party =
            audit.with_token(Party::named(name).with_scopes(&live.scopes), &live.access_token)?;
        audit.append(
            &LogEntry::done(audit_log::LoggedEvent::Delivery).with_grants([party]),
            Timestamp::now(),
        )
    }

    fn agent(&self, name: &CredentialId, event: &'static str) {
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
