//! Grants kept fresh: one refresh, those of an agent, those of a whole store.

pub mod agent;
pub(crate) mod agent_loop;
pub(crate) mod answers;
pub(crate) mod condition;
pub mod engine;
pub(crate) mod fleet;
pub mod live_token;
pub(crate) mod member;
pub(crate) mod monitor;
pub(crate) mod outage;
pub(crate) mod outcome;
pub mod persist;
pub mod schedule;
pub mod token_requests;
pub mod worker;
