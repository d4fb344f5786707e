//! The control of a broker: what it tells other processes of its user, and what these decide.
//!
//! Each run has a socket that is in a folder of its own beside the run's files: an isolated agent is shown
//! the files, and not the socket. A line of JSON asks, and a line answers.

mod client;
mod protocol;
mod server;
mod status;

pub(crate) use client::ask;
pub(crate) use protocol::{Answer, Request};
pub(crate) use server::{SOCKET_NAME, serve};
pub(crate) use status::RunStatus;
