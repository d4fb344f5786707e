//! `examples/long-running`, each agent over several lives of a token.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use age::secrecy::ExposeSecret;
use xreq::sandbox::{Endpoint, Options};
use xreq::scope::ScopeSet;

use super::SCOPES;
use crate::support::provider::House;
use crate::support::{Ran, machine};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/long-running"))
}

/// Whether a program runs with these arguments; where it does not, that is said.
fn runs(program: &OsStr, probe: &[&str]) -> bool {
    let probed = Command::new(program).args(probe).current_dir(folder()).output();
    let runs = probed.is_ok_and(|output| output.status.success());
    if !runs {
        machine::skips(&format!("`{} {}` fails", program.display(), probe.join(" ")));
    }
    runs
}

/// Runs an agent that calls the API forty times in a dozen seconds, in which tokens live for four.
fn outlives_its_token(agent: &[OsString]) {
    let house = House::with(Options { expires_in: 4, ..Options::default() });
    let issued = house.control().issue_grant("alice", &ScopeSet::parse(SCOPES));
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
    let mut xreq = house.home.command();
    xreq.env("X_API_BASE_URL", house.sandbox.base_url());
    xreq.args(["run", "--min-ttl", "0s", "--keep-fresh", "--manifest"]);
    xreq.arg(folder().join("xreq.yaml")).arg("--").args(agent);
    let ran = Ran::of(&mut xreq).succeeds();
    assert_eq!(ran.stdout.matches("alice").count(), 40, "{}\n{}", ran.stdout, ran.stderr);
    let calls = house.control().log();
    let calls = calls.iter().filter(|call| call.endpoint == Endpoint::Me);
    let statuses: Vec<_> = calls.map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200); 40]);
    assert!(house.refreshes().len() >= 2, "{:?}", house.refreshes());
}

fn words<const N: usize>(words: [&OsStr; N]) -> [OsString; N] {
    words.map(OsString::from)
}

#[test]
fn the_agent_in_python() {
    let python = machine::python();
    if runs(&python, &["-c", "import requests"]) {
        let agent = folder().join("agent.py");
        outlives_its_token(&words([&python, agent.as_ref(), "40".as_ref(), "0.3".as_ref()]));
    }
}

/// The same `auth` serves httpx.
#[test]
fn the_agent_in_python_with_httpx() {
    let python = machine::python();
    if runs(&python, &["-c", "import httpx"]) {
        let agent = format!(
            "import os, sys, time; sys.path.insert(0, {:?}); import httpx\n\
             from xreq_credentials import Credentials\n\
             client = httpx.Client(auth=Credentials('x'), base_url=os.environ['X_API_BASE_URL'])\n\
             for _ in range(40):\n    \
                 print(client.get('/2/users/me').raise_for_status().json()['data']['username'])\n    \
                 time.sleep(0.3)\n",
            folder().display().to_string()
        );
        outlives_its_token(&words([&python, "-c".as_ref(), agent.as_ref()]));
    }
}

#[test]
fn the_agent_in_node() {
    let node = OsStr::new("node");
    if runs(node, &["-e", "fetch.call"]) {
        let agent = folder().join("agent.mjs");
        outlives_its_token(&words([node, agent.as_ref(), "40".as_ref(), "0.3".as_ref()]));
    }
}

#[test]
fn the_agent_in_the_shell() {
    if runs("curl".as_ref(), &["--version"]) {
        let agent = folder().join("agent.sh");
        outlives_its_token(&words([agent.as_ref(), "40".as_ref(), "0.3".as_ref()]));
    }
}

/// Started by hand, they say in one line how they want to be started.
#[test]
fn they_ask_for_xreq() {
    let python = machine::python();
    let agents = [
        (python.as_os_str(), "agent.py", runs(&python, &["-c", "import requests"])),
        ("node".as_ref(), "agent.mjs", runs("node".as_ref(), &["-e", "fetch.call"])),
        ("sh".as_ref(), "agent.sh", true),
    ];
    for (program, agent, _) in agents.into_iter().filter(|(_, _, runs)| *runs) {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let ran = Ran::of(command.arg(folder().join(agent)).env_clear().env("PATH", path));
        assert_eq!(ran.status.code(), Some(1), "{agent}");
        assert!(ran.stderr.contains("`xreq run --keep-fresh -- "), "{agent}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{agent}: {}", ran.stderr);
    }
}
