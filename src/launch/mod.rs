//! From a verdict to a running agent: what its environment is, and the `exec` that starts it.

pub mod environment;
pub mod exec;

pub use crate::manifest::delivery;
