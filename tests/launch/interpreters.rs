//! Real agents, in the languages that agents are written in, tell what they were given.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::process::{self, Stdio};

use serde_json::{Value, json};

use crate::launch::{MANIFEST, SCOPES, TOKEN, launch, there_is};
use crate::support::{Home, Ran};

/// Prints what it was given, and ends by a status of its own.
const PYTHON: &str = "
import json, os, signal, sys, threading
print(json.dumps({
    'arguments': sys.argv[1:],
    'token': os.environ['X_ACCESS_TOKEN'],
    'expiry': os.environ['X_ACCESS_TOKEN_EXPIRES_AT'],
    'keys': os.environ['XREQ_INTEGRATIONS'].split(),
    'secret': os.environ['FAL_KEY'],
    'kept': [name for name in os.environ if name.startswith('XREQ_') and name != 'XREQ_INTEGRATIONS'],
    'refresh': os.environ.get('X_REFRESH_TOKEN'),
    'bytes': list(os.environb[b'BYTES']),
    'input': sys.stdin.read(),
    'process': [os.getpid(), os.getppid()],
    'folder': os.getcwd(),
}))
sys.exit(23)
";

/// The same. Node reads the environment as text, so that it cannot show bytes.
const NODE: &str = "
const env = process.env;
console.log(JSON.stringify({
    arguments: process.argv.slice(1),
    token: env.X_ACCESS_TOKEN,
    expiry: env.X_ACCESS_TOKEN_EXPIRES_AT,
    keys: env.XREQ_INTEGRATIONS.split(' '),
    secret: env.FAL_KEY,
    kept: Object.keys(env).filter(name => name.startsWith('XREQ_') && name !== 'XREQ_INTEGRATIONS'),
    refresh: env.X_REFRESH_TOKEN ?? null,
    input: require('fs').readFileSync(0, 'utf8'),
    process: [process.pid, process.ppid],
    folder: process.cwd(),
}));
process.exit(23);
";

const AT: &str = "2099-01-02T03:04:05Z";

/// Launches an agent that prints what it was given, and answers that and the process id it had.
fn ask(agent: &[&str]) -> (Value, u32, Home) {
    let home = Home::with_manifest(&format!("{MANIFEST}  - x.user.read\nsecrets: [FAL_KEY]\n"));
    let args = ["import", "x", "--scopes", SCOPES, "--expires-at", AT];
    home.xreq_with(&args, TOKEN).succeeds();
    home.xreq_with(&["secret", "set", "FAL_KEY"], "schlüssel").succeeds();
    home.write("input", "a line of input\n");
    let input = File::open(home.path().join("input")).expect("a file");
    let mut xreq = launch(&home, agent);
    xreq.args(["one two", "", "--", "--flag=ü"]).env("LC_ALL", "C.UTF-8").stdin(input);
    xreq.env("X_REFRESH_TOKEN", "canary");
    xreq.env("BYTES", OsStr::from_bytes(b"\xff\x80"));
    let output = xreq.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = output.spawn().expect("xreq can be started");
    let id = child.id();
    let output = child.wait_with_output().expect("the agent ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(23), "{told}");
    (serde_json::from_slice(&output.stdout).expect("JSON"), id, home)
}

/// What every agent is given here.
fn expected(id: u32, home: &Home) -> Value {
    json!({
        "arguments": ["one two", "", "--", "--flag=ü"],
        "token": TOKEN,
        "expiry": AT,
        "keys": ["x.tweet.read", "x.user.read"],
        "secret": "schlüssel",
        "kept": [],
        "refresh": null,
        "input": "a line of input\n",
        "process": [id, process::id()],
        "folder": home.path().canonicalize().expect("a folder"),
    })
}

#[test]
fn a_python_agent_gets_all_of_it() {
    if !there_is("python3", &["-c", "import json"]) {
        return;
    }
    let (found, id, home) = ask(&["python3", "-c", PYTHON]);
    let mut expected = expected(id, &home);
    expected["bytes"] = json!([0xff, 0x80]);
    assert_eq!(found, expected);
}

#[test]
fn a_node_agent_gets_all_of_it() {
    if !there_is("node", &["-e", "0"]) {
        return;
    }
    let (found, id, home) = ask(&["node", "-e", NODE, "--"]);
    assert_eq!(found, expected(id, &home));
}

/// A Python agent that is interrupted raises `KeyboardInterrupt` and dies of the signal, which
/// needs SIGINT to be neither ignored nor blocked when it starts.
#[test]
fn a_python_agent_can_be_interrupted() {
    if !there_is("python3", &["-c", "import signal"]) {
        return;
    }
    let home = Home::with_manifest("name: an app\n");
    let agent = "import os, signal, sys
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    sys.exit('interrupted')
";
    Ran::of(&mut launch(&home, &["python3", "-c", agent])).exits(1).complains("interrupted");
}
