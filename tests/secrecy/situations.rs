//! Every command in every trouble that can be made.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::house::House;
use super::{Call, calls};
use crate::support::machine;

const GRANT: &str = "home/grants/x/default.json";
const SECRET: &str = "home/secrets/FAL_KEY.json";

/// Runs every command after `break_it` has broken something, with an environment of `change`.
fn in_situation(house: &House, break_it: impl Fn(), change: impl Fn(&mut Command)) {
    run_all(house, calls(house), break_it, change);
}

/// Runs a command of each kind after a file was replaced.
fn with_file(house: &House, file: &str, content: impl AsRef<[u8]>) {
    const KINDS: [&str; 9] = [
        "status",
        "validate",
        "explain",
        "check --format json",
        "run -- true",
        "secret list",
        "secret rm FAL_KEY",
        "catalog x.dm.read",
        "import x",
    ];
    let mut calls = calls(house);
    calls.retain(|call| KINDS.contains(&call.args.join(" ").as_str()));
    run_all(house, calls, || house.plant(file, &content), unchanged);
}

fn run_all(house: &House, calls: Vec<Call>, break_it: impl Fn(), change: impl Fn(&mut Command)) {
    for call in calls {
        house.reset();
        break_it();
        let mut command = house.home.command();
        command.args(&call.args);
        change(&mut command);
        house.ran(&mut command, &call.input);
    }
}

fn nothing() {}

fn set(command: &mut Command, variable: &str, value: &str) {
    command.env(variable, value);
}

fn unchanged(_: &mut Command) {}

#[test]
fn with_an_identity_that_does_not_open() {
    let house = House::new();
    let canaries = &house.canaries;
    let identity = canaries.identity_text();
    let mut damaged = identity.clone().into_bytes();
    let last = damaged.last_mut().expect("an identity is long");
    *last = if *last == b'Q' { b'P' } else { b'Q' };
    let damaged = String::from_utf8(damaged).expect("it is ASCII");
    let remove = || fs::remove_file(house.home.store().join("identity.txt")).expect("it is there");
    in_situation(&house, remove, unchanged);
    for text in [&damaged, &identity.to_lowercase(), &format!("key: {identity}")] {
        in_situation(&house, || house.plant("home/identity.txt", text), unchanged);
    }
    let other = canaries.other_identity_text();
    for text in [&other, &damaged, &identity[1..], &format!("{identity}{identity}")] {
        in_situation(&house, nothing, |command| set(command, "XREQ_IDENTITY", text));
    }
    in_situation(&house, nothing, |command| set(command, "XREQ_IDENTITY", &identity));
}

#[test]
fn with_a_sealed_identity_and_nobody_to_ask() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let sealed = house.canaries.sealed_identity();
    for call in calls(&house) {
        house.reset();
        house.plant("home/identity.txt", &sealed);
        let direct = house.home.command();
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(direct.get_program()).args(&call.args);
        command.env_clear().current_dir(house.home.path());
        command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
        house.ran(&mut command, &call.input);
    }
}

#[test]
fn with_a_damaged_store() {
    let house = House::new();
    let canaries = &house.canaries;
    let stored = fs::read_to_string(house.home.path().join(GRANT)).expect("it is there");
    let stored: Value = serde_json::from_str(&stored).expect("it is JSON");
    let pasted = Value::from(canaries.pasted.text.as_str());
    let mut grants = vec![canaries.token_response(), canaries.access_token.text.clone()];
    for pointer in [
        "/format",
        "/version",
        "/metadata",
        "/metadata/provider",
        "/metadata/account",
        "/metadata/scopes",
        "/metadata/expires_at",
        "/metadata/refreshable",
        "/sealed",
    ] {
        let mut grant = stored.clone();
        *grant.pointer_mut(pointer).expect("a grant has it") = pasted.clone();
        grants.push(grant.to_string());
    }
    for (at, field) in [("", "access_token"), ("/metadata", "access_token")] {
        let mut grant = stored.clone();
        grant.pointer_mut(at).expect("a grant has it")[field] = pasted.clone();
        grants.push(grant.to_string());
    }
    let mut newer = stored.clone();
    newer["version"] = 2.into();
    newer["access_token"] = pasted.clone();
    grants.extend([newer.to_string(), stored.to_string()[..500].to_owned()]);
    for grant in &grants {
        with_file(&house, GRANT, grant);
    }
    with_file(&house, SECRET, &canaries.secret.text);
}

