//! The machine that xreq runs on: its environment, files, folders, signals, terminals and memory.

pub mod env;
pub(crate) mod file_lock;
pub mod files;
pub mod home;
pub mod memory;
pub(crate) mod parallel;
pub(crate) mod program;
pub(crate) mod prompt;
pub(crate) mod random;
pub(crate) mod signals;
pub(crate) mod state;
