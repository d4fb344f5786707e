//! The judgement of what an app asks for: needs, verdict, change and lint. All of it is pure.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`needs`] | requirements × catalog → needs |
//! | [`holdings`] | the credentials that there are, and which serves a requirement |
//! | [`verdict`] | needs × credentials → satisfied, or the gaps |
//! | [`change`] | the authority that a newer manifest has beyond an older one |
//! | [`dotenv`] | variables of a launch that a `.env` file sets, too |
//! | [`lint`] | needs that are in order, and will hurt nevertheless |

pub mod change;
mod clashes;
pub mod dotenv;
pub mod holdings;
mod kinds;
pub mod lint;
mod need;
pub mod needs;
mod parts;
pub(crate) mod reserved;
pub mod verdict;
