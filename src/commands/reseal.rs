//! `xreq reseal`: every record, sealed to the recipients of now.

use serde_json::json;

use crate::app::context::Context;
use crate::app::resealing;
use crate::app::resealing::Resealing;
use crate::cli::Reseal;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::store::RecordName;
use crate::terminal::Terminal;

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Reseal, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let resealing = if args.check || args.dry_run {
        resealing::survey(context)?
    } else {
        resealing::reseal(context)?
    };
    tell(&resealing, args, terminal)?;
    Ok(match resealing.failed.first() {
        Some((_, error)) => error.code().exit(),
        None if args.check && !resealing.due.is_empty() => Exit::Findings,
        None => Exit::Done,
    })
}

fn tell(resealing: &Resealing, args: &Reseal, terminal: &Terminal) -> Result<()> {
    let Resealing { resealed, due, current, failed, rescued } = resealing;
    for (_, error) in failed {
        terminal.report(error);
    }
    for file in rescued {
        terminal.warn(&format!(
            "`{}` may hold tokens that were sealed when the store could not be written: put it back \
             into its place only if you know it, or else remove it",
            file.display()
        ));
    }
    if args.format == Format::Json {
        let names =
            |names: &[RecordName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let failed = failed.iter().map(|(name, error)| {
            let (code, message) = (error.code().name(), error.to_string());
            json!({ "record": name.to_string(), "code": code, "message": message })
        });
        return terminal.print_json(&json!({
            "schema_version": SCHEMA_VERSION,
            "resealed": names(resealed),
            "due": names(due),
            "current": current,
            "failed": failed.collect::<Vec<_>>(),
        }));
    }
    let is_look = args.check || args.dry_run;
    let mut text = String::new();
    for name in due {
        text.push_str(&format!("{name}: not sealed to the recipients of now\n"));
    }
    for name in resealed {
        text.push_str(&format!("resealed {name}\n"));
    }
    let done = if is_look { due.len() } else { resealed.len() };
    let verb = if is_look { "to reseal" } else { "resealed" };
    text.push_str(&format!("{done} {verb}, {current} current, {} failed\n", failed.len()));
    terminal.print(&text)?;
    if args.check && !due.is_empty() {
        terminal.note("`xreq reseal` seals them to the recipients of now");
    }
    if !resealed.is_empty() {
        terminal.note(
            "copies of the old records still open with the old keys: where a recipient was removed, \
             get new tokens with `xreq refresh --all --force`, connect anew what has no refresh \
             token, and replace secrets and client secrets",
        );
    }
    Ok(())
}
