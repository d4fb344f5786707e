//! `init`, `status`, `schema`, `man`, and help for all of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::pty::Pty;
use crate::support::{Home, SCOPES, conforms};

const COMMANDS: [&str; 21] = [
    "init",
    "import",
    "secret",
    "client",
    "connect",
    "status",
    "refresh",
    "token",
    "disconnect",
    "reseal",
    "validate",
    "explain",
    "check",
    "run",
    "audit-log",
    "catalog",
    "schema",
    "completions",
    "man",
    "sandbox",
    "demo",
];

#[test]
fn init_makes_everything_and_overwrites_nothing() {
    let home = Home::empty();
    let ran = home.xreq(&["init"]).succeeds().prints("recipient  age1");
    let identity = home.store().join("identity.txt");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&identity), 0o600);
    assert_eq!(mode(&home.store()), 0o700);
    home.xreq(&["validate"]).succeeds();
    let files = ["home/identity.txt", "xreq.yaml", "xreq.schema.json"];
    let read = || files.map(|name| fs::read(home.path().join(name)).expect(name));
    let before = read();
    let again = home.xreq(&["init"]).succeeds();
    assert_eq!(again.stdout.lines().last(), ran.stdout.lines().last());
    assert_eq!(read(), before);
}

#[test]
fn init_leaves_a_manifest_of_any_name_alone() {
    let home = Home::empty();
    home.write("inf.yml", "integrations: [x.tweet.read]\n");
    home.xreq(&["init"]).succeeds();
    assert!(!home.path().join("xreq.yaml").exists());
    assert!(!home.path().join("xreq.schema.json").exists());
}

#[test]
fn init_writes_the_schema_that_the_manifest_names() {
    let home = Home::empty();
    home.write("home/providers/minimal.yaml", fs::read("examples/providers/minimal.yaml").unwrap());
    home.xreq(&["init"]).succeeds().prints("xreq.schema.json  (new");
    let schema = home.xreq(&["schema", "manifest"]).succeeds().stdout;
    assert!(schema.contains("photos.album.read"), "the user's own providers are completed too");
    let written = fs::read_to_string(home.path().join("xreq.schema.json")).unwrap();
    assert_eq!(written, schema);
    let manifest = fs::read_to_string(home.path().join("xreq.yaml")).unwrap();
    let line = "# yaml-language-server: $schema=./xreq.schema.json";
    assert_eq!(manifest.lines().next(), Some(line));

    fs::remove_file(home.path().join("xreq.yaml")).unwrap();
    home.write("xreq.schema.json", "mine");
    home.xreq(&["init"]).succeeds().prints("xreq.schema.json  (there already");
    assert_eq!(fs::read_to_string(home.path().join("xreq.schema.json")).unwrap(), "mine");
}

#[test]
fn status_shows_the_accounts_of_a_label_alone() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    for account in ["home", "work"] {
        let args = ["import", "x", "--account", account, "--scopes", SCOPES, "--expires-in", "2h"];
        home.xreq_with(&args, "token").succeeds();
    }
    for args in [&["status", "--account", "work"][..], &["status", "--account", "x=work"]] {
        // Without a refresh token, a person has to act within the week.
        let ran = home.xreq(args).exits(1).prints("x (work)  connected");
        assert!(!ran.stdout.contains("home"), "{}", ran.stdout);
        assert_eq!(ran.stderr, "", "it is not the only account");
    }
    let json = home.xreq(&["status", "--account", "work", "--format", "json"]).exits(1).json();
    let accounts: Vec<_> = json["accounts"].as_array().expect("a list").iter().collect();
    assert!(matches!(accounts.as_slice(), [only] if only["account"] == "work"), "{json}");
}

#[test]
fn status_is_for_machines_too() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let empty = home.xreq(&["status", "--format", "json"]).succeeds().json();
    conforms("status", &empty);
    home.import("token", SCOPES);
    let args = ["import", "x", "--account", "old", "--scopes", "tweet.read", "--expires-in", "1"];
    home.xreq_with(&args, "token").succeeds();
    let answer = home.xreq(&["status", "--format", "json"]).exits(1).json();
    conforms("status", &answer);
    assert_eq!(answer["attention"], true);
    assert_eq!(answer["accounts"][0]["state"], "connected");
    assert_ne!(answer["accounts"][1]["state"], "connected");
    home.xreq(&["status", "x"]).exits(1).prints("x (old)");
    home.xreq(&["status", "acme"]).exits(2).complains("catalog_unknown");
}

#[test]
fn schemas_are_printed_as_they_are_published() {
    let home = Home::empty();
    home.xreq(&["schema"]).succeeds().prints("manifest").prints("status");
    for name in ["manifest", "provider", "check", "status", "audit"] {
        let printed = home.xreq(&["schema", name]).succeeds();
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(printed.stdout, fs::read_to_string(path).unwrap());
        jsonschema::draft202012::meta::validate(&printed.json()).expect("it is a schema");
        let schema = jsonschema::validator_for(&printed.json()).expect("it is a schema");
        for example in printed.json()["examples"].as_array().expect("it has examples") {
            assert!(schema.is_valid(example), "{name}: {example}");
        }
    }
}

#[test]
fn every_command_has_help_and_a_page() {
    let home = Home::empty();
    home.xreq(&["man"]).succeeds().prints(".TH xreq 1");
    for command in COMMANDS {
        let help = home.xreq(&[command, "--help"]).succeeds();
        assert!(help.stdout.contains(&format!("Usage: xreq {command}")), "{}", help.stdout);
        home.xreq(&["man", command]).succeeds().prints(&format!(".TH xreq-{command} 1"));
    }
    home.xreq(&["--help"]).succeeds().prints("Examples:");
    home.xreq(&["run", "--help"]).succeeds().prints("your own shell replaces the variable");
    home.xreq(&["--version"]).succeeds().prints(env!("CARGO_PKG_VERSION"));
    for page in ["secret-set", "audit-log-verify"] {
        home.xreq(&["man", page]).succeeds().prints(&format!(".TH xreq-{page} 1"));
    }
    home.xreq(&["man", "nothing"]).exits(2);
    home.xreq(&["man", "secret-nothing"]).exits(2);
    home.xreq(&[]).exits(2);
    home.xreq(&["chekc"]).exits(2).complains("check");
}

#[test]
fn without_a_home_the_way_out_is_told() {
    let home = Home::empty();
    let mut command = home.command();
    command.env_remove("HOME").env_remove("XREQ_HOME").arg("init");
    crate::support::Ran::of(&mut command).exits(2).complains("home_unknown").complains("XREQ_HOME");
}

#[test]
fn a_page_is_shown_by_man_at_a_terminal_and_else_the_help() {
    let home = Home::empty();
    home.write_program("bin/man", "#!/bin/sh\necho \"man $*\"; head -n 1\n");
    let (shown, _) = Pty::start(&home, "PATH=$PWD/bin:$PATH \"$0\" man secret-set").end();
    assert!(shown.starts_with("man -l -\n.") && !shown.contains("Usage:"), "{shown}");
    home.write_program("bin/man", "#!/bin/sh\nexit 5\n");
    let (shown, _) = Pty::start(&home, "PATH=$PWD/bin:$PATH \"$0\" man secret-set").end();
    assert!(shown.contains("Usage: xreq secret set") && !shown.contains(".TH"), "{shown}");
}
