//! The formats of findings, each judged from outside: by its schema, by a reader that others wrote,
//! or by the rules of the platform that reads it.

mod big;
mod columns;
mod commands;
mod failures;
mod github;
mod gitlab;
mod json;
mod markdown;
mod sarif;
mod secrets;
mod strangers;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Home, Ran};

/// All of them.
pub const FORMATS: [&str; 6] = ["text", "json", "github", "gitlab", "sarif", "markdown"];

/// The corpus in a folder `m` of a new home, and the paths of its files.
pub fn corpus() -> (Home, Vec<String>) {
    let home = Home::empty();
    let mut paths = Vec::new();
    for folder in ["ok", "err"] {
        let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest").join(folder);
        for entry in fs::read_dir(manifests).expect("the corpus is there") {
            let path = entry.expect("it can be read").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
                let name = format!("m/{folder}-{name}");
                home.write(&name, fs::read(&path).expect("it can be read"));
                paths.push(name);
            }
        }
    }
    assert!(paths.len() > 100, "the corpus shrank to {}", paths.len());
    paths.sort();
    (home, paths)
}

/// Runs a command with these files in a format.
pub fn printed(home: &Home, command: &[&str], format: &str, paths: &[String]) -> Ran {
    let paths = paths.iter().map(String::as_str);
    let args: Vec<_> = command.iter().copied().chain(["--format", format]).chain(paths).collect();
    home.xreq(&args)
}

/// The findings of a JSON answer.
pub fn diagnostics(answer: &Value) -> &[Value] {
    answer["diagnostics"].as_array().expect("there is a list")
}

/// A text of a JSON value.
#[track_caller]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

/// A number of a JSON value.
#[track_caller]
pub fn number(value: &Value, pointer: &str) -> usize {
    let number = value.pointer(pointer).and_then(Value::as_u64);
    let number = number.unwrap_or_else(|| panic!("{pointer} in {value}"));
    usize::try_from(number).expect("a place in a file is small")
}

/// A list of a JSON value.
#[track_caller]
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
}

/// What a finding says, in formats that have one text for all of it.
pub fn in_words(finding: &Value) -> String {
    let mut words = text(finding, "/message").to_owned();
    if let Some(label) = finding["label"].as_str() {
        words.push_str(&format!(" ({label})"));
    }
    if let Some(help) = finding["help"].as_str() {
        words.push_str(&format!("\n{help}"));
    }
    words
}

/// The lines of a text with their ends, which are CR LF, LF or CR.
pub fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let length = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        let (line, after) = rest.split_at(at + length);
        lines.push(line);
        rest = after;
    }
    lines.push(rest);
    lines
}
