//! Proxies that an agent inherits, and the endpoint on this machine.

use std::io::{ErrorKind, Write};
use std::net::TcpListener;

use crate::launch::{MANIFEST, SCOPES, TOKEN, covered, there_is};
use crate::support::machine::{lacks, python};
use crate::support::{Home, Ran};

const MACHINE: &str = "127.0.0.1,localhost,::1";

/// What the agent has for the two variables.
fn exceptions(home: &Home, options: &[&str], variables: &[(&str, &str)]) -> String {
    let mut xreq = home.command();
    xreq.arg("run").args(options).args(["--", "sh", "-c", "echo \"$no_proxy|$NO_PROXY\""]);
    Ran::of(xreq.envs(variables.iter().copied())).succeeds().stdout.trim_end().to_owned()
}

#[test]
fn this_machine_is_excepted_where_there_is_an_endpoint_and_a_proxy() {
    let home = covered();
    let both = format!("{MACHINE}|{MACHINE}");
    let merged = format!("a.example,{MACHINE}");
    let keeps = &["--keep-fresh"][..];
    for (options, variables, expected) in [
        (keeps, &[("http_proxy", "http://127.0.0.1:9")][..], both.as_str()),
        (keeps, &[("HTTPS_PROXY", "http://127.0.0.1:9")], &both),
        (keeps, &[("ALL_PROXY", "http://127.0.0.1:9")], &both),
        (keeps, &[("http_proxy", "p"), ("NO_PROXY", "a.example")], &format!("{merged}|{merged}")),
        (keeps, &[("http_proxy", "p"), ("no_proxy", "*")], "*|*"),
        (&["--keep-fresh", "--redact"], &[("http_proxy", "p")], &both),
        (keeps, &[("NO_PROXY", "a.example")], "|a.example"),
        (&["--keep-fresh", "--deliver", "file"], &[("http_proxy", "p")], "|"),
        (&["--keep-fresh", "--pristine"], &[("http_proxy", "p")], "|"),
        (&[], &[("http_proxy", "p"), ("no_proxy", "a.example")], "a.example|"),
    ] {
        assert_eq!(exceptions(&home, options, variables), expected, "{options:?} {variables:?}");
    }
}

#[test]
fn a_dry_run_shows_the_exceptions() {
    let home = covered().var("http_proxy", "http://127.0.0.1:9").var("no_proxy", "a.example");
    let ran = home.xreq(&["run", "--keep-fresh", "--dry-run", "--", "true"]).succeeds();
    ran.prints(&format!("set      no_proxy=a.example,{MACHINE}  (")).prints("set      NO_PROXY=");
    let ran = home.xreq(&["run", "--dry-run", "--", "true"]).succeeds();
    assert!(!ran.stdout.contains("set      no_proxy"), "{}", ran.stdout);
}

/// What people type, and what programs do by themselves, does not show a proxy the bearer token.
#[test]
fn requests_to_the_endpoint_go_by_no_proxy() {
    if lacks("curl") || !there_is("python3", &["-c", "import requests"]) {
        return;
    }
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    proxy.set_nonblocking(true).expect("a socket");
    let home = Home::with_manifest(MANIFEST).var("http_proxy", &address).var("ALL_PROXY", &address);
    home.import(TOKEN, SCOPES);
    let mut file = std::fs::File::create(home.path().join("ask.py")).expect("a file");
    let ask = "import os, requests
url, bearer = os.environ['XREQ_CREDENTIALS_URL'], os.environ['XREQ_CREDENTIALS_TOKEN']
print(requests.get(url + '/x', headers={'Authorization': 'Bearer ' + bearer}, timeout=20).text)
";
    file.write_all(ask.as_bytes()).expect("it is written");
    let curl = "exec curl -sS --max-time 20 -H \"Authorization: Bearer $XREQ_CREDENTIALS_TOKEN\" \
                \"$XREQ_CREDENTIALS_URL/x?min_ttl=10m\"";
    for agent in [vec!["sh".into(), "-c".into(), curl.into()], vec![python(), "ask.py".into()]] {
        let mut xreq = home.command();
        let ran = Ran::of(xreq.args(["run", "--keep-fresh", "--"]).args(&agent)).succeeds();
        ran.prints(TOKEN);
        let nobody = proxy.accept().expect_err("nobody talks to the proxy");
        assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
    }
}
