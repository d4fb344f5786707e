//! The machine that xreq runs on: its environment, files, folders, signals, terminals and memory.

pub(crate) mod blocking;
pub mod env;
pub(crate) mod file_lock;
pub mod files;
pub mod home;
pub(crate) mod home_file;
pub mod memory;
pub(crate) mod parallel;
pub(crate) mod passing;
pub(crate) mod program;
pub(crate) mod prompt;
pub(crate) mod random;
pub mod runtime_folder;
pub(crate) mod sibling;
pub(crate) mod signals;
pub(crate) mod state;
