//! What the browser is started with.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::Ran;
use crate::support::provider::House;

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
    let browser = house.home.path().join("browser");
    let dump = house.home.path().join("environment");
    house.home.write("browser", format!("#!/bin/sh\nenv >{}\n", dump.display()));
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("it is ours");
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
