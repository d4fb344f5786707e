//! `run --broker` and `broker`: agents without a token, beside a provider that takes the place of X.

mod approvals;
mod beyond;
mod calls;
mod clients;
mod ends;
mod explaining;
mod limits;
mod log;
mod providers;
mod rates;
mod sidecar;
mod tokens;
mod ways;

use std::process::Command;

use age::secrecy::ExposeSecret;

use crate::support::Ran;
use crate::support::provider::House;
use crate::support::stored::Stored;

/// A house whose account gave scopes for posts, and whose manifest declares them.
fn house() -> House {
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    house
}

/// The command that runs a script of a shell below the broker, with more options.
fn brokered(house: &House, options: &[&str], script: &str) -> Command {
    let mut command = house.home.command();
    command.args(["run", "--broker"]).args(options).args(["--", "sh", "-c", script]);
    command
}

/// Runs a script of a shell below the broker.
fn run(house: &House, script: &str) -> Ran {
    Ran::of(&mut brokered(house, &[], script))
}

/// The access token that the store has.
fn token(house: &House) -> String {
    let grant = Stored::of(&house.home).grant().expect("it is connected");
    grant.access_token.expose_secret().to_owned()
}

/// A shell function that calls the API with what the agent has.
const CALL: &str = r#"call() { curl -sS -H "Authorization: Bearer $X_ACCESS_TOKEN" "$@"; }; "#;
