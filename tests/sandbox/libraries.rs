//! The libraries that agents use find what they expect.

use std::process::{Command, Stdio};

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;

use super::*;
use crate::support::{Ran, machine};

#[test]
fn tweepy_and_xdk_understand_every_answer() {
    let python = machine::python();
    let mut probe = Command::new(&python);
    probe.args(["-c", "import tweepy, xdk"]).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return machine::skips("there is no Python with tweepy and xdk here");
    }
    let sandbox = sandbox();
    let scopes = format!("{SCOPES} {}", super::api::ALL);
    let issued = sandbox.control().issue_grant("alice", &ScopeSet::parse(&scopes));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/clients.py");
    let mut command = Command::new(python);
    command.args(["-B", script, &sandbox.base_url()]);
    Ran::with_input(&mut command, issued.access_token.expose_secret().as_bytes()).succeeds();
    let refused: Vec<_> =
        sandbox.control().log().into_iter().filter(|call| call.status > Some(299)).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
