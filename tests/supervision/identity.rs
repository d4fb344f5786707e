//! Variables that say which process they are for: what a service manager hands over.

use std::io::Write;
use std::net::TcpStream;
use std::process::Stdio;

use super::{WAYS, Way};
use crate::support::Home;
use crate::support::machine::{lacks, python};
use crate::support::pty::{Pty, ended};
use crate::support::wait::until;
use crate::support::{Ran, XREQ};

/// A shell that names itself as a service manager would, and becomes what follows.
const NAMES_ITSELF: &str = "export LISTEN_FDS=1 LISTEN_PID=$$ WATCHDOG_PID=$$ SYSTEMD_EXEC_PID=$$ \
    MANAGERPID=1 PORT=$$; exec 3<three";

/// Says which of the variables name it, and reads what was handed over.
const AGENT: &str = "sh -c 'for name in LISTEN_PID WATCHDOG_PID SYSTEMD_EXEC_PID MANAGERPID; do \
    eval value=\\$$name; if test $value = $$; then echo $name is mine; fi; done; cat <&3'";

const TOLD: &str = "LISTEN_PID is mine\nWATCHDOG_PID is mine\nSYSTEMD_EXEC_PID is mine\nthree\n";

fn home() -> Home {
    let home = Home::with_manifest("name: an app\n");
    home.write("three", "three\n");
    home
}

fn wrappers() -> impl Iterator<Item = String> {
    let more = ["run --redact", "run --keep-fresh --redact"];
    let ways = WAYS.map(|way: Way| way.wrapper().to_owned());
    ways.into_iter().chain(more.map(|options| format!("\"$0\" {options} --")))
}

#[test]
fn variables_that_name_the_process_name_the_agent() {
    let home = home();
    for wrapper in wrappers() {
        let script = format!("{NAMES_ITSELF}; exec {wrapper} {AGENT}");
        let ran = Ran::of(home.program("sh").args(["-c", &script, XREQ])).succeeds();
        assert_eq!(ran.stdout, TOLD, "{wrapper}");
    }
}

/// On a terminal, where the agent is in a session of its own.
#[test]
fn so_they_do_in_a_session() {
    for wrapper in wrappers() {
        let home = home();
        let session = Pty::start(&home, &format!("{NAMES_ITSELF}; exec {wrapper} {AGENT}"));
        let (printed, status) = session.end();
        assert_eq!((printed.as_str(), ended(status)), (TOLD, "exit 0".into()), "{wrapper}");
    }
}

/// What names another process is not touched.
#[test]
fn variables_of_others_are_as_they_were() {
    let home = home();
    let agent = "sh -c 'echo $LISTEN_PID $WATCHDOG_PID $PORT'";
    for wrapper in wrappers() {
        let script = format!(
            "export LISTEN_PID=1 WATCHDOG_PID=0$$ PORT=$$; echo $$; exec {wrapper} {agent}"
        );
        let ran = Ran::of(home.program("sh").args(["-c", &script, XREQ])).succeeds();
        let (id, told) = ran.stdout.split_once('\n').expect("two lines");
        assert_eq!(told, format!("1 0{id} {id}\n"), "{wrapper}");
    }
}

/// The number of a pidfd, which is set beside the id by newer service managers.
#[test]
fn the_number_of_the_process_is_the_agents() {
    if lacks("python3") {
        return;
    }
    let home = home();
    let id = "os.fstat(os.pidfd_open(os.getpid())).st_ino";
    home.write("agent.py", format!("import os\nprint(os.environ['LISTEN_PIDFDID'] == str({id}))"));
    let start = format!(
        "import os, sys; os.environ['LISTEN_PIDFDID'] = str({id}); os.execvp(sys.argv[1], sys.argv[1:])"
    );
    let python = python();
    for options in ["--keep-fresh", "--redact"] {
        let mut command = home.program(&python);
        command.args(["-c", &start, XREQ, "run", options, "--"]).arg(&python).arg("agent.py");
        assert_eq!(Ran::of(&mut command).succeeds().stdout, "True\n", "{options}");
    }
}

#[test]
fn an_agent_takes_the_socket_that_was_opened_for_it() {
    if lacks("systemd-socket-activate") || lacks("python3") {
        return;
    }
    let home = home();
    home.write(
        "agent.py",
        "import os, socket
assert os.environ['LISTEN_PID'] == str(os.getpid()), os.environ['LISTEN_PID']
connection, _ = socket.socket(fileno=3).accept()
connection.sendall(b'hello ' + connection.recv(100))
",
    );
    for options in [&["--keep-fresh"][..], &["--redact"]] {
        let mut activate = home.program("systemd-socket-activate");
        let port = free_port();
        activate.args(["-l", &format!("127.0.0.1:{port}"), "-E", "HOME", "-E", "XREQ_HOME"]);
        activate.args(["-E", "PATH", XREQ, "run"]).args(options).arg("--");
        activate.arg(python()).arg("agent.py");
        let mut service = activate.stderr(Stdio::null()).spawn().expect("it starts");
        let mut connection = None;
        until("nobody listens", || {
            connection = TcpStream::connect(("127.0.0.1", port)).ok();
            connection.is_some()
        });
        let mut connection = connection.expect("it is there");
        connection.write_all(b"agent").expect("it is read");
        let answer = std::io::read_to_string(&mut connection).expect("text");
        assert_eq!(answer, "hello agent", "{options:?}");
        assert_eq!(ended(service.wait().expect("it ends")), "exit 0");
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it has one").port()
}
