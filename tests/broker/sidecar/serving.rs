//! What a sidecar serves, and what it says.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use super::*;
use crate::support::machine;
use crate::support::wait::until;

#[test]
fn agents_that_xreq_does_not_launch_call_by_each_way_in() {
    let house = house();
    let sidecar = Sidecar::start(&house, &["--listen", "0", "--socket", "agent.sock"]);
    for way in [
        "call https://api.x.com/2/users/me",
        "call $X_API_BASE_URL/2/users/me",
        "call --http2-prior-knowledge $X_API_BASE_URL/2/users/me",
        "call --unix-socket $XREQ_BROKER_SOCKET http://any/x/2/users/me",
    ] {
        let ran = sidecar.script(way).succeeds();
        assert!(ran.stdout.contains("\"username\":\"alice\""), "{way}: {}", ran.stdout);
    }
    let refused = sidecar.script("call $X_API_BASE_URL/2/users/1/bookmarks").succeeds();
    assert!(refused.stdout.contains("operation/not-declared"), "{}", refused.stdout);
    let socket = fs::symlink_metadata(sidecar.variable("XREQ_BROKER_SOCKET")).expect("it is there");
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_client_of_another_language_finds_the_way_by_the_variables() {
    let python = machine::python();
    let script = "import os, requests\n\
                  headers = {'Authorization': 'Bearer ' + os.environ['X_ACCESS_TOKEN']}\n\
                  for base in ('https://api.x.com', os.environ['X_API_BASE_URL']):\n    \
                  print(requests.get(base + '/2/users/me', headers=headers).text)\n";
    let python = python.to_str().expect("a plain path");
    let probed = Command::new(python).args(["-c", "import requests"]).output();
    if !probed.is_ok_and(|probed| probed.status.success()) {
        return machine::skips("Python has no `requests` here");
    }
    let house = house();
    let sidecar = Sidecar::start(&house, &["--listen", "0"]);
    let ran = Ran::of(&mut sidecar.agent(python, &["-c", script])).succeeds();
    assert_eq!(ran.stdout.matches("\"username\":\"alice\"").count(), 2, "{}", ran.stdout);
}

#[test]
fn a_client_without_the_password_gets_nothing() {
    let house = house();
    let sidecar = Sidecar::start(&house, &["--listen", "0", "--socket", "agent.sock"]);
    house.control().clear_log();
    let script = format!(
        "curl -sS -o /dev/null -w '%{{http_connect}} ' -x http://127.0.0.1:{0} \
         https://api.x.com/2/users/me; \
         curl -sS -o /dev/null -w '%{{http_code}} ' --noproxy '' -x http://127.0.0.1:{0} \
         http://other.example/; \
         curl -sS -w '%{{http_code}}' $X_API_BASE_URL/2/users/me",
        sidecar.port()
    );
    let ran = sidecar.script(&script).succeeds();
    assert!(ran.stdout.starts_with("407 407 "), "{}", ran.stdout);
    assert!(ran.stdout.contains("request/no-placeholder"), "{}", ran.stdout);
    assert_eq!(house.control().log().len(), 0);
}

#[test]
fn a_socket_alone_opens_no_port_and_is_all_that_is_named() {
    let house = house();
    let sidecar = Sidecar::start(&house, &["--socket", "agent.sock"]);
    let names: Vec<_> = sidecar.variables.keys().map(String::as_str).collect();
    assert_eq!(names, ["XREQ_BROKER_SOCKET", LAST, "X_ACCESS_TOKEN"]);
    let ran = sidecar.script("call --unix-socket $XREQ_BROKER_SOCKET http://any/x/2/users/me");
    assert!(ran.succeeds().stdout.contains("alice"));
    let process = format!("/proc/{}", sidecar.broker().as_raw_nonzero());
    let table = ["net/tcp", "net/tcp6"].map(|name| fs::read_to_string(format!("{process}/{name}")));
    // The state 0A is that of a port that listens; the tenth word is the number of its socket.
    let listening: Vec<String> = table
        .iter()
        .flatten()
        .flat_map(|table| table.lines())
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.get(3) == Some(&"0A"))
        .map(|words| format!("socket:[{}]", words[9]))
        .collect();
    let open = fs::read_dir(format!("{process}/fd")).expect("it is there").flatten();
    let open: Vec<_> = open.filter_map(|file| fs::read_link(file.path()).ok()).collect();
    assert!(open.iter().any(|file| file.to_string_lossy().starts_with("socket:")));
    assert!(open.iter().all(|file| !listening.contains(&file.to_string_lossy().into_owned())));
}

