//! Authority that a manifest has where it is, and that somebody agreed to on this machine.
//!
//! A manifest comes with a repository, and so is a stranger's file. If it decides something that
//! nobody looks at, such as a command that runs beside the agent, it counts only if its path and
//! what it asks for were trusted before. Comments, order and what is optional decide nothing.
//! [`TrustFile`] remembers that; the decision, [`Authority::beyond`], is pure.

mod authority;
mod file;

pub use authority::Authority;
pub use file::{TrustFile, Trusted, TrustedHosts};
