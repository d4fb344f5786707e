//! The files that others read: each conforms to the published schema of its kind, and the scripts
//! are such as a linter of shells accepts.

use std::fs;

use super::runner::root;
use crate::support::{Home, Ran, machine};

const SCRIPTS: [&str; 2] = [".github/action/find", ".github/action/judge"];

/// A module of the Python of the tests, unless it is missing, which is then said.
pub(super) fn python(home: &Home, module: &str) -> Option<std::process::Command> {
    let mut probe = home.program(machine::python());
    if !probe
        .args(["-c", &format!("import {module}")])
        .output()
        .is_ok_and(|ran| ran.status.success())
    {
        machine::skips(&format!("Python has no `{module}` here"));
        return None;
    }
    let mut python = home.program(machine::python());
    python.args(["-m", module]);
    Some(python)
}

#[test]
fn each_conforms_to_the_schema_of_its_kind() {
    let home = Home::empty();
    for (schema, file) in [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "examples/ci/github.yml"),
        ("vendor.gitlab-ci", "examples/ci/gitlab-ci.yml"),
    ] {
        let Some(mut check) = python(&home, "check_jsonschema") else { return };
        Ran::of(check.args(["--builtin-schema", schema]).arg(root().join(file))).succeeds();
    }
    // It would see a mistake.
    home.write(
        "action.yml",
        "name: xreq\ndescription: d\nruns: {using: composite, steps: [{run: a}]}\n",
    );
    let Some(mut check) = python(&home, "check_jsonschema") else { return };
    Ran::of(check.args(["--builtin-schema", "vendor.github-actions", "action.yml"])).exits(1);
}

#[test]
fn scripts_are_in_order() {
    let home = Home::empty();
    for script in SCRIPTS {
        Ran::of(home.program("bash").arg("-n").arg(root().join(script))).succeeds();
    }
    if machine::lacks("shellcheck") {
        return;
    }
    Ran::of(home.program("shellcheck").args(SCRIPTS).current_dir(root())).succeeds();
}

/// A version that was never published cannot be installed.
#[test]
fn the_examples_name_this_version() {
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    for file in ["github.yml", "gitlab-ci.yml", "pre-commit-config.yaml", "README.md"] {
        let text = fs::read_to_string(root().join("examples/ci").join(file)).expect("it is there");
        let versions: Vec<_> =
            text.match_indices(" v0.").chain(text.match_indices("@v0.")).collect();
        assert!(!versions.is_empty(), "{file}");
        for (at, _) in versions {
            assert!(text[at + 1..].starts_with(&version), "{file}: {}", &text[at..at + 10]);
        }
    }
}