#[test]
fn with_a_damaged_configuration() {
    let house = House::new();
    let canaries = &house.canaries;
    let files = [
        ("home/config.yaml", "@"),
        ("home/config.yaml", "@: 1"),
        ("home/config.yaml", "providers: @"),
        ("home/config.yaml", "providers: {@: {token_url: 'https://example.org'}}"),
        ("home/config.yaml", "providers: {x: {client_secret: @}}"),
        ("home/config.yaml", "providers: {x: {@: 1}}"),
        ("home/config.yaml", "providers: {x: {token_url: @}}"),
        ("home/config.yaml", "providers: {x: {token_url: 'http://@/'}}"),
        ("home/config.yaml", "providers: {x: {token_url: 'https://me:@@example.org/'}}"),
        ("home/config.yaml", "providers: {x: {token_url: [@]}}"),
        ("home/config.yaml", "providers: {x: {token_url: !@ a}}"),
        ("home/config.yaml", "providers: {x: {token_url: *@}}"),
        ("home/config.yaml", "providers: {x: {token_url: \"\\q@\"}}"),
        ("home/providers/acme.yaml", "@"),
        ("home/providers/acme.yaml", "provider: @"),
        ("home/providers/acme.yaml", "client_secret: @"),
        ("home/providers/acme.yaml", "@: 1"),
        ("home/recipients.txt", "@"),
        ("home/recipients.txt", "age1@"),
        ("home/recipients.txt", "ssh-ed25519 @"),
        ("home/recipients.txt", "ssh-@ @"),
    ];
    for (file, content) in files {
        with_file(&house, file, content.replace('@', &canaries.pasted.text));
    }
    with_file(&house, "home/recipients.txt", canaries.identity_text());
}

/// Runs every command below a shell script that ends with `exec "$@"`.
fn below(house: &House, script: &str) {
    for call in calls(house) {
        house.reset();
        let direct = house.home.command();
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(direct.get_program()).args(&call.args);
        command.env_clear().current_dir(house.home.path());
        command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
        house.ran(&mut command, &call.input);
    }
}

#[test]
fn when_nothing_can_be_written() {
    let house = House::new();
    below(&house, "trap '' XFSZ; ulimit -f 0; exec \"$@\"");
    below(&house, "exec \"$@\" >/dev/full");
    below(&house, "exec \"$@\" 2>/dev/full");
    below(&house, "exec \"$@\" >&- 2>&-");
    in_situation(&house, nothing, |command| set(command, "TMPDIR", "/no/such/folder"));
}

#[test]
fn when_the_home_is_no_folder() {
    let house = House::new();
    for home in ["/dev/null", "xreq.yaml", "/no/such/folder", "/proc/1/root/no"] {
        in_situation(&house, nothing, |command| set(command, "XREQ_HOME", home));
    }
}

#[test]
fn in_the_arguments_of_no_process() {
    let house = House::new();
    let canaries = &house.canaries;
    let inputs = [
        Call::new("import x", &canaries.token_response()),
        Call::new("secret set FAL_KEY", &canaries.secret.text),
    ];
    for Call { args, input } in inputs {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let mut child = house.start(&args);
        let mut stdin = child.stdin.take().expect("it is a pipe");
        std::io::Write::write_all(&mut stdin, input.as_bytes()).expect("it reads its input");
        // A program that was just started has no arguments for a moment.
        let arguments =
            std::iter::repeat_with(|| fs::read(format!("/proc/{}/cmdline", child.id())))
                .map(|arguments| arguments.expect("it waits for the end of its input"))
                .find(|arguments| arguments.ends_with(b"\0"))
                .expect("it goes on for ever");
        assert!(String::from_utf8_lossy(&arguments).contains(args[0]));
        house.assert_silent(arguments, &house.home.command());
        drop(stdin);
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    let mut command = house.home.command();
    command.args(["run", "--", "sh", "-c", "cat /proc/$$/cmdline /proc/$PPID/cmdline"]);
    let ran = house.ran(command.stdin(Stdio::null()), "");
    assert!(ran.exits(0).stdout.contains("cat /proc"));
}
