//! The other readers: each program is given a JSON list of texts, and answers with a list of
//! objects that have the document of each reader that accepts the text.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ran, machine, node};

/// By the name of a reader, the document that it made of a text.
pub type Answers = Vec<(String, Value)>;

/// `PyYAML`, as it is and with libyaml, and `ruamel.yaml` for both versions of YAML.
pub fn python(texts: &[&str]) -> Option<Vec<Answers>> {
    let mut probe = Command::new(machine::python());
    let installed = probe.args(["-c", "import yaml, ruamel.yaml"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        machine::skips("Python has no PyYAML and ruamel.yaml: run tests/python/setup");
        return None;
    }
    let mut command = Command::new(machine::python());
    command.arg("tests/python/readers.py");
    Some(answers(&mut command, texts))
}

/// The packages `yaml`, for both versions of YAML, and `js-yaml`.
pub fn node(texts: &[&str]) -> Option<Vec<Answers>> {
    node::installed("yaml/package.json")?;
    node::installed("js-yaml/package.json")?;
    let mut command = Command::new("node");
    command.arg("tests/node/readers.mjs");
    Some(answers(&mut command, texts))
}

/// The package `gopkg.in/yaml.v3`, where Debian's `golang-gopkg-yaml.v3-dev` put it.
pub fn go(texts: &[&str]) -> Option<Vec<Answers>> {
    const PATH: &str = "/usr/share/gocode";
    if machine::lacks("go") {
        return None;
    }
    if !Path::new(PATH).join("src/gopkg.in/yaml.v3").exists() {
        machine::skips("Go has no yaml.v3: install golang-gopkg-yaml.v3-dev");
        return None;
    }
    let mut command = Command::new("go");
    command.args(["run", "tests/go/readers.go"]).env("GOPATH", PATH).env("GO111MODULE", "off");
    Some(answers(&mut command, texts))
}

fn answers(command: &mut Command, texts: &[&str]) -> Vec<Answers> {
    let input = serde_json::to_vec(texts).expect("texts are JSON");
    let ran = Ran::with_input(command, &input);
    assert!(ran.status.success(), "{}", ran.stderr);
    let answers: Vec<serde_json::Map<String, Value>> =
        serde_json::from_str(&ran.stdout).expect("a list of objects");
    answers.into_iter().map(|answers| answers.into_iter().collect()).collect()
}
