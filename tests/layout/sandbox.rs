//! What a first connection shows in a narrow terminal.

use std::net::TcpListener;

use super::fits;
use crate::support::Home;
use crate::support::pty::Pty;

#[test]
fn a_first_connection_keeps_to_its_columns() {
    for width in [60, 80] {
        let home = Home::with_manifest("integrations: [x.tweet.read, x.tweet.write]\n");
        let home = home.var("NO_COLOR", "1");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let uri = format!("http://{}/callback", free.local_addr().expect("it is bound"));
        drop(free);
        let serve = format!("\"$0\" sandbox --port 0 --home served --redirect-uri {uri}");
        let mut serving = Pty::start_wide(&home, &serve, width);
        let mut shown = serving.wait_for("xreq connect x\n\n");
        assert!(shown.contains("export XREQ_HOME="), "{shown}");
        let commands = "export XREQ_HOME=served BROWSER=\"$0 sandbox approve %s\"\n\
                        \"$0\" connect x; \"$0\" status; \"$0\" refresh x --force; \"$0\" check";
        let (printed, _) = Pty::start_wide(&home, commands, width).end();
        for part in ["connected x (default) as @alice: ", "connected  @alice", "is refreshed: "] {
            assert!(printed.contains(part), "no {part:?} in {printed}");
        }
        shown.push_str(&printed);
        fits(&shown, width);
    }
}
