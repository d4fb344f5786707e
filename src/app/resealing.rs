//! Sealing every record of the store to the recipients of now.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::geteuid;

use crate::app::context::Context;
use crate::audit_log::{LogEntry, LoggedEvent};
use crate::error::{Error, Result};
use crate::store::{FolderStore, RESCUED, Recipients, RecordName, SealState};

/// The records of a store, by how they are sealed.
#[derive(Default)]
pub(crate) struct Resealing {
    /// Those that are sealed and signed anew, and how they were sealed before.
    pub(crate) resealed: Vec<(RecordName, SealState)>,
    /// Those that are still sealed to others, or not by a trusted writer.
    pub(crate) due: Vec<(RecordName, SealState)>,
    /// Number of those that were sealed to the current recipients, by a trusted writer, before.
    pub(crate) current: usize,
    /// Whether records of others than the trusted writers are refused from now on, and were not before.
    pub(crate) is_closed: bool,
    pub(crate) failed: Vec<(RecordName, Error)>,
    /// Files beside the store that may hold grants.
    pub(crate) rescued: Vec<PathBuf>,
}

/// Looks at each record, without a key, and changes none.
pub(crate) fn survey(context: &Context) -> Result<Resealing> {
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    each(&store, |name| store.seal_of(name, &recipients), |resealing| &mut resealing.due)
}

/// Seals each record to the recipients of now, and signs it. Once all are, records of others than the
/// trusted writers are refused.
pub(crate) fn reseal(context: &Context) -> Result<Resealing> {
    let store = context.store()?;
    let identities = context.identities(&store)?;
    let recipients = Recipients::beside(&identities, store.home())?;
    recipients.include(&identities, store.home())?;
    context.record(|_| Ok(LogEntry::done(LoggedEvent::Reseal)))?;
    let mut resealing = each(
        &store,
        |name| store.reseal(name, &identities, &recipients),
        |resealing| &mut resealing.resealed,
    )?;
    let writers = store.writers();
    if resealing.failed.is_empty() && writers.has_place() {
        resealing.is_closed = writers.register()?.resealed_at().is_none();
        writers.close(context.now)?;
    }
    Ok(resealing)
}

fn each(
    store: &FolderStore,
    seal: impl Fn(&RecordName) -> Result<SealState>,
    others: impl Fn(&mut Resealing) -> &mut Vec<(RecordName, SealState)>,
) -> Result<Resealing> {
    let mut resealing = Resealing { rescued: rescued(), ..Resealing::default() };
    for name in store.record_names()? {
        match seal(&name) {
            Ok(SealState::Current) => resealing.current += 1,
            Ok(seal @ (SealState::Other | SealState::Foreign)) => {
                others(&mut resealing).push((name, seal));
            }
            Ok(SealState::Gone) => {}
            Err(error) => resealing.failed.push((name, error)),
        }
    }
    Ok(resealing)
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
