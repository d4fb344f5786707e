//! HTTP: one client for the way to a provider, and one server for everything that listens on this
//! machine.

pub mod client;
pub(crate) mod server;
