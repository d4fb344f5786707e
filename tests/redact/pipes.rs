//! Where nothing is a terminal.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::redact::{covered, redacting};
use crate::support::Ran;
use crate::support::pty::ended;

/// Bytes that no text has.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length / 8).flat_map(|_| next()).collect()
}

#[test]
fn binary_output_is_untouched() {
    let home = covered();
    let sent = noise(50 << 20);
    home.write("sent", &sent);
    let ran = redacting(&home, &["cat", "sent"]).output().expect("xreq can be started");
    assert!(ran.status.success());
    assert!(ran.stdout == sent);
}

#[test]
fn files_are_written_in_the_order_of_both_streams() {
    let home = covered();
    let log = File::create(home.path().join("log")).expect("a file");
    let script = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done";
    let both = log.try_clone().expect("one more");
    let status = redacting(&home, &["sh", "-c", script]).stdout(log).stderr(both).status();
    assert!(status.expect("xreq can be started").success());
    let written = fs::read_to_string(home.path().join("log")).expect("text");
    let expected: Vec<_> = (1..10).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(written, expected.concat());
}

#[test]
fn the_last_words_are_printed_and_the_status_is_the_agents() {
    let home = covered();
    for (end, expected) in [("exit 7", "exit 7"), ("kill -TERM $$", "signal 15")] {
        let script = format!("head -c 3000000 /dev/zero; printf last; {end}");
        let ran = redacting(&home, &["sh", "-c", &script]).output().expect("xreq can be started");
        assert_eq!(ended(ran.status), expected);
        assert_eq!(ran.stdout.len(), 3_000_004);
        assert!(ran.stdout.ends_with(b"last"));
    }
}

/// An agent whose reader has gone is told as it would be: it dies of SIGPIPE.
#[test]
fn a_reader_that_goes_away_ends_the_agent() {
    let home = covered();
    let mut agent =
        redacting(&home, &["yes"]).stdout(Stdio::piped()).spawn().expect("xreq can be started");
    let mut stdout = agent.stdout.take().expect("it is a pipe");
    stdout.read_exact(&mut [0; 2]).expect("a line");
    drop(stdout);
    assert_eq!(ended(agent.wait().expect("it ends")), "signal 13");
}

/// A slow reader slows the agent: xreq keeps no more than pipes do.
#[test]
fn a_reader_that_waits_holds_the_agent_up() {
    let home = covered();
    let script = "head -c 4000000 /dev/zero; echo done >&2";
    let mut agent = redacting(&home, &["sh", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xreq can be started");
    let mut stdout = agent.stdout.take().expect("it is a pipe");
    let mut stderr = agent.stderr.take().expect("it is a pipe");
    let mut first = vec![0; 1_000_000];
    stdout.read_exact(&mut first).expect("a million bytes");
    rustix::io::ioctl_fionbio(&stderr, true).expect("a pipe");
    assert!(stderr.read(&mut [0; 9]).is_err(), "the agent has printed all");
    rustix::io::ioctl_fionbio(&stderr, false).expect("a pipe");
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).expect("the rest");
    assert_eq!(rest.len(), 3_000_000);
    assert!(agent.wait().expect("it ends").success());
}

/// A process that the agent leaves behind with its streams keeps nobody waiting.
#[test]
fn what_the_agent_leaves_behind_does_not_keep_xreq() {
    let home = covered();
    let start = Instant::now();
    let script = "(sleep 20; echo late) & echo id $!; exit 3";
    let ran = Ran::of(&mut redacting(&home, &["sh", "-c", script])).exits(3);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let id = ran.stdout.trim_end().strip_prefix("id ").expect("its id").to_owned();
    let _ = home.program("kill").arg(id).status();
}

#[test]
fn standard_input_is_the_agents() {
    let home = covered();
    let input = noise(1 << 20);
    let mut agent = redacting(&home, &["cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("xreq can be started");
    let mut stdin = agent.stdin.take().expect("it is a pipe");
    let sent = input.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent));
    let printed = agent.wait_with_output().expect("it ends").stdout;
    writer.join().expect("it ends").expect("all is read");
    assert!(printed == input);
}

#[test]
fn commands_that_are_not_there_are_reported() {
    let home = covered();
    Ran::of(&mut redacting(&home, &["no-such-command"])).exits(127).complains("was not found");
}
