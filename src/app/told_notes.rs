//! The notes that launches have told on this machine: each comes once for a manifest and a store.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::app::context::Context;
use crate::app::manifest_source::LoadedManifest;
use crate::error::Advice;
use crate::sys::state::StateFolder;

/// The folder of the state folder that has an empty file for each note.
const FOLDER: &str = "notes";

impl LoadedManifest {
    /// Returns whether a launch of this manifest has not told a note before, and remembers it: one of
    /// other content is another note. Where nothing can be remembered, each note is new.
    pub(crate) fn is_news(&self, note: &Advice, context: &Context) -> bool {
        let Ok(state) = StateFolder::of(&context.env, &context.trust) else { return true };
        let path = self.path.as_ref().and_then(|path| path.canonicalize().ok());
        let store = context.home().map(|home| home.data().to_owned());
        let mut hash = Sha256::new();
        for part in [
            path.unwrap_or_default(),
            store.unwrap_or_default(),
            PathBuf::from(format!("{note:?}")),
        ] {
            let bytes = part.as_os_str().as_bytes();
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        }
        let file = format!("{FOLDER}/{}", URL_SAFE_NO_PAD.encode(hash.finalize()));
        state.create(&file, &[]).unwrap_or(true)
    }
}
