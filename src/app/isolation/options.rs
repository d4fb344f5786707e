//! The options of isolation.

use std::path::PathBuf;

/// The options of an agent that is isolated.
#[derive(Clone, Debug, Default)]
pub(crate) struct IsolationOptions {
    /// What it may write beside the working directory.
    pub(crate) writable: Vec<PathBuf>,
    /// Whether it may make Unix sockets.
    pub(crate) unix_sockets: bool,
}
