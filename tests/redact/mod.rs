//! `xreq run --redact` prints what an agent prints, without what it was given.

mod forms;
mod fresh;
mod jobs;
mod parts;
mod pipes;
mod repeating;
mod terminal;

use std::process::Command;

use crate::support::{Home, XREQ};

const TOKEN: &str = "the-Access.Token_of-the-redact-Tests/0123456789+abcdefghijklmnopqrstuvw==";
const PASSWORD: &str = "p\"ss wörd/?&\\x";

/// A home in which an agent gets a token and a secret.
fn covered() -> Home {
    let home = Home::with_manifest("integrations:\n  - x.tweet.read\nsecrets:\n  - PASSWORD\n");
    home.import(TOKEN, "tweet.read users.read");
    home.xreq_with(&["secret", "set", "PASSWORD"], PASSWORD).succeeds();
    home
}

/// `xreq run --redact` of a command.
fn redacting(home: &Home, agent: &[&str]) -> Command {
    let mut xreq = home.command();
    xreq.args(["run", "--redact", "--"]).args(agent);
    xreq
}

/// A line of a shell that does the same, where `$0` is the binary under test.
fn in_shell(agent: &str) -> String {
    format!("\"$0\" run --redact -- {agent}")
}

/// The path of the binary under test, for shells that another program starts.
fn xreq() -> &'static str {
    XREQ
}
