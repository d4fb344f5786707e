//! `xreq run`: the verdict, the environment, the launch.
//!
//! This is on everybody's hot path: if no token is about to expire, nothing here starts a runtime or a
//! thread, compiles a schema, lists a folder where a name is known, or parses operations that it does
//! not need.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use jiff::SignedDuration;

use super::way;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::delivery::Ways;
use crate::app::isolation::{self, IsolationOptions};
use crate::app::launch::{Brokering, Launch, LaunchOptions, OnDead, Questions, Supervision};
use crate::app::manifest_source::LoadedManifest;
use crate::app::preflight::record_failure;
use crate::app::refresh_needed::{InProcess, Renewer};
use crate::app::sandbox_grants;
use crate::app::supervised_run;
use crate::broker::doors::Doors;
use crate::broker::egress_settings::{EgressDefault, EgressSettings};
use crate::cli::{self, Isolation, Run, Staying};
use crate::error::wording::advice;
use crate::error::{Exit, Result};
use crate::launch::environment::{Plan, Value};
use crate::terminal::Terminal;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::redact::redact;
use crate::text::time::in_words;

pub(super) fn run(args: Run, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let options = LaunchOptions::from(args);
    let launched = launch(&options, context, terminal)
        .inspect_err(|error| record_failure(&options, error, context));
    way::after(launched, &options, context, terminal)
}

fn launch(options: &LaunchOptions, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let declared = LoadedManifest::find(options.manifest.as_deref(), context)?;
    let catalog = Arc::new(context.catalog_by(context.config()?, &options.catalog)?);
    let needs = declared.needs(&catalog, context)?;
    let launch = Launch { options, context, catalog: &catalog, declared: &declared, needs: &needs };
    if options.supervision.is_wanted() && !options.dry_run {
        return supervised_run::run(launch, &catalog);
    }
    let mut here = InProcess::new(context, &catalog);
    if !options.dry_run {
        let ready = launch.ready(&mut here)?;
        ready.tell_of_sandbox()?;
        return Err(ready.start());
    }
    let mut preflight = launch.preflight(&mut here)?;
    let channels = supervised_run::preview(launch, &mut preflight)?;
    let mut plan = preflight.plan(|| here.identities(preflight.stored.store()), channels)?;
    if options.supervision.isolation.is_some() {
        isolation::point_inside(&mut plan);
    }
    preflight.preview(&plan)?;
    if options.supervision.broker.is_none() {
        sandbox_grants::tell(&preflight, context)?;
    }
    let mut layout = show(&plan, &options.command);
    show_ways(&mut layout, launch)?;
    if let Some(egress) = launch.egress()? {
        layout.line(2, format!("other hosts: {egress}"));
    }
    show_questions(&mut layout, options);
    terminal.show(&layout)?;
    Ok(Exit::Done)
}

impl From<Run> for LaunchOptions {
    fn from(args: Run) -> Self {
        Self {
            criteria: Criteria::from(&args.against),
            manifest: args.manifest.path,
            catalog: args.catalog.files,
            pristine: args.pristine,
            dry_run: args.dry_run,
            command: args.command,
            supervision: supervision(args.staying, args.isolation),
        }
    }
}

fn supervision(args: Staying, isolation: Isolation) -> Supervision {
    let Isolation { isolate, writable, allow_unix_sockets } = isolation;
    Supervision {
        keep_fresh: args.keep_fresh,
        deliver: args.deliver,
        on_refresh: args.on_refresh,
        grace: args.grace.unsigned_abs(),
        on_dead: match args.on_dead {
            cli::OnDead::Exit => OnDead::Exit,
            cli::OnDead::Wait => OnDead::Wait,
        },
        redact: args.redact,
        // An isolated agent has a broker in any case.
        broker: (args.broker || isolate).then(|| brokering(args.brokering, Doors::of_run())),
        isolation: isolate
            .then_some(IsolationOptions { writable, unix_sockets: allow_unix_sockets }),
    }
}

/// Returns the options of a broker.
pub(super) fn brokering(args: cli::Brokering, doors: Doors) -> Brokering {
    let default = args.egress.map(|others| match others {
        cli::Egress::Allow => EgressDefault::Allow,
        cli::Egress::Deny => EgressDefault::Deny,
    });
    Brokering {
        doors,
        egress: EgressSettings { default, hosts: args.egress_hosts },
        read_only: args.read_only,
        limits: args.limits,
        limit_log: args.limit_log.map(|path| std::path::absolute(&path).unwrap_or(path)),
        questions: Questions {
            keys: args.asks,
            wait: args.ask_wait.unsigned_abs(),
            timeout: args.ask_timeout.unsigned_abs(),
        },
    }
}

/// Lays out the plan. Values that may not be shown are replaced by their length.
fn show(plan: &Plan, command: &[OsString]) -> Layout {
    let command: Vec<_> = command.iter().map(|word| quoted(word)).collect();
    let mut layout = Layout::default();
    let command = redact(&command.join(" ")).into_owned();
    layout.line(0, Phrase::from("would launch: ").then(Style::Strong, &command));
    let set = plan.set.iter().map(|variable| {
        let value = match &variable.value {
            Value::Public(value) => value.clone(),
            Value::Secret(_) => format!("<hidden, {} bytes>", variable.value.reveal().len()),
        };
        let name = Phrase::new(Style::Strong, &variable.name);
        let rest = format!("={value}  ({})", variable.origin);
        ("set".into(), name.then(Style::Plain, &rest))
    });
    let removed = plan.removed.iter().map(|removed| {
        let name = Phrase::new(Style::Strong, &quoted(&removed.name));
        ("remove".into(), name.then(Style::Plain, &format!("  ({})", advice(&removed.reason))))
    });
    let inherited = format!("{} other variables", plan.inherited.len());
    let rows = set.chain(removed).chain([("inherit".into(), inherited.into())]);
    layout.definitions(2, 0, rows.collect::<Vec<_>>());
    layout
}

/// Adds the ways in which the agent gets tokens while it lives, if there are any or the manifest
/// has some, and no broker keeps them.
fn show_ways(layout: &mut Layout, launch: Launch<'_>) -> Result<()> {
    let Launch { options, declared, context, .. } = launch;
    if options.supervision.broker.is_some() {
        return Ok(());
    }
    let keeps_fresh = options.supervision.keep_fresh;
    let stated = &declared.requirements;
    if keeps_fresh || !stated.delivery.is_empty() || stated.on_refresh.is_some() {
        for line in Ways::of(launch)?.shown(declared, context, keeps_fresh) {
            layout.line(2, redact(&advice(&line)).into_owned());
        }
    }
    Ok(())
}

/// Adds the keys that a person is asked about.
fn show_questions(layout: &mut Layout, options: &LaunchOptions) {
    let Some(broker) = &options.supervision.broker else { return };
    let Questions { keys, timeout, .. } = &broker.questions;
    let timeout = SignedDuration::try_from(*timeout).map(in_words).unwrap_or_default();
    for key in keys {
        let waits = format!("{key}  (each call waits for an approval, {timeout} at most)");
        layout.line(2, Phrase::from("ask     ").then(Style::Strong, &waits));
    }
}

/// Returns a word as it is, or in quotes and with escapes if it would be misread otherwise.
fn quoted(word: &OsStr) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\';
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(odd) { format!("{word:?}") } else { word.into_owned() }
}
