//! Grants kept fresh: one refresh, those of an agent, those of a whole store.

pub mod agent;
pub(crate) mod agent_event;
pub(crate) mod agent_loop;
pub(crate) mod agent_options;
pub(crate) mod agent_thread;
pub(crate) mod answers;
pub(crate) mod blame;
pub(crate) mod class;
pub mod engine;
pub(crate) mod fleet;
pub mod host;
pub mod live_token;
pub(crate) mod member;
pub(crate) mod monitor;
pub(crate) mod news;
pub(crate) mod outage;
pub mod persist;
pub mod protocol;
pub mod refresher;
pub mod result;
pub mod schedule;
pub mod token_requests;
pub mod worker;
