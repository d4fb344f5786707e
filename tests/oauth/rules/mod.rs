//! The rules of the project's security specification, each with a test that bears its number: what
//! the RFCs demand of a client, looked at from outside of the program.

mod bounds;
mod clients;
mod consent;
mod endpoints;
mod redirects;
mod revocation;
mod store;
mod tokens;

use xreq::sandbox::{Endpoint, LogEntry};

use crate::support::provider::House;

/// What an endpoint was asked, in order.
fn asked(house: &House, endpoint: Endpoint) -> Vec<LogEntry> {
    house.control().log().into_iter().filter(|logged| logged.endpoint == endpoint).collect()
}
