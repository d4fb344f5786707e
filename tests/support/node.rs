//! The Node programs that `tests/node/setup` installs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Ran, machine};

/// A file of the installed packages, as `ajv/package.json`. Where it, or Node itself, is missing,
/// that is said.
pub fn installed(file: &str) -> Option<PathBuf> {
    if machine::lacks("node") {
        return None;
    }
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-node/node_modules").join(file);
    if !path.exists() {
        machine::skips(&format!("there is no {file}: run tests/node/setup"));
        return None;
    }
    Some(path)
}

/// What Mermaid says of a graph: its type, or the parser's complaint. `None` where Mermaid is not
/// installed.
pub fn mermaid(graph: &str) -> Option<Result<String, String>> {
    installed("mermaid/package.json")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/mermaid.mjs");
    let ran = Ran::with_input(Command::new("node").arg(script), graph.as_bytes());
    let said = ran.stdout.trim().to_owned();
    assert!(!said.is_empty(), "it failed: {}", ran.stderr);
    Some(if ran.status.success() { Ok(said) } else { Err(said) })
}

#[test]
fn mermaid_tells_a_right_graph_from_a_wrong_one() {
    let Some(right) = mermaid("flowchart LR\n  a[\"x <b>y</b>\"] --> b{{\"c\"}}\n") else { return };
    assert_eq!(right, Ok("flowchart-v2".to_owned()));
    let wrong = mermaid("flowchart LR\n  a --> [b\n").expect("it is installed");
    assert!(wrong.is_err_and(|complaint| complaint.contains("Parse error on line 2")));
}

#[test]
fn the_lock_names_no_place_to_install_from() {
    let lock = fs::read_to_string("tests/node/package-lock.json").expect("it is there");
    assert!(!lock.contains("\"resolved\""), "a registry is named in it");
}
