//! What the browser is started with.

use std::fs;

use crate::support::Ran;
use crate::support::provider::House;
use crate::support::wait::until;

/// What the browser has no use for, and others would have.
const SECRETS: [&str; 9] = [
    "X_CLIENT_SECRET",
    "X_REFRESH_TOKEN",
    "X_ACCESS_TOKEN",
    "X_ACCESS_TOKEN_SECRET",
    "X_BEARER_TOKEN",
    "PHOTOS_CLIENT_SECRET",
    "XREQ_IDENTITY_FILE",
    "XREQ_MANIFEST",
    "XREQ_HOME",
];

#[test]
fn the_browser_inherits_no_secret() {
    let house = House::new();
    let dump = house.home.path().join("environment");
    let script = format!("#!/bin/sh\nenv >{0}.new && mv {0}.new {0}\n", dump.display());
    let browser = house.home.write_program("browser", &script);
    let mut command = house.home.command();
    command.args(["connect", "x", "--timeout", "0s"]).env("BROWSER", &browser);
    command.env("DISPLAY", ":0").env("X_CLIENT_ID", "the-id");
    for name in SECRETS {
        match name {
            "XREQ_HOME" => &mut command,
            "XREQ_IDENTITY_FILE" => command.env(name, house.home.store().join("identity.txt")),
            "XREQ_MANIFEST" => command.env(name, house.home.path().join("xreq.yaml")),
            _ => command.env(name, "a-canary"),
        };
    }
    Ran::of(&mut command).exits(3).complains("The browser was asked to open this address");
    until("the browser runs", || dump.exists());
    let environment = fs::read_to_string(&dump).expect("the browser was started");
    let names: Vec<_> = environment.lines().filter_map(|line| line.split('=').next()).collect();
    for name in SECRETS {
        assert!(!names.contains(&name), "{name} in\n{environment}");
    }
    assert!(!environment.contains("canary"), "{environment}");
    for name in ["DISPLAY", "HOME", "PATH"] {
        assert!(names.contains(&name), "no {name} in\n{environment}");
    }
}
