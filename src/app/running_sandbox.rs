//! The sandboxes that serve on this machine, as they tell the user's other commands of themselves.
//!
//! Each has a file in the state folder, which it keeps locked for as long as it serves.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::context::Context;
use crate::sys::file_lock::{FileLock, LockFailure};
use crate::sys::state::StateFolder;

/// The folder of the state folder that has the files.
const FOLDER: &str = "sandboxes";

/// A sandbox that serves.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunningSandbox {
    pub(crate) provider: String,
    /// The home in which it plays the provider, if it made one.
    pub(crate) home: Option<PathBuf>,
    pub(crate) base_url: String,
}

impl RunningSandbox {
    /// Tells other commands of it for as long as the returned lock lives; `None` where nothing can be
    /// remembered.
    pub(crate) fn announce(&self, context: &Context) -> Option<FileLock> {
        let state = StateFolder::of(&context.env, &context.trust).ok()?;
        let name = self.base_url.rsplit(':').next()?.replace('/', "-");
        let written = state.with_path(&format!("{FOLDER}/{name}.json"), |path| {
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

    /// Returns one that plays this provider, if there is one with a home of its own.
    pub(crate) fn find(provider: &str, context: &Context) -> Option<Self> {
        let mut serving = Self::all(context).unwrap_or_default();
        serving.retain(|it| it.provider == provider);
        serving.sort_by_key(|it| it.home.is_none());
        serving.into_iter().next()
    }

    fn all(context: &Context) -> Option<Vec<Self>> {
        let state = StateFolder::of(&context.env, &context.trust).ok()?;
        let folder = state.path_for(FOLDER).ok()?.join(FOLDER);
        let mut names: Vec<_> =
            folder.read_dir().ok()?.flatten().map(|it| it.file_name()).collect();
        names.sort_unstable();
        let serving = names.into_iter().filter_map(|name| {
            // Whoever is gone holds no lock.
            let is_free = File::open(folder.join(&name)).ok()?.try_lock_shared().is_ok();
            let told = state.read(&format!("{FOLDER}/{}", name.to_str()?)).ok()??;
            if is_free { None } else { serde_json::from_slice(&told).ok() }
        });
        Some(serving.collect())
    }
}