#[test]
fn each_form_says_the_same() {
    let house = house();
    let options = ["--socket", "agent.sock", "--format"];
    let mut said = Vec::new();
    for form in ["dotenv", "json"] {
        let mut command = command(&house, &[&options[..], &[form]].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut text = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        while !text.contains(LAST) || form == "json" && !text.ends_with("}\n") {
            lines.read_line(&mut text).expect("text");
        }
        kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
        assert!(child.wait().expect("it ends").success());
        said.push(text);
    }
    let socket = house.home.path().join("agent.sock");
    let json: serde_json::Value = serde_json::from_str(&said[1]).expect("it is JSON");
    assert_eq!(json["XREQ_BROKER_SOCKET"], socket.to_str().expect("a plain path"));
    assert_eq!(json[LAST], "x.tweet.read x.tweet.write");
    assert!(said[0].contains(&format!("XREQ_BROKER_SOCKET={}\n", socket.display())), "{}", said[0]);
    assert!(said[0].contains(&format!("{LAST}=x.tweet.read x.tweet.write\n")), "{}", said[0]);
}

#[test]
fn no_token_and_no_secret_is_printed_or_written() {
    let house = house();
    let manifest = "integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n";
    house.home.write("xreq.yaml", manifest);
    house.home.xreq_with(&["secret", "set", "FAL_KEY"], "fal-canary-5d1f").succeeds();
    let mut command = command(&house, &["--listen", "0", "--socket", "agent.sock"]);
    command.stderr(fs::File::create(house.home.path().join("said")).expect("a file"));
    let sidecar = Sidecar::run(command);
    sidecar.script("call https://api.x.com/2/users/me").succeeds().prints("alice");
    assert!(!sidecar.variables.contains_key("FAL_KEY"), "{:?}", sidecar.variables);
    let folder =
        Path::new(sidecar.variable("SSL_CERT_FILE")).parent().expect("a folder").to_owned();
    let mut shown: Vec<_> = sidecar.variables.values().cloned().collect();
    for file in fs::read_dir(folder).expect("it is there").flatten() {
        shown.extend(fs::read_to_string(file.path()));
    }
    for id in [Pid::from_child(&sidecar.child), sidecar.broker()] {
        for file in ["cmdline", "environ"] {
            let path = format!("/proc/{}/{file}", id.as_raw_nonzero());
            // Those of a process that cannot be looked into are read by nobody.
            shown.extend(fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    sidecar.signal(Signal::TERM);
    let token = token(&house);
    shown.push(sidecar.end().1);
    let said = fs::read_to_string(house.home.path().join("said")).expect("it is there");
    assert!(said.contains("FAL_KEY stay with whoever starts the agent"), "{said}");
    shown.push(said);
    for text in shown {
        assert!(!text.contains(&token) && !text.contains("fal-canary"), "{text}");
    }
}

#[test]
fn what_is_unmet_is_told_as_at_a_launch() {
    let house = house();
    house.home.write("xreq.yaml", "integrations: [x.dm.write]\n");
    let launch = house.home.xreq(&["run", "--broker", "--", "true"]).exits(125);
    let sidecar = house.home.xreq(&["broker", "--socket", "agent.sock"]).exits(125);
    assert_eq!(sidecar.stderr, launch.stderr);
    assert!(launch.stderr.contains("requirements_unmet"), "{}", launch.stderr);
    assert_eq!(sidecar.stdout, "");
    assert!(!house.home.path().join("agent.sock").exists());
    house.home.xreq(&["broker"]).exits(2).complains("--listen");
}

#[test]
fn the_rules_of_a_broker_are_those_of_a_launch() {
    let house = house();
    let options = ["--listen", "0", "--read-only", "--egress", "deny"];
    let sidecar = Sidecar::start(&house, &options);
    let post =
        "call -H 'content-type: application/json' -d '{\"text\":\"hi\"}' $X_API_BASE_URL/2/tweets";
    sidecar.script(post).succeeds().prints("operation/changes");
    let other = "curl -sS -o /dev/null -w '%{http_connect}' https://other.example/; true";
    assert_eq!(sidecar.script(other).succeeds().stdout, "403");
    let limited = ["--listen", "0", "--limit", "x.tweet.write=1/1h", "--limit-log", "log"];
    let limited = Sidecar::start(&house, &limited);
    limited.script(post).succeeds().prints("\"text\":\"hi\"");
    limited.script(post).succeeds().prints("limit/exceeded");
    assert!(house.home.path().join("log/limits").is_dir());
}

#[test]
fn a_launch_is_recorded_for_agents_that_start_elsewhere() {
    let house = house();
    let config = house.home.path().join("home/config.yaml");
    let text = fs::read_to_string(&config).expect("it is there");
    house.home.write("home/config.yaml", format!("audit: true\n{text}"));
    let sidecar = Sidecar::start(&house, &["--socket", "agent.sock"]);
    let log = fs::read_to_string(house.home.store().join("audit.jsonl")).expect("it is kept");
    let launch = log.lines().find(|line| line.contains("\"event\":\"launch\"")).expect("a line");
    let line: serde_json::Value = serde_json::from_str(launch).expect("it is JSON");
    crate::support::conforms("audit", &line);
    assert_eq!((&line["broker"], &line["argv0"]), (&true.into(), &"-".into()));
    drop(sidecar);
}

#[test]
fn calls_of_agents_that_start_elsewhere_wait_for_a_person_too() {
    let house = house();
    let sidecar = Sidecar::start(&house, &["--listen", "0", "--ask", "x.tweet.write"]);
    let post = "call -o /dev/null -w '%{http_code}' -H 'content-type: application/json' \
                -d '{\"text\":\"hello\"}' $X_API_BASE_URL/2/tweets";
    let agent = sidecar
        .agent("sh", &["-c", &format!("{CALL}{post}")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut waiting = Vec::new();
    until("a call waits", || {
        let told = house.home.xreq(&["broker", "pending", "--format", "json"]).succeeds().json();
        waiting = told["pending"].as_array().expect("a list").clone();
        !waiting.is_empty()
    });
    house.home.xreq(&["broker", "status"]).succeeds().prints("agents that start elsewhere");
    assert_eq!(house.control().posts().len(), 0, "it waits");
    let id = waiting[0]["id"].as_str().expect("it has one");
    house.home.xreq(&["broker", "approve", id]).succeeds();
    let ended = agent.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "201");
    assert_eq!(house.control().posts().len(), 1);
}
