//! Where streams are terminals, they are terminals to the agent.

use crate::redact::{TOKEN, covered, in_shell};
use crate::support::machine::lacks;
use crate::support::pty::{COLUMNS, Pty, ROWS, ended};
use crate::support::wait::until;

#[test]
fn secrets_are_replaced_on_a_terminal() {
    let home = covered();
    let agent = "sh -c 'echo \"<$X_ACCESS_TOKEN>\"; echo \"<$PASSWORD>\" >&2; exit 4'";
    let (printed, status) = Pty::start(&home, &format!("exec {}", in_shell(agent))).end();
    assert_eq!(printed, "<***>\n<***>\n");
    assert_eq!(ended(status), "exit 4");
}

/// All eight ways to connect three streams to a terminal or to something else.
#[test]
fn streams_are_terminals_where_they_were() {
    let home = covered();
    let probe = "sh -c 'for fd in 0 1 2; do test -t $fd && echo $fd >>told; done; echo end >>told'";
    for ways in 0..8_u8 {
        let redirections = ["</dev/null", "| cat", "2>/dev/null"];
        let chosen = (0..3).filter(|fd| ways >> fd & 1 == 1).map(|fd| redirections[fd]);
        // The pipeline is last: `2>` before it is the agent's.
        let mut chosen: Vec<_> = chosen.collect();
        chosen.sort_by_key(|redirection| redirection.starts_with('|'));
        let told = |agent: &str| {
            home.write("told", "");
            let script = format!("{agent} {}; exit 0", chosen.join(" "));
            assert_eq!(ended(Pty::start(&home, &script).end().1), "exit 0");
            std::fs::read_to_string(home.path().join("told")).expect("it was told")
        };
        assert_eq!(told(&in_shell(probe)), told(probe), "{chosen:?}");
    }
}

