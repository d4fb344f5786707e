//! `xreq run`: the verdict, the environment, the launch.
//!
//! This is on everybody's hot path: where no token is about to expire, nothing here starts a runtime
//! or a thread, compiles a schema, lists a folder where a name is known, or parses operations that it
//! does not need.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::sync::Arc;

use crate::app::context::Context;
use crate::app::delivery::Ways;
use crate::app::manifest_source::Declared;
use crate::app::preflight::{Launch, record_failure};
use crate::app::refresh_needed::Here;
use crate::app::supervised_run;
use crate::audit_log::Event;
use crate::cli::Run;
use crate::error::{Exit, Result};
use crate::launch::environment::{Plan, Value};
use crate::launch::exec;
use crate::text::redact::redact;

pub(super) fn run(args: &Run, context: &Context) -> Result<Exit> {
    launch(args, context).inspect_err(|error| record_failure(args, error, context))
}

fn launch(args: &Run, context: &Context) -> Result<Exit> {
    let declared = Declared::find(args.manifest.path.as_deref(), context)?;
    let catalog = Arc::new(context.catalog(&args.catalog)?);
    let needs = declared.needs(&catalog, context)?;
    let launch = Launch { args, context, catalog: &catalog, declared: &declared, needs: &needs };
    let stays = args.staying.keep_fresh || args.staying.redact;
    if stays && !args.dry_run {
        return supervised_run::run(launch, &catalog);
    }
    let mut here = Here::new(context, &catalog);
    let cleared = launch.clear(&mut here)?;
    let channels = supervised_run::preview(launch, &cleared)?;
    let plan = cleared.plan(|| here.identities(cleared.stored.store()), channels)?;
    if args.dry_run {
        context.terminal.print(&(show(&plan, &args.command) + &show_ways(launch)?))?;
        return Ok(Exit::Done);
    }
    context.warn_of_removed(&plan);
    cleared.record(Event::Launch)?;
    Err(exec::replace_process(&args.command, &plan))
}

/// The plan for people. Values that may not be shown are replaced by their length.
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

/// The ways in which the agent gets tokens while it lives, where there are any or the manifest has
/// some.
fn show_ways(launch: Launch<'_>) -> Result<String> {
    let Launch { args, declared, context, .. } = launch;
    let stated = &declared.requirements;
    if !args.staying.keep_fresh && stated.delivery.is_empty() && stated.on_refresh.is_none() {
        return Ok(String::new());
    }
    let lines = Ways::of(launch)?.shown(declared, context, args.staying.keep_fresh);
    Ok(redact(&(lines.join("\n") + "\n")).into_owned())
}

/// A word as it is, or in quotes and with escapes where it would not be seen for what it is.
fn quoted(word: &OsStr) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\';
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(odd) { format!("{word:?}") } else { word.into_owned() }
}
