//! The help of commands: what clap knows of their options, and their manuals.

mod brokers;
mod grants;
mod launching;
mod manifests;
mod manual;
mod others;
mod page;
mod shelf;

pub(crate) use manual::Manual;
pub(crate) use page::Help;
pub(crate) use shelf::manual_of;
