//! Other readers of `.env` files: what xreq reads, they read, too, and in the same way. The value of a
//! secret must not depend on who reads the file.
//!
//! The corpus is made when the tests run, and is always the same; `XREQ_TEST_READERS` is another
//! number of texts.

mod corpus;

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use xreq::text::dotenv::{Entry, entries};

use crate::support::{Ran, machine, node};

const TEXTS: usize = 3_000;

type Values = BTreeMap<String, String>;

/// `python-dotenv`.
fn python(texts: &[String]) -> Option<Vec<Values>> {
    let mut probe = Command::new(machine::python());
    let installed = probe.args(["-c", "import dotenv"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        machine::skips("Python has no python-dotenv: run tests/python/setup");
        return None;
    }
    let mut command = Command::new(machine::python());
    Some(answers(command.arg("tests/python/dotenv_reader.py"), texts))
}

/// The package `dotenv` of npm.
fn npm(texts: &[String]) -> Option<Vec<Values>> {
    node::installed("dotenv/package.json")?;
    let mut command = Command::new("node");
    Some(answers(command.arg("tests/node/dotenv_reader.mjs"), texts))
}

fn answers(command: &mut Command, texts: &[String]) -> Vec<Values> {
    let input = serde_json::to_vec(texts).expect("texts are JSON");
    let ran = Ran::with_input(command, &input);
    assert!(ran.status.success(), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("a list of objects")
}

/// Docker's `--env-file`, by its documentation: the text behind the first `=`, up to the end of the
/// line, is the value, with quotes and `#` in it; a name has no white space.
fn docker(text: &str) -> Values {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let lines = lines.map(|line| line.trim_start_matches([' ', '\t']));
    let assigned =
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    let named =
        assigned.filter(|(name, _)| !name.is_empty() && !name.contains(char::is_whitespace));
    named.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A value that xreq reads, or none where readers differ, and the lines that it stands on.
struct Seen {
    value: Option<String>,
    lines: String,
}

/// What xreq reads; nothing where a line cannot be read.
fn here(text: &str) -> Option<BTreeMap<String, Seen>> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let mut seen = BTreeMap::new();
    for entry in entries(text) {
        let Entry::Assignment(assigned) = entry else { return None };
        let value = assigned.value().ok().map(|value| value.to_string());
        let lines = lines[assigned.lines.start() - 1..*assigned.lines.end()].concat();
        seen.insert(assigned.name.to_owned(), Seen { value, lines });
    }
    Some(seen)
}

#[test]
fn readers_see_the_same_values() {
    let count = env::var("XREQ_TEST_READERS").ok();
    let count = count.map_or(TEXTS, |count| count.parse().expect("it is a number"));
    let texts: Vec<_> = corpus::texts(count).collect();
    let (Some(python), Some(npm)) = (python(&texts), npm(&texts)) else { return };
    let (mut same, mut refused) = (0, 0);
    let mut differ = Vec::new();
    for ((text, python), npm) in texts.iter().zip(&python).zip(&npm) {
        let Some(seen) = here(text) else { continue };
        for name in python.keys().filter(|name| npm.contains_key(*name)) {
            if !seen.contains_key(name) {
                differ.push(format!("{text:?}: {name} is not seen"));
            }
        }
        for (name, Seen { value, lines }) in &seen {
            let Some(value) = value else {
                refused += 1;
                continue;
            };
            let (python, npm) = (python.get(name), npm.get(name));
            let is_for_docker = !lines.contains(['"', '\'']) && !lines.contains("export");
            let docker = docker(lines);
            let docker = if is_for_docker { docker.get(name) } else { Some(value) };
            if [python, npm, docker].iter().all(|theirs| *theirs == Some(value)) {
                same += 1;
            } else {
                differ.push(format!(
                    "{text:?}: {name} is {value:?}, python {python:?}, npm {npm:?}, docker {docker:?}"
                ));
            }
        }
    }
    assert!(same > count / 10 && refused > count / 10, "too little is compared: {same}, {refused}");
    let shown = differ.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} of {same} differ:\n{shown}", differ.len());
}
