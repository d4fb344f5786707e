//! `xreq broker`: agents that xreq does not launch, and the broker that they call.

mod ends;
mod examples;
mod exposed;
mod serving;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{CALL, House, broker_of, house, token};
use crate::support::Ran;

/// The variable that is printed last.
const LAST: &str = "XREQ_INTEGRATIONS";

/// A broker that serves.
struct Sidecar {
    child: Child,
    stdout: BufReader<ChildStdout>,
    variables: BTreeMap<String, String>,
}

impl Sidecar {
    /// Starts one, and waits until it has said what to set.
    fn start(house: &House, options: &[&str]) -> Self {
        Self::run(command(house, options))
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut variables = BTreeMap::new();
        while !variables.contains_key(LAST) {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).expect("text"), 0, "it ends: {variables:?}");
            let line = line.strip_prefix("export ").expect("a line for a shell").trim_end();
            let (name, value) = line.split_once('=').expect("a variable");
            let value = value.trim_matches('\'');
            variables.insert(name.to_owned(), value.to_owned());
        }
        Self { child, stdout, variables }
    }

    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.variables))
    }

    fn port(&self) -> u16 {
        let (_, port) = self.variable("HTTPS_PROXY").rsplit_once(':').expect("a port");
        port.parse().expect("a port")
    }

    /// A command of an agent, with nothing but what was printed.
    fn agent(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Runs a script of a shell as the agent.
    fn script(&self, script: &str) -> Ran {
        Ran::of(&mut self.agent("sh", &["-c", &format!("{CALL}{script}")]))
    }

    fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).expect("it runs");
    }

    /// Waits for its end, and gives all that it printed after the variables.
    fn end(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).expect("text");
        (self.child.wait().expect("it ends"), rest)
    }

    /// The process beside it, which has the tokens.
    fn broker(&self) -> Pid {
        Pid::from_raw(broker_of(&self.child)).expect("a process")
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(house: &House, options: &[&str]) -> Command {
    let mut command = house.home.command();
    command.arg("broker").args(options);
    command
}

fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
