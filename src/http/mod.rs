//! HTTP: the way to a provider.

pub(crate) mod authorities;
pub mod client;
mod limit;
pub(crate) mod proxy;
pub(crate) mod resolver;
pub(crate) mod retry_after;
pub(crate) mod sent;
pub(crate) mod unanswered;
