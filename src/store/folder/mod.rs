//! The store as a folder of files.

mod credentials;
mod keep;
pub(crate) mod lock;
pub(super) mod place;
pub(super) mod reseal;
mod room;
pub(super) mod store;
pub(super) mod version;
pub(super) mod watch;
pub(super) mod work;
pub(super) mod write;
