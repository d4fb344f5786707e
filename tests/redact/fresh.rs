//! Tokens that come while the agent lives.

use std::collections::BTreeSet;

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::Options;

use crate::support::Ran;
use crate::support::provider::House;
use crate::support::pty::{Pty, ended};

/// A house whose tokens live for some seconds.
fn house() -> House {
    let house = House::with(Options { expires_in: 5, ..Options::default() });
    house.home.write("xreq.yaml", "integrations: [x.user.read]\n");
    let scopes = ScopeSet::parse("offline.access tweet.read users.read");
    let issued = house.control().issue_grant("alice", &scopes);
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
    house
}

#[test]
fn new_tokens_in_a_file_are_replaced() {
    let house = house();
    let script = "n=0; while [ $n -lt 3 ]; do
        token=$(cat \"$X_ACCESS_TOKEN_FILE\")
        if [ \"$token\" != \"$last\" ]; then
            last=$token; n=$((n+1))
            echo \"new: $token\"; echo \"$token\" | cksum >&2
        fi
        sleep 0.05
    done";
    let mut xreq = house.home.command();
    xreq.args(["run", "--redact", "--keep-fresh", "--deliver", "file", "--min-ttl", "0s", "--"]);
    let ran = Ran::of(xreq.args(["sh", "-c", script])).succeeds();
    assert_eq!(ran.stdout, "new: ***\n".repeat(3));
    let sums: BTreeSet<_> = ran.stderr.lines().collect();
    assert_eq!(sums.len(), 3, "{sums:?}");
}

/// Each launch has a terminal of its own, and xreq's is the person's in the end.
#[test]
fn the_token_of_each_launch_is_replaced_on_a_terminal() {
    let house = house();
    let agent =
        "sh -c 'echo \"got: $X_ACCESS_TOKEN\"; echo \"$X_ACCESS_TOKEN\" | cksum; read line'";
    let script = format!(
        "\"$0\" run --keep-fresh --redact --deliver env --on-refresh restart --min-ttl 0s -- {agent}
        echo over; read line"
    );
    let mut session = Pty::start(&house.home, &script);
    let mut sums = BTreeSet::new();
    let mut modes = session.modes();
    for launch in 0..3 {
        session.wait_for("got: ***\n");
        sums.insert(session.wait_for("\n"));
        if launch > 0 {
            assert_eq!(session.modes(), modes, "xreq passes keys on");
        }
        modes = session.modes();
    }
    assert_eq!(sums.len(), 3);
    session.type_in("\n");
    session.wait_for("over\n");
    assert_ne!(session.modes(), modes, "the terminal is as it was");
    session.type_in("\n");
    assert_eq!(ended(session.end().1), "exit 0");
}
