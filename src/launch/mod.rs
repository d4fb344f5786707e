//! From a verdict to a running agent: what its environment is, the `exec` that starts it, and the
//! parent that stays where one is wanted.

pub mod deliver;
pub mod environment;
pub mod exec;
pub mod filter;
mod proxies;
mod streams;
pub mod supervise;

pub use crate::manifest::delivery;
