//! Completions, in the shells themselves.
//!
//! Each shell has a function `xreq` that prints its arguments. So a line that was completed and entered
//! shows what a shell makes of it, quotes and all.

use std::fs;
use std::process::Command;

use crate::support::machine::lacks;
use crate::support::pty::Pty;
use crate::support::{Home, Ran, SCOPES, XREQ};

/// A name that runs a program where a shell does not quote it.
const NAME: &str = "b $(touch PWNED) `touch PWNED`;touch PWNED'.yaml";

/// What is typed, and the last argument after the Tab.
const LINES: [(&str, &str); 20] = [
    ("xreq con\t", "connect"),
    ("xreq check --min\t", "--min-ttl"),
    ("xreq check --format js\t", "json"),
    ("xreq status goo\t", "google"),
    ("xreq connect x x.tweet.w\t", "x.tweet.write"),
    ("xreq connect x --add-scope offl\t", "offline.access"),
    ("xreq refresh x --account wo\t", "work"),
    ("xreq check --account=x=wo\t", "--account=x=work"),
    ("xreq client rm x --client my\t", "my-app"),
    ("xreq secret set FA\t", "FAL_KEY"),
    ("xreq secret rm OL\t", "OLD_KEY"),
    ("xreq rules scope/ra\t", "scope/raw"),
    ("xreq sandbox approve --as al\t", "alice"),
    ("xreq validate b\t", NAME),
    ("xreq check --manifest=b\t", "--manifest=b $(touch PWNED) `touch PWNED`;touch PWNED'.yaml"),
    ("xreq check --store subf\t", "subfolder"),
    ("xreq diff --git feat\t", "feature/much"),
    ("xreq validate --changed=v1\t", "--changed=v1.0"),
    ("xreq run --on-refresh signal=H\t", "signal=HUP"),
    ("xreq run -- ./my-a\t", "./my-agent"),
];

const MANIFEST: &str = "\
requirements:
  integrations: [x.tweet.read]
  secrets: [{key: FAL_KEY, description: Generate images}]
";

fn home() -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import("canary-token", SCOPES);
    let work = ["import", "x", "--account", "work", "--scopes", SCOPES, "--expires-in", "7200"];
    home.xreq_with(&work, "canary-token").succeeds();
    home.xreq_with(&["secret", "set", "OLD_KEY"], "canary-secret").succeeds();
    let client = ["client", "set", "x", "--id", "abc", "--client", "my-app"];
    home.xreq_with(&client, "canary-client").succeeds();
    home.write(NAME, MANIFEST);
    home.write("subfolder/file", "");
    home.write_program("my-agent", "#!/bin/sh\n");
    home.make_repository();
    home.git(&["commit", "-q", "--allow-empty", "-m", "One"]);
    home.git(&["branch", "feature/much"]);
    home.git(&["tag", "v1.0"]);
    home
}

/// Follows the documentation in a shell, then completes and enters each line.
#[track_caller]
fn completes(shell: &str, documented: &str, started: &str, function: &str) {
    if lacks(shell) {
        return;
    }
    let home = home();
    // Fish makes its folder when it is first started.
    home.write(".config/fish/config.fish", "");
    let help = home.xreq(&["completions", "--help"]).succeeds().stdout;
    for line in documented.lines() {
        assert!(help.contains(line), "{line:?} is not in {help}");
    }
    let here = "PATH=${0%/*}:$PATH; export PATH TERM=xterm; unset XREQ_MANIFEST\n";
    let installed =
        Ran::of(home.program("sh").args(["-c", &format!("{here}{documented}"), XREQ])).succeeds();
    assert_eq!(installed.stderr, "");

    let mut pty = Pty::start(&home, &format!("{here}exec {started}"));
    pty.type_in(&format!("{function}\necho REA''DY\n"));
    pty.wait_for("READY");
    for (typed, expected) in LINES {
        pty.type_in(&format!("{typed}\n"));
        let printed = pty.wait_for("<end>");
        // Zsh takes the slash of a folder back at Enter.
        let is_there = [">", "/>"].iter().any(|end| printed.contains(&format!("<{expected}{end}")));
        assert!(is_there, "{shell}: {typed:?}: {printed}");
    }
    assert!(!home.path().join("PWNED").exists(), "a name was run");
}

#[test]
fn bash_completes_values() {
    completes(
        "bash",
        "echo 'eval \"$(xreq completions bash)\"' >> ~/.bashrc",
        "bash -i",
        "xreq() { printf '<%s>\\n' \"$@\" en''d; }",
    );
}

