//! Help and outputs as people read them: at 60, 80 and 120 columns.
//!
//! `XREQ_BLESS=1 cargo test layout` writes what the program prints now, below `tests/layout`: read the
//! difference.

mod outputs;
mod sandbox;

use std::fs;
use std::path::Path;

use crate::support::Home;
use crate::support::pty::Pty;

/// The widths that are looked at.
const WIDTHS: [u16; 3] = [60, 80, 120];

/// The commands that have help, by their words.
const COMMANDS: [&str; 40] = [
    "",
    "audit-log",
    "audit-log verify",
    "broker",
    "catalog",
    "check",
    "client",
    "client rm",
    "client set",
    "client show",
    "completions",
    "connect",
    "daemon",
    "demo",
    "diff",
    "disconnect",
    "explain",
    "import",
    "init",
    "man",
    "refresh",
    "reseal",
    "rules",
    "run",
    "sandbox",
    "sandbox approve",
    "sandbox post",
    "schema",
    "secret",
    "secret list",
    "secret rm",
    "secret set",
    "status",
    "token",
    "trust",
    "validate",
    "writer",
    "writer add",
    "writer list",
    "writer remove",
];

#[test]
fn help_reads_well_at_every_width() {
    let home = Home::empty().var("NO_COLOR", "1");
    let mut commands: Vec<_> =
        COMMANDS.map(|command| format!("{command} --help").trim_start().to_owned()).into();
    commands.push("run -h".to_owned());
    commands.push("-h".to_owned());
    for width in WIDTHS {
        let shown = session(&home, &commands, width);
        fits(&shown, width);
        is_as_written("help", width, &shown);
    }
}

#[test]
fn every_command_is_looked_at() {
    let home = Home::empty();
    let listed = |help: &str| -> Vec<String> {
        let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let commands = commands.take_while(|line| !line.is_empty());
        let names = commands.filter(|line| !line.starts_with("   ")).map(str::trim_start);
        names.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    for command in listed(&home.xreq(&["--help"]).succeeds().stdout) {
        assert!(command == "help" || COMMANDS.contains(&&*command), "{command} is left out");
    }
}

/// Runs commands in a terminal, and returns what a person sees of it.
fn session(home: &Home, commands: &[String], width: u16) -> String {
    let mut script = String::new();
    for line in commands {
        let shown = line.replace('\'', "'\\''");
        script.push_str(&format!("printf '%s\\n' '$ xreq {shown}'; \"$0\" {line}; echo\n"));
    }
    let (printed, _) = Pty::start_wide(home, &script, width).end();
    printed
}

/// Holds a text against the file, or writes it.
#[track_caller]
fn is_as_written(name: &str, width: u16, shown: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/layout/{name}-{width}.txt"));
    if std::env::var_os("XREQ_BLESS").is_some() {
        fs::write(&path, shown).expect("it can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let first = written.lines().zip(shown.lines()).find(|(written, shown)| written != shown);
    assert!(written == shown, "{} differs, first in {first:?}", path.display());
}

/// Asserts that no line is wider than the terminal, but for what cannot be broken.
#[track_caller]
fn fits(shown: &str, width: u16) {
    for line in shown.lines().filter(|line| line.chars().count() > usize::from(width)) {
        assert!(is_whole(line), "at {width} columns: {line:?}");
    }
}

/// Returns whether a line is one word, a command to be pasted, an operation, or quotes a file.
fn is_whole(line: &str) -> bool {
    const BEGINNINGS: [&str; 14] = [
        "xreq ",
        "$ ",
        "BROWSER=",
        "curl ",
        "git ",
        "printf ",
        "pass ",
        "pbpaste ",
        "mkdir ",
        "echo ",
        "GET /",
        "POST /",
        "DELETE /",
        "recipient ",
    ];
    let line = line.trim_start();
    let is_one_word = !line.contains(' ') || line.ends_with('`') && line.matches('`').count() == 2;
    let is_command = BEGINNINGS.iter().any(|program| line.starts_with(program));
    let is_quoted = line.starts_with(|c: char| c.is_ascii_digit() || c == '|');
    is_one_word || is_command || is_quoted
}
