//! Exit statuses that a script can trust: the same in every format, and never 0 for what was not
//! told.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::support::{Home, Ran, SCOPES, machine};

const FORMATS: [&str; 6] = ["text", "json", "github", "gitlab", "sarif", "markdown"];

const GOOD: &str = "integrations: [{key: x.tweet.write, description: Post}]\n";
const NOTED: &str = "integrations: [{key: x.tweet.write, description: ''}]\n";
const WIDER: &str = "integrations: [x.tweet.write, x.dm.read]\n";
const BROKEN: &str = "integrations: [x.tweet.wriet]\n";

/// Command lines, each with its exit status.
const TABLE: [(&str, i32); 21] = [
    ("validate good.yaml", 0),
    ("validate noted.yaml", 0),
    ("validate noted.yaml --deny warnings", 1),
    ("validate good.yaml broken.yaml", 1),
    ("validate good.yaml none.yaml", 2),
    ("validate broken.yaml none.yaml", 2),
    ("validate empty", 2),
    ("validate good.yaml --deny no/such-rule", 2),
    ("check --manifest good.yaml", 0),
    ("check --manifest wider.yaml", 1),
    ("check --manifest broken.yaml", 1),
    ("check --manifest good.yaml --min-ttl 3h", 1),
    ("check --manifest none.yaml", 2),
    ("check --manifest good.yaml --store none", 2),
    ("check --manifest good.yaml --account x=", 2),
    ("check --manifest good.yaml --store damaged", 3),
    ("diff wider.yaml good.yaml", 0),
    ("diff good.yaml wider.yaml --allow-widening", 0),
    ("diff good.yaml wider.yaml", 1),
    ("diff good.yaml none.yaml", 2),
    ("diff good.yaml wider.yaml --store damaged", 3),
];

fn home() -> Home {
    let home = Home::with_manifest(GOOD);
    home.import("token", SCOPES);
    home.write("good.yaml", GOOD);
    home.write("noted.yaml", NOTED);
    home.write("wider.yaml", WIDER);
    home.write("broken.yaml", BROKEN);
    home.write("empty/file", "");
    home.write("damaged/grants/x/default.json", "{");
    home
}

fn command(home: &Home, line: &str, format: &str) -> Command {
    let mut command = home.command();
    command.args(line.split(' ')).args(["--format", format]);
    command
}

#[test]
fn no_format_changes_the_status() {
    let home = home();
    for (line, status) in TABLE {
        for format in FORMATS {
            let ran = Ran::of(&mut command(&home, line, format));
            assert_eq!(ran.status.code(), Some(status), "{line} {format}: {}", ran.stderr);
            if status >= 2 {
                assert!(ran.stderr.contains("error"), "{line} {format}: {}", ran.stderr);
            }
        }
    }
}

/// A disk that is full is a failure, whatever there was to tell.
#[test]
fn what_could_not_be_written_is_a_failure() {
    let home = home();
    for (line, status) in TABLE {
        // A wrong manifest is told on standard error alone, where it is for people.
        let told =
            |format| status < 2 && (format != "text" || line != "check --manifest broken.yaml");
        for format in FORMATS.into_iter().filter(|format| told(*format)) {
            let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
                return machine::skips("there is no /dev/full here");
            };
            let mut command = command(&home, line, format);
            let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it starts");
            let ran = Ran::from(child.wait_with_output().expect("it ends"));
            assert_eq!(ran.status.code(), Some(3), "{line} {format}: {}", ran.stderr);
            assert!(ran.stderr.contains("error[output_failed]"), "{line} {format}: {}", ran.stderr);
        }
    }
}

/// A reader who goes away, as `head` does, changes nothing.
#[test]
fn a_reader_who_goes_away_changes_nothing() {
    let home = home();
    for (line, status) in TABLE {
        for format in FORMATS {
            let mut command = command(&home, line, format);
            let mut child =
                command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
            drop(child.stdout.take());
            let ran = Ran::from(child.wait_with_output().expect("it ends"));
            assert_eq!(ran.status.code(), Some(status), "{line} {format}");
        }
    }
}
