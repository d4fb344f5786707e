//! Rates: what a provider's answers say of its own limits, remembered by account and operation.
//!
//! The headers are passed on as they are. What they say is kept beside, so that a person can see how much is
//! left without making a call.

mod fields;
mod line;
mod memory;
mod reading;

pub(crate) use line::RateLine;
pub(crate) use memory::{RateMemory, RateSubject};
