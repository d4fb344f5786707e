//! xreq.

pub mod catalog;
pub mod env;
pub mod error;
pub mod scope;
pub mod store;
