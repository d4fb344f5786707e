//! What `--redact` hides stays hidden for as long as the agent can print it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use age::secrecy::ExposeSecret;

use crate::support::provider::House;
use crate::support::stored::Stored;

#[test]
fn a_command_beside_the_agent_shows_nothing_of_it() {
    let house = House::connected();
    // What was issued in the same second cannot be told apart.
    house.age(100);
    let token = Stored::of(&house.home).grant().expect("it is connected").access_token;
    let mut command = house.home.command();
    command.args(["run", "--keep-fresh", "--redact", "--deliver", "env"]);
    command.args(["--on-refresh", "exec touch told", "--", "sh", "-c"]);
    command
        .arg("while :; do echo it is $X_ACCESS_TOKEN; test -e told && echo told; sleep 0.05; done");
    let mut xreq =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("xreq starts");
    let mut lines = BufReader::new(xreq.stdout.take().expect("it is a pipe")).lines();
    let mut next = || lines.next().expect("the agent goes on").expect("it is text");
    assert!(next().starts_with("it is "));
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let mut after = 0;
    while after < 10 {
        let line = next();
        assert!(!line.contains(token.expose_secret()), "the token is shown: {after}");
        after += usize::from(line == "told");
    }
    xreq.kill().expect("it is ours");
    xreq.wait().expect("it ends");
}