#[test]
fn zsh_completes_values() {
    completes(
        "zsh",
        "echo 'eval \"$(xreq completions zsh)\"' >> ~/.zshrc",
        "zsh -i",
        "xreq() { printf '<%s>\\n' \"$@\" en''d; }",
    );
}

#[test]
fn fish_completes_values() {
    completes(
        "fish",
        "echo 'xreq completions fish | source' >> ~/.config/fish/config.fish",
        "fish -i",
        "function xreq; printf '<%s>\\n' $argv en''d; end",
    );
}

#[test]
fn fish_and_zsh_get_descriptions() {
    let home = home();
    for (shell, words, expected) in [
        ("fish", "connect x x.tweet.w", "x.tweet.write\tWrite posts\n"),
        ("zsh", "secret set F", "FAL_KEY\tGenerate images\n"),
        ("zsh", "rules scope/ra", "scope/raw\tRaw scopes are asked for where keys exist.\n"),
        ("zsh", "man sec", "secret\tStore, list and remove secrets\n"),
        ("fish", "explain --stri", "--strict\tRequire also the scopes"),
        ("fish", "run -- ./agent a", "command 3\n"),
        ("fish", "token ", "x\tX\n"),
        ("fish", "diff --git feat", "feature/much\tbranch\n"),
        ("zsh", "validate --changed v", "v1.0\ttag\n"),
        ("zsh", "run --on-refresh r", "restart\tit is ended, and launched anew\n"),
    ] {
        let words: Vec<_> = words.split(' ').collect();
        let ran = home.xreq(&[&["completions", shell, "--", "xreq"][..], &words].concat());
        ran.succeeds().prints(expected);
    }
}

#[test]
fn elvish_and_powershell_complete_commands_and_options() {
    let home = Home::empty();
    for shell in ["elvish", "powershell"] {
        let script = home.xreq(&["completions", shell]).succeeds();
        for word in ["validate", "min-ttl", "pristine"] {
            assert!(script.stdout.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_read_breaks_no_line() {
    let home = home();
    let asks = |words: &[&str]| {
        let ran = home.xreq(&[&["completions", "zsh", "--", "xreq"], words].concat()).succeeds();
        assert_eq!(ran.stderr, "");
        for secret in ["canary", "AGE-SECRET-KEY"] {
            assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
        }
        ran
    };
    asks(&["refresh", "x", "--account", ""]).prints("work");
    fs::write(home.grant("work"), "garbage").expect("a grant");
    asks(&["refresh", "x", "--account", ""]).prints("work");
    home.write("home/identity.txt", "-----BEGIN AGE ENCRYPTED FILE-----\n");
    home.write("home/config.yaml", "{");
    home.write("xreq.yaml", "{");
    asks(&["secret", "rm", ""]).prints("OLD_KEY");
    asks(&["connect", ""]);
    asks(&["check", "--account", ""]);
    asks(&["sta"]).prints("status");
    fs::remove_dir_all(home.store()).expect("a folder");
    home.write("home", "a file");
    asks(&["refresh", "x", "--account", ""]);
    asks(&["secret", "set", ""]);
    asks(&["check", "--mi"]).prints("--min-ttl");
}

/// A scope of a provider file may be any text of RFC 6749, which a shell would run.
#[test]
fn what_a_shell_would_not_read_as_written_is_not_offered() {
    let home = Home::empty();
    let minimal = fs::read_to_string("examples/providers/minimal.yaml").expect("an example");
    let (head, tail) = minimal.split_once("scopes:\n").expect("it has scopes");
    let planted =
        format!("{head}scopes:\n  '$(touch${{IFS}}PWNED)': planted\n  '`id`': planted\n{tail}");
    home.write("planted.yaml", planted);
    let words = [
        "completions",
        "bash",
        "--",
        "xreq connect --catalog planted.yaml photos --add-scope ",
        "",
    ];
    let ran = home.xreq(&words).succeeds();
    assert!(ran.stdout.contains("\nalbums:read\t"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("touch") && !ran.stdout.contains('`'), "{}", ran.stdout);
}

/// Whatever takes long to read, such as a pipe in the place of a manifest, keeps nobody from typing.
#[test]
fn the_answer_does_not_wait() {
    let home = home();
    let pipe = home.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let mut command = home.command();
    command.env("XREQ_MANIFEST", &pipe);
    command.args(["completions", "fish", "--", "xreq", "secret", "set", ""]);
    let began = std::time::Instant::now();
    Ran::of(&mut command).succeeds();
    assert!(began.elapsed().as_secs() < 10);
}
