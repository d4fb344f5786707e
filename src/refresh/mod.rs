//! Grants kept fresh: one engine that refreshes a grant, one monitor that says when, and three fronts.
//!
//! | module | subject |
//! | --- | --- |
//! | [`engine`] | the refresh of one grant: claim, mark, ask, store. Commands use it once |
//! | `monitor` | one grant over time: the schedule, its failures, what was reported; and outages |
//! | `fleet` | many monitored grants: which is looked at, and which is refreshed next |
//! | [`agent`] | the fleet of one agent, which holds tokens and answers requests for them |
//! | [`worker`] | the process that the engine runs in for those that live for weeks |
//!
//! The fleet of a whole store is kept by [`daemon`](crate::daemon).

pub mod agent;
pub mod engine;
pub(crate) mod fleet;
pub mod monitor;
pub mod worker;
