//! `xreq run`: the verdict, the environment, the launch.
//!
//! This is on everybody's hot path: if no token is about to expire, nothing here starts a runtime or a
//! thread, compiles a schema, lists a folder where a name is known, or parses operations that it does
//! not need.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::sync::Arc;

use super::way;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::delivery::Ways;
use crate::app::launch::{Launch, LaunchOptions, OnDead, Supervision};
use crate::app::manifest_source::Declared;
use crate::app::preflight::record_failure;
use crate::app::refresh_needed::{InProcess, Renewer};
use crate::app::setup::Subject;
use crate::app::supervised_run;
use crate::cli::{self, Run, Staying};
use crate::error::{Exit, Result};
use crate::launch::environment::{Plan, Value};
use crate::terminal::Terminal;
use crate::text::redact::redact;

pub(super) fn run(args: Run, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let options = LaunchOptions::from(args);
    let launched = launch(&options, context, terminal)
        .inspect_err(|error| record_failure(&options, error, context));
    match launched {
        Err(error) if way::leads_on(&error) => {
            terminal.report(&error);
            way::show(&Subject::from(&options), context, terminal);
            Ok(error.code().exit_of_launch())
        }
        launched => launched,
    }
}

fn launch(options: &LaunchOptions, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let declared = Declared::find(options.manifest.as_deref(), context)?;
    let catalog = Arc::new(context.catalog(&options.catalog)?);
    let needs = declared.needs(&catalog, context)?;
    let launch = Launch { options, context, catalog: &catalog, declared: &declared, needs: &needs };
    if options.supervision.is_wanted() && !options.dry_run {
        return supervised_run::run(launch, &catalog);
    }
    let mut here = InProcess::new(context, &catalog);
    if !options.dry_run {
        return Err(launch.ready(&mut here)?.start());
    }
    let preflight = launch.preflight(&mut here)?;
    let channels = supervised_run::preview(launch, &preflight)?;
    let plan = preflight.plan(|| here.identities(preflight.stored.store()), channels)?;
    terminal.print(&(show(&plan, &options.command) + &show_ways(launch)?))?;
    Ok(Exit::Done)
}

impl From<&LaunchOptions> for Subject {
    fn from(options: &LaunchOptions) -> Self {
        Self {
            manifest: options.manifest.clone(),
            catalog: options.catalog.clone(),
            criteria: options.criteria.clone(),
        }
    }
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
            supervision: args.staying.into(),
        }
    }
}

impl From<Staying> for Supervision {
    fn from(args: Staying) -> Self {
        Self {
            keep_fresh: args.keep_fresh,
            deliver: args.deliver,
            on_refresh: args.on_refresh,
            grace: args.grace.unsigned_abs(),
            on_dead: match args.on_dead {
                cli::OnDead::Exit => OnDead::Exit,
                cli::OnDead::Wait => OnDead::Wait,
            },
            redact: args.redact,
        }
    }
}

/// Formats the plan for people. Values that may not be shown are replaced by their length.
fn show(plan: &Plan, command: &[OsString]) -> String {
    let command: Vec<_> = command.iter().map(|word| quoted(word)).collect();
    let mut text = format!("would launch: {}\n", redact(&command.join(" ")));
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for variable in &plan.set {
        let value = match &variable.value {
            Value::Public(value) => value.clone(),
            Value::Secret(_) => format!("<hidden, {} bytes>", variable.value.reveal().len()),
        };
        line(format!("  set     {}={value}  ({})", variable.name, variable.origin));
    }
    for removed in &plan.removed {
        line(format!("  remove  {}  ({})", quoted(&removed.name), removed.reason));
    }
    line(format!("  inherit {} other variables", plan.inherited.len()));
    text
}

/// Describes the ways in which the agent gets tokens while it lives, if there are any or the manifest
/// has some.
fn show_ways(launch: Launch<'_>) -> Result<String> {
    let Launch { options, declared, context, .. } = launch;
    let keeps_fresh = options.supervision.keep_fresh;
    let stated = &declared.requirements;
    if !keeps_fresh && stated.delivery.is_empty() && stated.on_refresh.is_none() {
        return Ok(String::new());
    }
    let lines = Ways::of(launch)?.shown(declared, context, keeps_fresh);
    Ok(redact(&(lines.join("\n") + "\n")).into_owned())
}

/// Returns a word as it is, or in quotes and with escapes if it would be misread otherwise.
fn quoted(word: &OsStr) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\';
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(odd) { format!("{word:?}") } else { word.into_owned() }
}
