//! The examples of services, held against their readers.

use std::path::{Path, PathBuf};

use super::*;
use crate::support::{XREQ, systemd};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sidecar").join(name)
}

fn unit() -> String {
    fs::read_to_string(example("xreq-broker.service")).expect("it is there")
}

#[test]
fn systemd_takes_the_unit() {
    systemd::takes("xreq-broker.service", &unit());
}

#[test]
fn the_command_of_the_unit_serves() {
    let house = house();
    let folder = house.home.path().to_str().expect("a plain path");
    fs::create_dir(house.home.path().join("xreq-agent")).expect("a folder");
    let unit = unit();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let line = line.replace("%h/agent", folder).replace("%t", folder).replace("8480", "0");
    let arguments: Vec<_> =
        line.split(' ').skip(2).map(|word| word.replace("dotenv", "shell")).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let sidecar = Sidecar::start(&house, &arguments);
    sidecar.script("call https://api.x.com/2/users/me").succeeds().prints("alice");
    assert!(Path::new(folder).join("xreq-agent/ca.pem").exists());
}

#[test]
fn the_commands_of_the_containers_serve_and_find() {
    let text = fs::read_to_string(example("compose.yaml")).expect("it is there");
    let services: serde_json::Value = serde_yaml::from_str(&text).expect("it is YAML");
    let command = |service: &str| {
        let command = services["services"][service]["command"].as_array().expect("words");
        command.iter().map(|word| word.as_str().expect("a word").to_owned()).collect::<Vec<_>>()
    };
    let house = house();
    let folder = house.home.path().to_str().expect("a plain path");
    let here = |word: &String| {
        let word = word.replace("/run/agent", folder).replace("/agent/", &format!("{folder}/"));
        word.replace("0.0.0.0:8443", "0.0.0.0:0")
            .replace("--name broker", "--name localhost")
            .replace("xreq broker", &format!("{XREQ} broker"))
    };
    let broker: Vec<_> = command("broker").iter().map(here).collect();
    let mut child = house.home.program(&broker[0]);
    let mut child = child.args(&broker[1..]).spawn().expect("it starts");
    let variables = house.home.path().join("env");
    crate::support::wait::until("it serves", || {
        fs::read_to_string(&variables).is_ok_and(|it| it.contains(LAST))
    });
    house.home.write_program(
        "agent",
        "#!/bin/sh\nexec curl -sS --proxy-cacert $SSL_CERT_FILE -H \"Authorization: \
        Bearer $X_ACCESS_TOKEN\" https://api.x.com/2/users/me\n",
    );
    let agent: Vec<_> = command("agent").iter().map(here).collect();
    let mut command = Command::new(&agent[0]);
    command.args(&agent[1..]).env_clear().current_dir(house.home.path());
    command.env("PATH", std::env::var_os("PATH").expect("a path"));
    Ran::of(&mut command).succeeds().prints("alice");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    assert!(child.wait().expect("it ends").success());
}
