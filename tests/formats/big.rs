//! Ten thousand findings, and more than a platform takes.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use super::sarif::conform;
use super::{diagnostics, list, number, text};
use crate::support::{Home, conforms, machine};

/// A folder with so many manifests, each of which has so many entries that are no keys.
fn many(files: usize, findings: usize) -> Home {
    let home = Home::in_memory();
    let wrong = |text: String, at| {
        text + &format!(
            "- x.tweet.raed.{at}
"
        )
    };
    let manifest = (0..findings).fold(String::new(), wrong);
    for at in 0..files {
        home.write(&format!("many/agent-{at}/xreq.yaml"), format!("integrations:\n{manifest}"));
    }
    home
}

#[test]
#[ignore = "slow: ten thousand nearest names, 17 seconds of a processor"]
fn ten_thousand_findings_are_told() {
    let home = many(1_000, 10);
    let answer = home.xreq(&["validate", "--format", "json", "many"]).exits(1).json();
    conforms("findings", &thinned(&answer, "/diagnostics"));
    assert_eq!(diagnostics(&answer).len(), 10_000);
    assert_eq!(number(&answer, "/files"), 1_000);
    let log = home.xreq(&["validate", "--format", "sarif", "many"]).exits(1).json();
    conform(&[&thinned(&log, "/runs/0/results")]);
    assert_eq!(list(&log, "/runs/0/results").len(), 10_000);
    let issues = home.xreq(&["validate", "--format", "gitlab", "many"]).exits(1).json();
    let prints: BTreeSet<_> =
        list(&issues, "").iter().map(|issue| text(issue, "/fingerprint")).collect();
    assert_eq!(prints.len(), 10_000);
}

#[test]
#[ignore = "slow: twenty-five thousand results, 15 seconds of a processor"]
fn a_log_has_no_more_than_code_scanning_takes() {
    let home = many(260, 100);
    let ran = home.xreq(&["validate", "--format", "sarif", "many"]).exits(1);
    let log = ran.json();
    conform(&[&thinned(&log, "/runs/0/results")]);
    assert_eq!(list(&log, "/runs/0/results").len(), 25_000);
    let told = list(&log, "/runs/0/invocations/0/toolExecutionNotifications");
    assert!(text(&told[0], "/message/text").starts_with("1000 more findings are left out"));
    if !machine::lacks("gzip") {
        let packed = packed(ran.stdout);
        assert!(packed < 10_000_000, "{packed} bytes are more than code scanning takes");
    }
}

/// The same with each hundredth item of a list: to judge all of them takes a minute.
fn thinned(whole: &Value, pointer: &str) -> Value {
    let mut thin = whole.clone();
    let items = list(whole, pointer).iter().step_by(100).cloned().collect();
    *thin.pointer_mut(pointer).expect("it is a list") = items;
    thin
}

/// The bytes of a text once `gzip` has packed it.
fn packed(text: String) -> usize {
    let mut gzip = Command::new("gzip");
    let mut child = gzip.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("it is piped");
    let writer = thread::spawn(move || input.write_all(text.as_bytes()));
    let packed = child.wait_with_output().expect("it ends").stdout;
    writer.join().expect("it does not panic").expect("it reads all");
    packed.len()
}

#[test]
fn a_summary_is_no_longer_than_a_comment() {
    let home = many(100, 10);
    let ran = home.xreq(&["validate", "--format", "markdown", "many"]).exits(1);
    assert!(ran.stdout.len() < 65_536, "{} bytes", ran.stdout.len());
    let rows = ran.stdout.lines().filter(|line| line.starts_with("| error |")).count();
    assert!(rows > 200, "only {rows} rows");
    let ran = ran.prints(&format!("\nand {} more\n", 1_000 - rows));
    ran.prints("\n100 manifests: 1000 errors, 0 warnings\n");
}
