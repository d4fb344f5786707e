//! The user's terminal, which an isolated agent has one of its own in front of.

use super::{Place, as_each};
use crate::support::pty::{Pty, ended};

/// A session in the place, whose `$0` is xreq.
fn session(place: &Place, script: &str) -> Pty {
    let mut setup = place.program("sh");
    setup.args(["-c", script, crate::support::XREQ]);
    Pty::of(&setup)
}

#[test]
fn an_agent_has_a_terminal_of_its_own() {
    as_each(|place| {
        let script = "tty >outside; exec \"$0\" run --isolate -- sh -c 'test -t 0 && test -t 1 && \
                      test -t 2 && echo yes; echo there >/dev/tty; ls /dev/pts; stty size; \
                      read -r line; echo \"<$line>\"; exit 4'";
        let mut session = session(place, script);
        session.wait_for("yes\nthere\nptmx\n37 191\n");
        session.type_in("hello\n");
        session.wait_for("<hello>\n");
        assert_eq!(ended(session.end().1), "exit 4");
        assert!(place.read("project/outside").starts_with("/dev/pts/"));
    });
}

/// Ctrl-C, Ctrl-Z and the end of input are the agent's, through the relay.
#[test]
fn keys_are_signals_there() {
    as_each(|place| {
        let script = "\"$0\" run --isolate -- sh -c 'trap \"echo int\" INT; echo ready; \
                      while :; do sleep 0.1; done'; echo over $?";
        let mut session = session(place, script);
        session.wait_for("ready\n");
        session.type_in("\x03");
        session.wait_for("int\n");
        session.type_in("\x1c");
        session.wait_for("over 131\n");
        assert_eq!(ended(session.end().1), "exit 0");
    });
}

#[test]
fn a_shell_stops_and_continues_the_job() {
    as_each(|place| {
        let script = "set -m; \"$0\" run --isolate -- sh -c 'echo ready; read -r l; echo \"<$l>\"'; \
                      echo stopped $?; fg >/dev/null; echo over $?";
        let mut session = session(place, script);
        session.wait_for("ready\n");
        session.type_in("\x1a");
        session.wait_for("stopped 148\n");
        session.type_in("again\n");
        session.wait_for("<again>\n");
        session.wait_for("over 0\n");
        assert_eq!(ended(session.end().1), "exit 0");
    });
}

/// In a pipeline others read from the terminal: what an agent had of it, it could read and set.
#[test]
fn a_terminal_of_others_is_no_input() {
    as_each(|place| {
        let script = "\"$0\" run --isolate -- sh -c 'test -t 0 || echo none; cat; readlink -f \
                      /proc/self/fd/0; echo x 2>&1 >/dev/tty; exit 0' | tee told";
        let mut session = session(place, script);
        session.wait_for("/dev/null\n");
        session.end();
        let told = place.read("project/told");
        assert!(told.starts_with("none\n/dev/null\nsh: 1: cannot create /dev/tty"), "{told}");
    });
}
