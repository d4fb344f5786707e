//! `xreq demo`: a story for a pipe, a terminal and a recording, of which nothing stays.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::pty::{Pty, ended};
use crate::support::wait::until;
use crate::support::{Home, Ran};

/// The rows of three screens.
const THREE_SCREENS: usize = 72;

/// A home with a folder of its own for temporary files, and with what a user may have set.
fn home() -> Home {
    let home = Home::empty();
    home.write("tmp/.keep", "");
    let folder = home.path().join("tmp").display().to_string();
    home.var("TMPDIR", &folder)
        .var("X_REFRESH_TOKEN", "from-outside")
        .var("XREQ_MANIFEST", "/nowhere")
        .var("HTTP_PROXY", "http://127.0.0.1:1")
}

/// The names of what a demo left in the folder for temporary files.
fn left(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.path().join("tmp")).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name != ".keep").collect()
}

/// Returns whether a process works in a folder of this home.
fn works_in(home: &Home) -> bool {
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    let mut folders =
        processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
    folders.any(|folder| folder.starts_with(home.path().join("tmp")))
}

/// Returns a text without its styles.
fn plain(styled: &str) -> String {
    let mut pieces = styled.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').expect("a style").1)
}

#[test]
fn the_story_is_whole_in_a_pipe_and_in_the_recording() {
    let home = home();
    let ran = home.xreq(&["demo", "--record", "demo.cast"]).succeeds();
    let story = &ran.stdout;
    let mut rest = story.as_str();
    for told in [
        "1. An app declares",
        "x.tweet.write",
        "2. Less was granted",
        "error[scope/missing]",
        "= help: run `xreq connect x --add-scope tweet.write`",
        "Exit status 125",
        "3. The account's owner",
        "$ xreq connect x --add-scope tweet.write",
        "connected x (default) as @alice",
        "Create, repost and delete posts as the account",
        "4. Now the grant covers",
        "agent: my token dies at",
        ": Good morning!",
        "5. The token dies",
        "x (default)  expired ",
        "agent: my token dies at",
        ": Good morning!",
        "6. A pull request",
        "error[authority/added]: the agent can now send direct messages",
        "7. The agent never saw",
        "X_ACCESS_TOKEN=***",
        "X_ACCESS_TOKEN_EXPIRES_AT=",
        "8. Below a broker",
        "agent: my token dies at no time",
        "`POST /2/tweets` is not declared: declare `x.tweet.write`",
        "Your turn",
    ] {
        let at = rest.find(told).unwrap_or_else(|| panic!("{told:?} is not in {rest}"));
        rest = &rest[at + told.len()..];
    }
    let deaths: std::collections::BTreeSet<_> =
        story.lines().filter_map(|line| line.split_once("dies at ")).collect();
    assert_eq!(deaths.len(), 3, "the second launch has a new token, the others none: {deaths:?}");
    for kept in ["X_REFRESH_TOKEN", "X_CLIENT_SECRET", "from-outside", "\x1b", "Enter goes on"] {
        assert!(!story.contains(kept), "{kept:?} is in {story}");
    }
    assert_eq!(ran.stderr, "");
    let rows: usize = story.lines().map(|line| line.chars().count().div_ceil(80).max(1)).sum();
    assert!(rows < THREE_SCREENS, "{rows} rows");
    assert!(!home.store().exists(), "the demo must not touch the home");
    assert_eq!(left(&home), [""; 0]);
    assert!(!home.path().join(".local").exists(), "the demo must not touch the state folder");

    is_a_recording_of(&home.path().join("demo.cast"), story);
}

#[test]
fn at_a_terminal_no_line_is_wider() {
    let home = home();
    let (story, _) = Pty::start_wide(&home, "\"$0\" demo --fast", 80).end();
    assert!(story.contains("8. Below a broker"), "{story}");
    for line in story.lines().map(plain) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// Checks that a file is an asciicast of version 2, which shows this text and no secret.
fn is_a_recording_of(file: &Path, story: &str) {
    let cast = fs::read_to_string(file).expect("a recording");
    for secret in ["OmF0OjE", "OnJ0OjE", "OmFjOjE", "sandbox-secret", "AGE-SECRET-KEY"] {
        assert!(!cast.contains(secret), "{secret}");
    }
    let mut lines = cast.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is a JSON text")
    });
    let header = lines.next().expect("a header");
    assert_eq!(
        (&header["version"], &header["width"], &header["height"]),
        (&2.into(), &80.into(), &24.into())
    );
    let mut shown = String::new();
    let mut before = 0.0;
    for event in lines {
        let [time, kind, text] = event.as_array().expect("an event").as_slice() else {
            panic!("an event has three parts: {event}");
        };
        let time = time.as_f64().expect("seconds");
        assert!(time >= before, "{event}");
        before = time;
        assert_eq!(kind, "o");
        shown.push_str(text.as_str().expect("a text"));
    }
    assert!(shown.contains("\x1b["), "a recording has colours");
    assert_eq!(plain(&shown).replace("\r\n", "\n"), story);
    assert!(before < 60.0, "a recording lasts a minute at most: {before}");
}

