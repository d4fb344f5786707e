//! xreq as its users meet it: through the built binary.

#![allow(unreachable_pub, reason = "a test program has no public interface")]
#![allow(clippy::print_stdout, reason = "a test that leaves something out says so")]

mod architecture;
mod audit;
mod canary;
mod ci;
mod commands;
mod corpus;
mod daemon;
mod editors;
mod examples;
mod faults;
mod formats;
mod fresh;
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
mod fuzz_corpus;
mod git;
mod judges;
mod launch;
mod life;
mod memory;
mod pages;
mod parent;
mod properties;
mod readers;
mod redact;
mod rules;
mod sandbox;
mod steady;
mod support;
mod trust;
mod writers;
