//! xreq as its users meet it: through the built binary.

#![allow(unreachable_pub, reason = "a test program has no public interface")]
#![allow(clippy::print_stdout, reason = "a test that leaves something out says so")]

mod architecture;
mod audit;
mod broker;
mod ci;
mod commands;
mod corpus;
mod daemon;
mod dotenv;
mod editors;
mod examples;
mod formats;
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
mod fuzz_corpus;
mod git;
#[cfg(target_os = "linux")]
mod isolation;
mod keep_fresh;
mod kinds;
mod launch;
mod layout;
mod memory;
mod oauth;
mod oauth1;
mod pages;
mod platform_sdk;
mod properties;
mod providers;
mod redact;
mod rules;
mod sandbox;
mod schema_validators;
mod scopes;
mod secrecy;
mod service_account;
mod setup;
mod soak;
mod store_faults;
mod supervision;
mod support;
mod trust;
mod writers;
mod yaml_readers;
