//! `examples/long-running`, each agent over several lives of a token.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Options};

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

/// Runs an agent that calls the API sixty times in some twenty seconds, in which tokens live for eight.
fn outlives_its_token(agent: &[OsString]) {
    let house = House::with(Options { expires_in: 8, ..Options::default() });
    let issued = house.control().issue_grant("alice", &ScopeSet::parse(SCOPES));
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
    let mut xreq = house.home.command();
    xreq.env("X_API_BASE_URL", house.sandbox.base_url());
    xreq.args(["run", "--min-ttl", "0s", "--keep-fresh", "--manifest"]);
    xreq.arg(folder().join("xreq.yaml")).arg("--").args(agent);
    let ran = Ran::of(&mut xreq).succeeds();
    assert_eq!(ran.stdout.matches("alice").count(), 60, "{}\n{}", ran.stdout, ran.stderr);
    let calls = house.control().log();
    let calls = calls.iter().filter(|call| call.endpoint == Endpoint::Me);
    let statuses: Vec<_> = calls.map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200); 60]);
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
        outlives_its_token(&words([&python, agent.as_ref(), "60".as_ref(), "0.3".as_ref()]));
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
             for _ in range(60):\n    \
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
        outlives_its_token(&words([node, agent.as_ref(), "60".as_ref(), "0.3".as_ref()]));
    }
}

#[test]
fn the_agent_in_the_shell() {
    if runs("curl".as_ref(), &["--version"]) {
        let agent = folder().join("agent.sh");
        outlives_its_token(&words([agent.as_ref(), "60".as_ref(), "0.3".as_ref()]));
    }
}

/// Runs a program that asks again and again, until it has the second token, and prints what it gets
/// (`none` for an error). The endpoint has no token at first, nor for a while when the first one is
/// half dead.
fn survives_an_outage(program: &OsStr, args: &[&str]) {
    let endpoint = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", endpoint.local_addr().expect("it has one"));
    let asked = thread::spawn(move || {
        let tokens = [None, Some("first"), None, None, Some("second")];
        tokens.map(|token| {
            let (mut stream, _) = endpoint.accept().expect("it is asked");
            let at = Instant::now();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            assert!(lines.take_while(|line| !line.is_empty()).count() > 1);
            let expires_at = Timestamp::now() + SignedDuration::from_secs(12);
            let (status, body) = match token {
                Some(token) => {
                    let expires_at = expires_at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
                    let body =
                        format!(r#"{{"access_token":"{token}","expires_at":"{expires_at}"}}"#);
                    ("200 OK", body)
                }
                None => ("503 Service Unavailable\r\nRetry-After: 1", "{}".to_owned()),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).expect("it reads");
            at
        })
    });
    let mut command = Command::new(program);
    command.args(args).current_dir(folder()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("XREQ_CREDENTIALS_URL", url).env("XREQ_CREDENTIALS_TOKEN", "a");
    let ran = Ran::of(&mut command).succeeds();
    let mut got: Vec<_> = ran.stdout.lines().collect();
    got.dedup();
    assert_eq!(got, ["none", "first", "second"], "{}", ran.stderr);
    let asked = asked.join().expect("it was asked five times");
    for refused in [0, 2, 3] {
        let waited = asked[refused + 1] - asked[refused];
        assert!(waited >= Duration::from_millis(900), "{waited:?}");
    }
}

#[test]
fn python_uses_its_token_in_an_outage() {
    let script = "\
import time
from xreq_credentials import Credentials
credentials, token = Credentials('x'), None
while token != 'second':
    try:
        token = credentials.access_token()
    except OSError:
        token = 'none'
    print(token)
    time.sleep(0.1)
";
    survives_an_outage(machine::python().as_ref(), &["-c", script]);
}

#[test]
fn node_uses_its_token_in_an_outage() {
    let script = "\
import { credentials } from './credentials.mjs';
import { setTimeout } from 'node:timers/promises';
const accessToken = credentials('x');
let token = null;
while (token !== 'second') {
  token = await accessToken().catch(() => 'none');
  console.log(token);
  await setTimeout(100);
}
";
    let node = OsStr::new("node");
    if runs(node, &["-e", "fetch.call"]) {
        survives_an_outage(node, &["--input-type=module", "-e", script]);
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
