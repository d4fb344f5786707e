//! `xreq reseal`: every record, sealed to the recipients of now and signed.

use serde_json::json;

use super::way;
use crate::app::context::Context;
use crate::app::resealing;
use crate::app::resealing::Resealing;
use crate::app::setup::Subject;
use crate::cli::Reseal;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::store::{RecordName, SealState};
use crate::terminal::Terminal;
use crate::text::layout::Layout;

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Reseal, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let resealing = if args.check || args.dry_run {
        resealing::survey(context)?
    } else {
        resealing::reseal(context)?
    };
    tell(&resealing, args, terminal)?;
    if args.format == Format::Text && !args.check && !args.dry_run {
        way::tell_missing(&Subject::default(), context, terminal);
    }
    Ok(match resealing.failed.first() {
        Some((_, error)) => error.code().exit(),
        None if args.check && !resealing.due.is_empty() => Exit::Findings,
        None => Exit::Done,
    })
}

fn tell(resealing: &Resealing, args: &Reseal, terminal: &Terminal) -> Result<()> {
    let Resealing { resealed, due, current, is_closed, failed, rescued } = resealing;
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
        let names = |records: &[(RecordName, SealState)]| {
            records.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>()
        };
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
    let mut layout = Layout::default();
    for (name, seal) in due {
        let why = match seal {
            SealState::Foreign => "not signed by a trusted writer",
            _ => "not sealed to the recipients of now",
        };
        layout.line(0, format!("{name}: {why}"));
    }
    for (name, seal) in resealed {
        let before = match seal {
            SealState::Foreign => ", which no trusted writer had signed",
            _ => "",
        };
        layout.line(0, format!("resealed {name}{before}"));
    }
    let done = if is_look { due.len() } else { resealed.len() };
    let verb = if is_look { "to reseal" } else { "resealed" };
    layout.line(0, format!("{done} {verb}, {current} current, {} failed", failed.len()));
    terminal.show(&layout)?;
    if args.check && !due.is_empty() {
        terminal.note("`xreq reseal` seals them to the recipients of now, and signs them");
    }
    if *is_closed {
        terminal.note(
            "from now on, records of others than the writers that `xreq writer list` shows are refused \
             on this machine",
        );
    }
    if resealed.iter().any(|(_, seal)| *seal == SealState::Other) {
        terminal.note(
            "copies of the old records still open with the old keys: where a recipient was removed, \
             get new tokens with `xreq refresh --all --force`, connect anew what has no refresh \
             token, and replace secrets and client secrets",
        );
    }
    Ok(())
}
