//! The key that this user signs with on this machine: made at the first write, for its owner alone.

use zeroize::Zeroizing;

use crate::error::{Code, Error, Remedy, Result, advice};
use crate::signing::WriterKey;
use crate::sys::state::StateFolder;

const FILE: &str = "writer.key";

/// Loads the key, and creates it if it is absent. Processes that create it at the same time agree on
/// one: the first.
pub(super) fn load(folder: &StateFolder) -> Result<WriterKey> {
    if let Some(key) = existing(folder)? {
        return Ok(key);
    }
    folder.create(FILE, WriterKey::new_text().as_bytes())?;
    existing(folder)?.ok_or_else(|| unusable(folder, "is gone again"))
}

/// Loads the key; `None` where there is none yet.
pub(super) fn existing(folder: &StateFolder) -> Result<Option<WriterKey>> {
    let Some(content) = folder.read(FILE)?.map(Zeroizing::new) else { return Ok(None) };
    WriterKey::parse(&content).map(Some).ok_or_else(|| unusable(folder, "is no key that xreq made"))
}

fn unusable(folder: &StateFolder, why: &str) -> Error {
    let path = folder.path().join(FILE);
    Error::new(Code::TrustUnusable, format!("`{}` {why}", path.display())).with_hint(advice![
        "restore it; or move it away, and a new key is made: then run ",
        Remedy::Reseal.request(),
        ", and trust the new writer where other machines read the store"
    ])
}
