//! In whatever form a secret is printed.

use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::redact::{PASSWORD, TOKEN, covered, redacting};
use crate::support::Ran;
use crate::support::machine::{lacks, python};

/// What a Python script prints.
#[track_caller]
fn printed(script: &str) -> String {
    let home = covered();
    let python = python();
    let python = python.to_str().expect("a path is text");
    let script = format!(
        "import base64, json, os, sys, urllib.parse\n\
         t, p = os.environ['X_ACCESS_TOKEN'], os.environ['PASSWORD']\n{script}"
    );
    let ran = Ran::of(&mut redacting(&home, &[python, "-c", &script])).succeeds();
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[test]
fn secrets_are_replaced_on_both_streams() {
    let home = covered();
    let script = "echo \"out $X_ACCESS_TOKEN.\"; echo \"err $PASSWORD.\" >&2";
    let ran = Ran::of(&mut redacting(&home, &["sh", "-c", script])).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("out ***.\n", "err ***.\n"));
}

/// As the libraries of a language write them.
#[test]
fn encoded_secrets_are_replaced() {
    if lacks("python3") {
        return;
    }
    let forms = "\
for s in t, p:
    b = s.encode()
    for form in [
        s, repr(s.replace('\"', '').replace('\\\\', '')) if s == t else s,
        base64.b64encode(b).decode(), base64.urlsafe_b64encode(b).decode(),
        base64.b64encode(b).decode().rstrip('='),
        urllib.parse.quote(s), urllib.parse.quote(s, safe=''), urllib.parse.quote_plus(s),
        urllib.parse.quote(base64.b64encode(b)),
        json.dumps(s)[1:-1], json.dumps(s, ensure_ascii=False)[1:-1],
        json.dumps(s)[1:-1].replace('/', '\\\\/'),
        base64.encodebytes(b).decode().rstrip('\\n'),
    ]:
        print(form)";
    let lines = printed(forms);
    assert_eq!(lines.lines().count(), 26, "{lines}");
    for (number, line) in lines.lines().enumerate() {
        assert_eq!(line.trim_matches('\''), "***", "form {number}");
    }
}

/// Within a longer text only characters may be seen that others' bits are mixed into.
#[test]
fn authorization_headers_do_not_show_the_password() {
    if lacks("python3") {
        return;
    }
    let script =
        "for u in 'u', 'us', 'user': print(base64.b64encode(f'{u}:{t}'.encode()).decode())";
    let lines = printed(script);
    for line in lines.lines() {
        let (before, after) = line.split_once("***").expect("there is a mark");
        assert!(before.len() <= 7 && after.len() <= 1, "{line}");
    }
    assert_eq!(lines.lines().count(), 3);
}

/// However long the agent waits between the parts: the first one does not show, what is before it is
/// there at once.
#[test]
fn a_secret_in_parts_is_replaced() {
    let home = covered();
    let (first, second) = TOKEN.split_at(30);
    assert!(home.program("mkfifo").arg("gate").status().expect("mkfifo").success());
    let script = format!("printf 'token: {first}'; read line <gate; echo '{second}'; echo over");
    let mut agent = redacting(&home, &["sh", "-c", &script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("xreq can be started");
    let mut stdout = agent.stdout.take().expect("it is a pipe");
    let mut shown = [0; 64];
    let length = stdout.read(&mut shown).expect("there is something");
    assert_eq!(&shown[..length], b"token: ");
    thread::sleep(Duration::from_secs(1));
    home.write("gate", "go on\n");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "***\nover\n");
    assert!(agent.wait().expect("it ends").success());
}

#[test]
fn a_secret_byte_by_byte_is_replaced() {
    if lacks("python3") {
        return;
    }
    let script = "for s in t, p, base64.b64encode(t.encode()).decode():\n    \
                  for b in ('<' + s + '>').encode(): os.write(1, bytes([b]))";
    assert_eq!(printed(script), "<***><***><***>");
}

/// What only began like a secret is printed in the end.
#[test]
fn the_beginning_of_a_secret_is_printed_at_the_end() {
    let home = covered();
    let beginning = &PASSWORD[..4];
    let ran = Ran::of(&mut redacting(&home, &["printf", "%s", beginning])).succeeds();
    assert_eq!(ran.stdout, beginning);
}

/// The answer to every piece is there before the next one: nothing waits that is no secret's.
#[test]
fn a_dialogue_is_not_held_up() {
    let home = covered();
    let mut agent = redacting(&home, &["cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("xreq can be started");
    let mut stdin = agent.stdin.take().expect("it is a pipe");
    let mut stdout = agent.stdout.take().expect("it is a pipe");
    for number in 0..100 {
        let said = format!("[{number}]");
        stdin.write_all(said.as_bytes()).expect("it is read");
        let mut heard = vec![0; said.len()];
        stdout.read_exact(&mut heard).expect("an answer");
        assert_eq!(heard, said.as_bytes());
    }
    drop(stdin);
    assert!(agent.wait().expect("it ends").success());
}
