//! Proofs of the authority of an account: freshness, health, and why one is not fresh. All of it is
//! pure.

pub mod failure;
pub mod freshness;
pub mod grant;
pub mod health;
pub mod last_refresh;
pub mod minting;
pub mod origins;
pub(crate) mod seconds;