#[test]
fn the_size_is_that_of_the_terminal() {
    let home = covered();
    let agent = "sh -c 'stty size; trap \"stty size\" WINCH; echo ready; until read l; do :; done'";
    let mut session = Pty::start(&home, &format!("exec {}", in_shell(agent)));
    session.wait_for(&format!("{ROWS} {COLUMNS}\nready\n"));
    session.resize(11, 22);
    session.wait_for("11 22\n");
    session.type_in("\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

/// In a pipeline the agent stays where it is, and its terminal is one for printing.
#[test]
fn the_size_is_told_in_a_pipeline() {
    let home = covered();
    let agent = "sh -c 'trap \"stty size <&1\" WINCH; echo ready; while :; do sleep 0.1; done'";
    let mut session = Pty::start(&home, &format!("sleep 100 | {}", in_shell(agent)));
    session.wait_for("ready\n");
    session.resize(11, 22);
    session.wait_for("11 22\n");
    session.type_in("\x03");
    assert_eq!(ended(session.end().1), "signal 2");
}

#[test]
fn lines_are_edited_echoed_and_ended() {
    let home = covered();
    let mut session =
        Pty::start(&home, &format!("exec {}", in_shell("sh -c 'echo ready; cat; echo over'")));
    session.wait_for("ready\n");
    session.type_in("Grü?\x7fße 👋\n");
    session.wait_for("ße 👋\nGrüße 👋\n");
    session.type_in("\x04");
    let (printed, status) = session.end();
    assert!(printed.ends_with("over\n"), "{printed}");
    assert_eq!(ended(status), "exit 0");
}

/// Each key is shown as it is typed, even one with which a secret begins.
#[test]
fn keys_are_shown_as_they_are_typed() {
    let home = covered();
    let mut session = Pty::start(&home, &format!("exec {}", in_shell("sh -c 'echo ready; cat'")));
    session.wait_for("ready\n");
    for key in TOKEN[..5].chars() {
        session.type_in(&key.to_string());
        session.wait_for(&key.to_string());
    }
    session.type_in(&format!("{}\n", &TOKEN[5..]));
    session.wait_for("***\n***\n");
    session.type_in("\x04");
    assert_eq!(ended(session.end().1), "exit 0");
}

/// What is typed is not printed twice, and the modes are those of before when the agent has ended,
/// however it ends.
#[test]
fn the_modes_of_the_terminal_are_restored() {
    let home = covered();
    for (agent, end) in
        [("exit 3", "exit 3"), ("kill -KILL $$", "signal 9"), ("kill $$", "signal 15")]
    {
        let agent = format!("sh -c 'stty -echo -icanon; read -r line; {agent}'");
        let script = format!("read line; {}; echo ended $?; read line", in_shell(&agent));
        let mut session = Pty::start(&home, &script);
        let before = session.modes();
        session.type_in("\n");
        until("the terminal is xreq's", || session.modes() != before);
        session.type_in("x\n");
        session.wait_for("ended ");
        assert_eq!(session.modes(), before, "{end}");
        session.type_in("\n");
        session.end();
    }
}

#[test]
fn a_password_that_is_typed_without_echo_stays_so() {
    let home = covered();
    let agent = "sh -c 'stty -echo; echo ready; read line; stty echo; echo got $line'";
    let mut session = Pty::start(&home, &format!("exec {}", in_shell(agent)));
    session.wait_for("ready\n");
    session.type_in("hidden\n");
    assert_eq!(session.wait_for("got "), "got ");
    let (printed, _) = session.end();
    assert_eq!(printed.matches("hidden").count(), 1, "{printed}");
}

/// Bytes are as they were: what the agent's terminal makes of line breaks, ours leaves alone.
#[test]
fn colours_and_controls_are_untouched() {
    let home = covered();
    let agent = "printf '\\033[31mred\\033[0m\\ta\\rb\\001\\377\\n'";
    let (printed, _) = Pty::start(&home, &format!("exec {}", in_shell(agent))).end();
    assert_eq!(printed, "\u{1b}[31mred\u{1b}[0m\ta\rb\u{1}\u{fffd}\n");
}

#[test]
fn a_dialogue_with_python_works() {
    if lacks("python3") {
        return;
    }
    let home = covered().var("PYTHON_BASIC_REPL", "1").var("TERM", "xterm");
    let mut session = Pty::start(&home, &format!("exec {}", in_shell("python3 -i -q")));
    session.wait_for(">>> ");
    session.type_in("import os; os.environ['X_ACCESS_TOKEN'][:4], os.isatty(1)\n");
    session.wait_for("('the-', True)\n");
    session.wait_for(">>> ");
    session.type_in("print(os.environ['X_ACCESS_TOKEN'])\n");
    session.wait_for("***\n");
    session.wait_for(">>> ");
    session.type_in("\x04");
    let (printed, status) = session.end();
    assert!(!printed.contains(&TOKEN[5..]), "{printed}");
    assert_eq!(ended(status), "exit 0");
}

#[test]
fn programs_that_take_the_whole_screen_work() {
    if lacks("less") {
        return;
    }
    let home = covered().var("TERM", "xterm");
    home.write("text", format!("first\n{TOKEN}\n{}last line\n", "more\n".repeat(200)));
    let mut session = Pty::start(&home, &format!("exec {}", in_shell("less text")));
    let first = session.wait_for("more");
    assert!(first.contains("first") && first.contains("***"), "{first}");
    session.type_in("G");
    session.wait_for("last line");
    session.type_in("q");
    let (printed, status) = session.end();
    assert!(!printed.contains(TOKEN));
    assert_eq!(ended(status), "exit 0");
}

/// The agent was told, and has better things to do than to print.
#[test]
fn an_agent_outlives_its_terminal() {
    let home = covered();
    let agent = "sh -c 'trap \"\" HUP; echo ready; until test -e enough; do
        head -c 10000 /dev/zero 2>/dev/null; echo x >>log; done; echo over >log'";
    let mut session = Pty::start(&home, &format!("exec {}", in_shell(agent)));
    session.wait_for("ready\n");
    let hung_up = std::thread::spawn(move || session.hang_up());
    let log = || std::fs::read_to_string(home.path().join("log")).unwrap_or_default();
    let before = log().len();
    // More than any terminal holds.
    until("the agent prints on", || log().len() > before + 200);
    home.write("enough", "");
    until("the agent ends", || log() == "over\n");
    hung_up.join().expect("xreq ends");
}
