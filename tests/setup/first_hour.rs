//! The first hour of somebody who has read the README, in an empty home: each printed step is taken as it
//! is printed.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{Home, Ran, XREQ, machine};

/// The ports of the sandbox, and of the redirect to a client that nobody gave another one.
const PORTS: [u16; 2] = [8181, 8080];

/// The most commands that it may take.
const MOST: usize = 7;

/// A shell in an empty home, where `xreq` is in the path and nothing was set up.
struct Shell<'a> {
    home: &'a Home,
    /// The lines that set variables, as they were printed.
    exports: Vec<String>,
    /// The processes in other terminals.
    others: Vec<Child>,
}

impl Shell<'_> {
    fn command(&self, line: &str) -> Command {
        let mut command = self.home.program("sh");
        let folder = Path::new(XREQ).parent().expect("a program lies in a folder").display();
        let path = std::env::var("PATH").unwrap_or_default();
        let script = format!("{}\nexec 2>&1\n{line}", self.exports.join("\n"));
        command.env_remove("XREQ_HOME").env("PATH", format!("{folder}:{path}"));
        command.args(["-c", &script]);
        command
    }

    /// Runs a command to its end, and gives what it printed.
    fn run(&self, line: &str) -> String {
        Ran::of(&mut self.command(line)).stdout
    }

    /// Runs a command in another terminal, sets the variables that it says, and gives the last command
    /// that it names.
    fn run_beside(&mut self, line: &str) -> String {
        let mut command = self.command(&format!("exec {line}"));
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a shell starts");
        let output = process.stdout.take().expect("it is a pipe");
        self.others.push(process);
        let lines = BufReader::new(output).lines().map(|line| line.expect("it is text"));
        let mut lines = lines.skip_while(|line| line != "In another terminal:").skip(2);
        let named: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        let exports = named.iter().filter(|line| line.starts_with("export "));
        self.exports.extend(exports.cloned());
        named.last().expect("it names a command").clone()
    }
}

impl Drop for Shell<'_> {
    fn drop(&mut self) {
        for other in &mut self.others {
            other.kill().expect("it runs until it is ended");
            other.wait().expect("it is ours");
        }
    }
}

#[test]
fn the_last_line_of_each_output_leads_on_to_a_launched_agent() {
    let are_free = PORTS.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    if !are_free {
        return machine::skips("a port of the sandbox, or of the redirect, is taken");
    }
    let home = Home::empty();
    let mut shell = Shell { home: &home, exports: Vec::new(), others: Vec::new() };
    let mut taken = vec!["xreq check".to_owned()];
    loop {
        let command = taken.last().expect("there is one").clone();
        let printed = shell.run(&command);
        if command.starts_with("xreq run ") {
            assert_eq!(printed, "x.tweet.read\n", "nothing else is said: {taken:#?}");
            break;
        }
        let last = printed.lines().last().unwrap_or_default();
        let step = last.strip_prefix("next");
        let step = step.unwrap_or_else(|| panic!("no step follows `{command}`: {printed}"));
        let (place, step) = step.split_once(": ").expect("the command is behind a colon");
        taken.push(step.to_owned());
        if place.ends_with("in another terminal") {
            let step = shell.run_beside(step);
            taken.push(step);
        }
        assert!(taken.len() <= MOST, "{taken:#?}");
    }
    let named: Vec<_> = taken.iter().filter_map(|line| line.split_once("xreq ")).collect();
    let named: Vec<_> =
        named.iter().map(|(_, rest)| rest.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(named, ["check", "init", "sandbox", "sandbox", "run"], "{taken:#?}");
}

#[test]
fn the_readme_begins_with_the_command_that_shows_the_way() {
    let readme = include_str!("../../README.md");
    let begin = readme.split_once("\n## Begin\n").expect("there is such a section").1;
    let commands = begin.lines().filter(|line| line.starts_with("xreq "));
    let first = commands.map(|line| line.split("  ").next().unwrap_or_default()).next();
    assert_eq!(first, Some("xreq check"));
}
