//! How new access tokens get to an agent that runs.

pub mod endpoint;
pub mod file;
