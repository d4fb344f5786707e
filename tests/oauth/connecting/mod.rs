//! `xreq connect`, as its users meet it.

mod asking;
mod browsers;
mod clients;
mod coming_back;
mod confirming;
mod device;
mod labels;
mod opening;
mod pasting;
mod pending;
mod replaced;
mod waiting;

use crate::support::provider::{Connecting, parameter};

/// The scopes that a request for consent asks for, in alphabetical order.
fn asked(connecting: &Connecting) -> String {
    parameter(&connecting.url, "scope").expect("it asks for some")
}
