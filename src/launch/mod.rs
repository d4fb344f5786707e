//! The way from a verdict to a running agent: its environment, the `exec` that starts it, and the parent
//! that stays if one is wanted.

pub mod deliver;
pub(crate) mod detour;
pub mod environment;
pub mod exec;
pub mod filter;
pub mod isolate;
mod proxies;
mod streams;
pub mod supervise;

pub use crate::manifest::delivery;
