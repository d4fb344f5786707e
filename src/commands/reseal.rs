//! `xreq reseal`: every record, sealed to the recipients of now.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::geteuid;
use serde_json::json;

use crate::app::context::Context;
use crate::audit_log::{Entry, Event};
use crate::cli::Reseal;
use crate::error::{Error, Exit, Result};
use crate::findings::Format;
use crate::store::{Identities, RESCUED, Recipients, RecordName, Seal, Store};

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

/// The records, by what was done with each.
#[derive(Default)]
struct Tally {
    resealed: Vec<RecordName>,
    /// Those that are still sealed to others.
    due: Vec<RecordName>,
    current: usize,
    failed: Vec<(RecordName, Error)>,
}

pub(super) fn run(args: &Reseal, context: &Context) -> Result<Exit> {
    let store = context.store()?;
    let tally = if args.check || args.dry_run {
        let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
        look(&store, &recipients)?
    } else {
        let identities = context.identities(&store)?;
        let recipients = Recipients::beside(&identities, store.home())?;
        recipients.include(&identities, store.home())?;
        context.record(|_| Ok(Entry::done(Event::Reseal)))?;
        reseal(&store, &identities, &recipients)?
    };
    tell(&tally, args, context)?;
    Ok(match tally.failed.first() {
        Some((_, error)) => error.code().exit(),
        None if args.check && !tally.due.is_empty() => Exit::Findings,
        None => Exit::Done,
    })
}

/// Looks at each record, without a key.
fn look(store: &Store, to: &Recipients) -> Result<Tally> {
    let mut tally = Tally::default();
    for name in store.record_names()? {
        match store.seal_of(&name, to) {
            Ok(Seal::Current) => tally.current += 1,
            Ok(Seal::Other) => tally.due.push(name),
            Ok(Seal::Gone) => {}
            Err(error) => tally.failed.push((name, error)),
        }
    }
    Ok(tally)
}

fn reseal(store: &Store, by: &Identities, to: &Recipients) -> Result<Tally> {
    let mut tally = Tally::default();
    for name in store.record_names()? {
        match store.reseal(&name, by, to) {
            Ok(Seal::Current) => tally.current += 1,
            Ok(Seal::Other) => tally.resealed.push(name),
            Ok(Seal::Gone) => {}
            Err(error) => tally.failed.push((name, error)),
        }
    }
    Ok(tally)
}

fn tell(tally: &Tally, args: &Reseal, context: &Context) -> Result<()> {
    let Tally { resealed, due, current, failed } = tally;
    for (_, error) in failed {
        context.terminal.report(error);
    }
    for file in rescued() {
        context.terminal.warn(&format!(
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
        return context.terminal.print_json(&json!({
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
    context.terminal.print(&text)?;
    if args.check && !due.is_empty() {
        context.terminal.note("`xreq reseal` seals them to the recipients of now");
    }
    if !resealed.is_empty() {
        context.terminal.note(
            "copies of the old records still open with the old keys: where a recipient was removed, \
             get new tokens with `xreq refresh --all --force`, connect anew what has no refresh \
             token, and replace secrets and client secrets",
        );
    }
    Ok(())
}

/// Finds grants that could not be stored, and were left in the folder for temporary files by this user.
fn rescued() -> Vec<PathBuf> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    // Everybody can put a file there.
    let is_own = |found: Metadata| {
        found.is_file() && found.nlink() == 1 && found.uid() == geteuid().as_raw()
    };
    let is_rescued = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(RESCUED))
            && path.symlink_metadata().is_ok_and(is_own)
    };
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(is_rescued).collect();
    files.sort_unstable();
    files
}
