//! Proofs of the authority of an account: freshness, health, and why one is not fresh. All of it is
//! pure.

pub mod failure;
pub mod freshness;
pub mod health;
pub(crate) mod seconds;
