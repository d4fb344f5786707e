//! What is in the memory of processes, and who can look at it.

mod guarded;
mod scan;
mod staying;
