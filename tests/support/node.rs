//! The Node programs that `tests/node/setup` installs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::machine;

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
    let mut child = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Node starts");
    let mut input = child.stdin.take().expect("its input is piped");
    input.write_all(graph.as_bytes()).expect("it reads all of its input");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(!said.is_empty(), "it failed: {}", String::from_utf8_lossy(&output.stderr));
    Some(if output.status.success() { Ok(said) } else { Err(said) })
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
