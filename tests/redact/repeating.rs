//! Secrets that repeat themselves, and texts that do so too.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::redact::redacting;
use crate::support::Home;
use crate::support::pty::ended;
use crate::support::wait::until;

/// A home in which an agent gets this secret.
fn with_secret(secret: &str) -> Home {
    let home = Home::with_manifest("secrets: [PASSWORD]\n");
    home.xreq_with(&["secret", "set", "PASSWORD"], secret).succeeds();
    home
}

#[test]
fn a_secret_that_repeats_itself_is_replaced_in_time() {
    for (secret, text, shown) in [
        ("%".repeat(1000), "%".repeat(100_000), "***".to_owned()),
        ("%".repeat(1000), format!("{}\n", "%".repeat(999)).repeat(60), String::new()),
        ("\\".repeat(300), "\\".repeat(30_000), "***".to_owned()),
        ("ab%".repeat(300), "ab%".repeat(20_000), "***".to_owned()),
    ] {
        let home = with_secret(&secret);
        home.write("text", format!("{text}\nend\n"));
        let printed = home.path().join("printed");
        let file = File::create(&printed).expect("a file");
        let mut xreq = redacting(&home, &["cat", "text"]).stdout(file).spawn().expect("it starts");
        until("it does not end", || xreq.try_wait().expect("it is ours").is_some());
        let shown = if shown.is_empty() { text } else { shown };
        let printed = fs::read_to_string(printed).expect("text");
        assert!(printed == format!("{shown}\nend\n"), "{secret:.9}…");
    }
}

/// Whatever the filter has to do, who asks the agent to end is not kept waiting.
#[test]
fn a_busy_filter_ends_with_the_agent() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = with_secret(&"%".repeat(1000));
        let script = "echo >ready; head -c 100000000 /dev/zero | tr '\\0' %; exit 0";
        let mut xreq = redacting(&home, &["sh", "-c", script])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("xreq can be started");
        let mut stdout = xreq.stdout.take().expect("it is a pipe");
        stdout.read_exact(&mut [0; 3]).expect("a mark");
        until("it does not begin", || fs::exists(home.path().join("ready")).unwrap_or(false));
        kill_process_group(Pid::from_child(&xreq), signal).expect("it runs");
        until("it does not end", || xreq.try_wait().expect("it is ours").is_some());
        assert_eq!(
            ended(xreq.wait().expect("it has ended")),
            format!("signal {}", signal.as_raw())
        );
    }
}
