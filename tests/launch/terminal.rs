//! An agent in a terminal: whatever is typed, shown or resized there is between the two of them.

use crate::launch::{covered, members_of};
use crate::support::pty::{COLUMNS, Pty, ROWS, ended};

/// An agent that counts what Ctrl-C does to it, until a line is typed.
const COUNTING: &str = "n=0; trap 'n=$((n+1)); echo interrupt $n' INT; echo ready; \
                        until read line; do :; done; echo $n in all";

#[test]
fn the_agent_has_the_terminal() {
    let home = covered();
    let agent = "test -t 0 && test -t 1 && test -t 2 && echo on three streams
        test \"$(tty)\" = \"$(readlink /proc/$$/fd/0)\" && echo the one of its input
        test \"$(stty size </dev/tty)\" = \"$(stty size)\" && stty size";
    let (printed, status) = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'")).end();
    assert_eq!(printed, format!("on three streams\nthe one of its input\n{ROWS} {COLUMNS}\n"));
    assert!(status.success());
}

/// Leader of the session, controlling terminal, foreground: as if started without xreq.
#[test]
fn the_agent_leads_where_xreq_would_have_led() {
    let home = covered();
    let agent = "read -r pid name state rest </proc/$$/stat; set -- $rest; \
                 echo $pid $2 $3 $5; test $4 -ne 0 && echo controlled";
    let session = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'"));
    let id = session.leader();
    assert_eq!(session.end().0, format!("{id} {id} {id} {id}\ncontrolled\n"));
}

/// Each stream for itself: a pipe is no terminal because another stream is one.
#[test]
fn the_agent_sees_which_streams_are_the_terminal() {
    let home = covered();
    let agent = "for fd in 0 1 2; do test -t $fd && echo $fd >/dev/tty; done; echo end >/dev/tty";
    let told = |redirection: &str| {
        let script = format!("\"$0\" run -- sh -c '{agent}' {redirection}; exit");
        Pty::start(&home, &script).end().0
    };
    assert_eq!(told(""), "0\n1\n2\nend\n");
    assert_eq!(told("</dev/null"), "1\n2\nend\n");
    assert_eq!(told("| cat"), "0\n2\nend\n");
    assert_eq!(told("2>/dev/null"), "0\n1\nend\n");
}

#[test]
fn what_is_typed_reaches_the_agent() {
    let home = covered();
    let mut session = Pty::start(&home, "exec \"$0\" run -- sh -c 'echo ready; cat; echo over'");
    session.wait_for("ready\n");
    session.type_in("Grüße 👋\n");
    session.wait_for("Grüße 👋\nGrüße 👋\n");
    session.type_in("\x04");
    assert!(session.end().0.ends_with("over\n"));
}

#[test]
fn a_new_size_is_told_to_the_agent() {
    let home = covered();
    let agent = "trap \"stty size\" WINCH; echo ready; until read line; do :; done";
    let mut session = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'"));
    session.wait_for("ready\n");
    session.resize(11, 22);
    session.wait_for("11 22\n");
    session.type_in("\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

#[test]
fn ctrl_c_kills_the_agent() {
    let home = covered();
    let mut session = Pty::start(&home, "exec \"$0\" run -- sh -c 'echo ready; exec cat'");
    session.wait_for("ready\n");
    session.type_in("\x03");
    assert_eq!(ended(session.end().1), "signal 2");
}

#[test]
fn ctrl_backslash_kills_the_agent() {
    let home = covered();
    let script = "ulimit -c 0; exec \"$0\" run -- sh -c 'echo ready; exec cat'";
    let mut session = Pty::start(&home, script);
    session.wait_for("ready\n");
    session.type_in("\x1c");
    assert_eq!(ended(session.end().1), "signal 3");
}

/// Many a runner passes on what the terminal has sent to the agent already.
#[test]
fn ctrl_c_arrives_once() {
    let home = covered();
    let mut session =
        Pty::start(&home, &format!("exec \"$0\" run -- sh -c \"{}\"", quoted(COUNTING)));
    session.wait_for("ready\n");
    for number in 1..=3 {
        session.type_in("\x03");
        session.wait_for(&format!("interrupt {number}\n"));
    }
    session.type_in("\n");
    session.wait_for("3 in all\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

/// The agent decides what Ctrl-C means, and xreq is not there to disagree.
#[test]
fn an_agent_that_survives_ctrl_c_ends_with_its_own_status() {
    let home = covered();
    let agent = "trap \"echo cleaning up; exit 42\" INT; echo ready; until read line; do :; done";
    let mut session = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'"));
    session.wait_for("ready\n");
    session.type_in("\x03");
    session.wait_for("cleaning up\n");
    assert_eq!(ended(session.end().1), "exit 42");
}

/// A shell with job control, as a person has: stop, look, go on.
#[test]
fn ctrl_z_stops_the_agent_and_fg_resumes_it() {
    let home = covered();
    let script = "set -m
        \"$0\" run -- sh -c 'echo ready; read line; echo got $line; exit 5'
        echo stopped with $?
        fg >/dev/null
        echo ended with $?";
    let mut session = Pty::start(&home, script);
    session.wait_for("ready\n");
    session.type_in("\x1a");
    session.wait_for("stopped with 148\n");
    session.type_in("a line\n");
    session.wait_for("got a line\n");
    session.wait_for("ended with 5\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

#[test]
fn a_stopped_agent_is_one_stopped_process() {
    let home = covered();
    let script = "set -m
        \"$0\" run -- sh -c 'echo id $$; read line'
        echo stopped; read line
        echo resumed; fg >/dev/null
        echo ended with $?";
    let mut session = Pty::start(&home, script);
    session.wait_for("id ");
    let id = session.wait_for("\n").trim_end().parse().expect("a process id");
    session.type_in("\x1a");
    session.wait_for("stopped\n");
    assert_eq!(members_of(id), [id]);
    session.type_in("\n");
    session.wait_for("resumed\n");
    session.type_in("\n");
    session.wait_for("ended with 0\n");
}

/// The terminal goes away, as when its window is closed: the agent is told, and nothing survives.
#[test]
fn an_agent_is_told_when_its_terminal_goes_away() {
    let home = covered();
    let agent = "trap \"echo gone >hung-up; exit 0\" HUP; echo ready; until read line; do :; done";
    let mut session = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'"));
    session.wait_for("ready\n");
    assert_eq!(ended(session.hang_up()), "exit 0");
    assert!(home.path().join("hung-up").exists());
}

/// A script in double quotes.
fn quoted(script: &str) -> String {
    script.replace('$', "\\$")
}
