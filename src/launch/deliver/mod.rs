//! Delivery of new access tokens to a running agent.

pub mod endpoint;
pub mod file;
