//! Grants that are kept fresh for as long as a process lives.

pub mod schedule;
pub mod worker;
