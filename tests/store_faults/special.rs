//! Pipes and files with two names, in the place of each file of the home: nothing waits for them, and
//! nothing is written through them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{home, token};
use crate::support::{Home, Ran};

/// A home with a grant and an audit log.
fn audited() -> Home {
    let home = home("old");
    home.write("home/config.yaml", "audit: true\n");
    assert_eq!(token(&home), "old");
    home
}

/// Runs a command that must end by itself; one that waits for ever fails the test some day.
fn ends(home: &Home, line: &str) -> Ran {
    let direct = home.command();
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", "300"]).arg(direct.get_program()).args(line.split(' '));
    command.env_clear().envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::with_input(command.current_dir(home.path()), b"value")
}

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    let status = Command::new("mkfifo").args(["-m", "600"]).arg(path).status();
    assert!(status.expect("`mkfifo` starts").success());
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_an_error_at_once() {
    for (name, line) in [
        ("config.yaml", "run -- true"),
        ("config.yaml", "validate"),
        ("recipients.txt", "secret set A"),
        ("identity.txt", "run -- true"),
        ("providers/p.yaml", "run -- true"),
        ("audit.jsonl", "run -- true"),
        (".audit.jsonl.lock", "run -- true"),
        ("audit.key", "run -- true"),
        ("daemon.lock", "daemon"),
        ("grants/x/.default.lock", "import x --scopes tweet.read"),
        ("grants/x/.default.lock", "refresh x --force"),
        ("secrets/.A.lock", "secret set A"),
        ("clients/x/.default.lock", "client set x --id id"),
    ] {
        let home = audited();
        let path = home.store().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        pipe(&path);
        let ran = ends(&home, line);
        assert!(matches!(ran.status.code(), Some(2 | 3 | 125)), "{name}, {line}: {}", ran.status);
        ran.complains("error[").complains(name).complains("no regular file, but a pipe");
    }
}

#[test]
fn a_file_with_another_name_is_not_written_through_it() {
    for (name, line) in [
        ("audit.jsonl", "run -- true"),
        (".audit.jsonl.lock", "run -- true"),
        ("daemon.lock", "daemon"),
        ("grants/x/.default.lock", "import x --scopes tweet.read"),
        ("secrets/.A.lock", "secret set A"),
    ] {
        let home = audited();
        let (path, victim) = (home.store().join(name), home.path().join("victim"));
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        // Without the end of a line it looks like one that a killed writer left.
        fs::write(&victim, "mine").expect("it can be written");
        fs::hard_link(&victim, &path).expect("it can be made");
        let ran = ends(&home, line);
        assert!(matches!(ran.status.code(), Some(3 | 125)), "{name}, {line}: {}", ran.status);
        let ran = ran.complains("has 2 names (hard links)").complains("cp -p ");
        assert_eq!(fs::read_to_string(&victim).expect("it is there"), "mine", "{name}");
        // The way out is one.
        let command = ran.stderr.split('`').find(|word| word.starts_with("cp -p ")).expect("said");
        let done = home.program("sh").args(["-c", command]).status().expect("a shell");
        assert!(done.success());
        let ran = ends(&home, &line.replace("daemon", "secret set A"));
        assert!(ran.status.success(), "{name}: {}", ran.stderr);
        assert_eq!(fs::read_to_string(&victim).expect("it is there"), "mine", "{name}");
    }
}

#[test]
fn an_identity_and_a_provider_may_come_by_a_pipe_that_somebody_names() {
    let home = home("old");
    let identity = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    let script = "exec 9<<EOF\n$IDENTITY\nEOF\n\
                  XREQ_IDENTITY_FILE=/dev/fd/9 \"$0\" run -- sh -c 'printf %s \"$X_ACCESS_TOKEN\"'";
    let mut command = home.program("sh");
    command.env("IDENTITY", identity).args(["-c", script, crate::support::XREQ]);
    assert_eq!(Ran::of(&mut command).succeeds().stdout, "old");
    let provider = include_str!("../../examples/providers/minimal.yaml");
    let mut command = home.command();
    command.args(["catalog", "--catalog", "/dev/stdin"]);
    Ran::with_input(&mut command, provider.as_bytes()).succeeds();
}
