//! Limits: how many calls a key may give in a time, for an account, whichever run makes them.
//!
//! A limit on a key holds every call to an operation that the key could give, by whatever entry of the
//! manifest the run has it. The times of the last calls are in a file of the account and the key, which all
//! brokers share and which outlives them. A call is counted before it goes out, and given back only where
//! nothing was ever written to the provider.

mod account;
mod call_times;
mod limit;
#[expect(clippy::module_inception, reason = "the limits are the subject of their folder")]
mod limits;
mod pace;
mod status;
mod window;

pub(crate) use account::AccountLimit;
pub(crate) use account::owner;
pub(crate) use limit::Limit;
pub(crate) use limits::Limits;
pub(crate) use pace::Pace;
pub(crate) use status::LimitStatus;
