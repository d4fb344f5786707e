//! The machine that xreq runs on: its environment, files, folders, signals, terminals and memory.

pub(crate) mod blocking;
pub mod env;
pub(crate) mod file_lock;
pub mod files;
pub mod home;
pub(crate) mod home_file;
pub(crate) mod inherited;
pub mod memory;
pub(crate) mod parallel;
pub(crate) mod passing;
pub(crate) mod program;
pub(crate) mod prompt;
pub(crate) mod public_file;
pub(crate) mod random;
pub mod runtime_folder;
pub(crate) mod service_manager;
pub(crate) mod sibling;
pub(crate) mod signal_orders;
pub(crate) mod signals;
pub(crate) mod socket_file;
pub(crate) mod state;
pub(crate) mod transient_file;
