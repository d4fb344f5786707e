//! The sandboxes that serve on this machine, as they tell the user's other commands of themselves.
//!
//! Each has a file in the state folder, which it keeps locked for as long as it serves.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::context::Context;
use crate::error::Remedy;
use crate::sys::file_lock::{FileLock, LockFailure};
use crate::sys::state::StateFolder;

/// The folder of the state folder that has the files.
const FOLDER: &str = "sandboxes";

/// A sandbox that serves, and the home in which it plays the provider.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunningSandbox {
    pub(crate) home: PathBuf,
    pub(crate) base_url: String,
}

impl RunningSandbox {
    /// Tells other commands of it for as long as the returned lock lives; `None` where nothing can be
    /// remembered.
    pub(crate) fn announce(&self, context: &Context) -> Option<FileLock> {
        let state = StateFolder::of(&context.env, &context.trust).ok()?;
        let port = self.base_url.rsplit(':').next()?;
        let written = state.with_path(&format!("{FOLDER}/{port}.json"), |path| {
            let lock = FileLock::acquire(path, Duration::ZERO).map_err(|failed| match failed {
                LockFailure::Unopened(error) | LockFailure::Failed(error) => error,
                LockFailure::Held(_) => io::ErrorKind::WouldBlock.into(),
            })?;
            let mut file = lock.file();
            file.set_len(0)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            Ok(lock)
        });
        written.ok()
    }

    /// Returns one that serves.
    pub(crate) fn find(context: &Context) -> Option<Self> {
        let state = StateFolder::of(&context.env, &context.trust).ok()?;
        let folder = state.path_for(FOLDER).ok()?.join(FOLDER);
        let mut names: Vec<_> =
            folder.read_dir().ok()?.flatten().map(|it| it.file_name()).collect();
        names.sort_unstable();
        names.into_iter().find_map(|name| {
            // Whoever is gone holds no lock.
            let is_free = File::open(folder.join(&name)).ok()?.try_lock_shared().is_ok();
            let told = state.read(&format!("{FOLDER}/{}", name.to_str()?)).ok()??;
            if is_free { None } else { serde_json::from_slice(&told).ok() }
        })
    }
}

impl From<RunningSandbox> for Remedy {
    fn from(RunningSandbox { home, base_url }: RunningSandbox) -> Self {
        Self::UseSandbox { home, base_url }
    }
}