#[test]
fn a_recording_that_cannot_be_written_is_an_error_before_the_story() {
    let home = home();
    let ran = home.xreq(&["demo", "--record", "missing/demo.cast"]).exits(3);
    let ran = ran.complains("error[output_failed]").complains("missing/demo.cast");
    assert_eq!(ran.stdout, "");
}

#[test]
fn nothing_stays_when_a_signal_ends_it() {
    for (signal, moment) in [(Signal::TERM, "home/grants"), (Signal::INT, "xreq.yaml")] {
        let home = home();
        let mut demo = home.program("env");
        demo.args(["--default-signal=INT", crate::support::XREQ, "demo"]);
        let mut demo = demo.stdout(Stdio::null()).spawn().expect("it starts");
        until("the demo has begun", || {
            left(&home)
                .iter()
                .any(|folder| home.path().join("tmp").join(folder).join(moment).exists())
        });
        kill_process(Pid::from_child(&demo), signal).expect("it runs");
        let status = demo.wait().expect("a child");
        assert_eq!(ended(status), format!("signal {}", signal.as_raw()));
        assert_eq!(left(&home), [""; 0]);
        assert!(!works_in(&home), "a process is left");
    }
}

#[test]
fn what_a_killed_demo_leaves_the_next_one_removes() {
    let home = home();
    let start = || home.command().arg("demo").stdout(Stdio::null()).spawn().expect("it starts");
    let begun = |known: &[String]| {
        left(&home).into_iter().find(|folder| {
            let store = home.path().join("tmp").join(folder).join("home/grants");
            !known.contains(folder) && store.exists()
        })
    };
    let mut killed = start();
    until("the demo has begun", || begun(&[]).is_some());
    kill_process(Pid::from_child(&killed), Signal::KILL).expect("it runs");
    killed.wait().expect("a child");
    let leftover = left(&home);
    assert_eq!(leftover.len(), 1, "{leftover:?}");
    until("what it had started has ended", || !works_in(&home));
    // One that lives is no leftover.
    let mut living = start();
    until("the next demo has begun", || begun(&leftover).is_some());
    kill_process(Pid::from_child(&living), Signal::STOP).expect("it runs");
    let lives = left(&home);
    assert!(lives.len() == 1 && lives != leftover, "{lives:?}");
    home.xreq(&["demo", "--fast"]).succeeds();
    assert_eq!(left(&home), lives);
    for signal in [Signal::TERM, Signal::CONT] {
        kill_process(Pid::from_child(&living), signal).expect("it runs");
    }
    living.wait().expect("a child");
    assert_eq!(left(&home), [""; 0]);
}

#[test]
fn a_reader_at_a_terminal_sets_the_pace() {
    let home = home();
    let mut pty = Pty::start(&home, "exec \"$0\" demo");
    let first = pty.wait_for("Enter goes on, Ctrl-C ends");
    assert!(first.contains("=> A key stands") && !first.contains("2. "), "{first}");
    pty.type_in("\n");
    let second = pty.wait_for("Enter goes on, Ctrl-C ends");
    assert!(second.contains("2. Less was granted") && !second.contains("3. "), "{second}");
    pty.type_in("\x03");
    let (_, status) = pty.end();
    assert_eq!(ended(status), "signal 2");
    assert_eq!(left(&home), [""; 0]);
    assert!(!works_in(&home), "a process is left");
}

#[test]
fn without_a_folder_for_temporary_files_it_says_so() {
    let home = home();
    let mut command = home.command();
    Ran::of(command.arg("demo").env("TMPDIR", "/nowhere")).exits(3).complains("TMPDIR");
}
