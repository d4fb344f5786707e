//! `run --broker` and `broker`: agents without a token, beside a provider that takes the place of X.

mod approvals;
mod beyond;
mod calls;
mod clients;
mod ends;
mod explaining;
mod heads;
mod limits;
mod log;
mod memory;
mod providers;
mod rates;
mod sidecar;
mod stand_in;
mod tokens;
mod ways;

use std::fs;
use std::process::{Child, Command};

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

/// The broker of a run.
fn broker_of(run: &Child) -> i32 {
    let broker = fs::read_dir("/proc").expect("it is there").flatten().find_map(|entry| {
        let command = fs::read(entry.path().join("cmdline")).ok()?;
        let parent = fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent = parent.rsplit(')').next()?.split_whitespace().nth(1)?.to_owned();
        let is_it = command.ends_with(b"@broker\0") && parent == run.id().to_string();
        is_it.then(|| entry.file_name().to_string_lossy().parse().ok())?
    });
    broker.expect("it runs")
}

/// A shell function that calls the API with what the agent has.
const CALL: &str = r#"call() { curl -sS -H "Authorization: Bearer $X_ACCESS_TOKEN" "$@"; }; "#;
