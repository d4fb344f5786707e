//! The wait for a consent: short, and never blind.

use std::time::{Duration, Instant};

use xreq::sandbox::{Endpoint, Fault};

use crate::support::http::Request;
use crate::support::provider::{Connecting, House, split};
use crate::support::pty::{Pty, ended};
use crate::support::{Ran, XREQ, machine};

/// The time that nothing here comes near unless it waits for somebody who does not come.
const LONG: Duration = Duration::from_secs(15);

/// A house whose authorization server is gone.
fn without_a_server() -> House {
    let house = House::new();
    house.home.write("home/config.yaml", House::config("http://127.0.0.1:1"));
    house.store_client();
    house
}

#[test]
fn a_sandbox_that_is_gone_is_said_and_ends_the_wait_where_nobody_is() {
    let house = without_a_server();
    let began = Instant::now();
    let mut command = house.home.command();
    command.args(["connect", "x"]).env("BROWSER", format!("{XREQ} sandbox approve %s"));
    let ran = Ran::of(&mut command).exits(3);
    ran.complains("\n  http://127.0.0.1:1/i/oauth2/authorize?")
        .complains("warning: nothing answers at 127.0.0.1:1, where X is to ask for the consent")
        .complains("error[browser_failed]: the browser `")
        .complains(
            "failed (exit status 3): error[sandbox_failed]: the sandbox at http://127.0.0.1:1 does",
        )
        .complains("help: nobody consented, and nothing was stored: correct `BROWSER`, or run ")
        .complains("`xreq connect x --no-browser`");
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    assert!(!house.home.grant("default").exists());
}

#[test]
fn a_browser_that_fails_is_said_and_the_next_one_is_tried() {
    let house = House::new();
    let fails = house.home.write_program(
        "fails",
        "#!/bin/sh\nprintf 'no display\\033[31m, token=2YotnFZFEjr1zCsicMWpAA8xLOxBtZp8tGzv3JOkF0XG5Qx2\\n' >&2; exit 7\n",
    );
    let browser = format!("{}:{XREQ} sandbox approve %s", fails.display());
    let mut command = house.home.command();
    command.args(["connect", "x"]).env("BROWSER", browser);
    let ran = Ran::of(&mut command).succeeds().prints("connected x (default) as @alice");
    let ran =
        ran.complains("failed (exit status 7): no display").complains("; the next one is tried");
    for hidden in ["2YotnFZFEjr1zCsicMWpAA8xLOxBtZp8tGzv3JOkF0XG5Qx2", "\x1b", "nothing answers"] {
        assert!(!ran.stderr.contains(hidden), "{hidden} in {}", ran.stderr);
    }
}

#[test]
fn a_person_hears_of_a_browser_that_fails_and_ends_the_wait_by_ctrl_c() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    let before = std::fs::read(house.home.grant("default")).expect("it is stored");
    let fails = house.home.write_program("fails", "#!/bin/sh\necho no display >&2; exit 7\n");
    let script = format!("BROWSER={} exec \"$0\" connect x", fails.display());
    let mut pty = Pty::start(&house.home, &script);
    pty.wait_for("Waiting for at most 15m; until somebody consents, Ctrl-C leaves all as it is.");
    pty.wait_for("failed (exit status 7): no display; open the address above yourself, or end this by Ctrl-C");
    pty.type_in("\x03");
    let (printed, status) = pty.end();
    assert_eq!(ended(status), "signal 2", "{printed}");
    let said = "error[interrupted]: the wait was ended before anybody consented: nothing was stored or \
                changed";
    assert!(printed.contains(&format!("\n{said}")), "{printed}");
    assert!(
        printed.contains("`xreq connect x` asks again. If X refuses: the app needs"),
        "{printed}"
    );
    assert!(printed.contains("letter by letter: the developer portal"), "{printed}");
    assert_eq!(std::fs::read(house.home.grant("default")).expect("it is stored"), before);
}

#[test]
fn the_redirect_is_answered_whatever_the_browsers_command_does() {
    let house = House::new();
    let script = format!("#!/bin/sh\n\"{XREQ}\" sandbox approve \"$1\"\nexec sleep 20\n");
    let browser = house.home.write_program("browser", &script);
    let began = Instant::now();
    let mut command = house.home.command();
    command.args(["connect", "x"]).env("BROWSER", browser);
    Ran::of(&mut command).succeeds().prints("connected x (default) as @alice");
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
}

#[test]
fn what_takes_a_moment_is_said_at_a_terminal() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let slow =
        || house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_millis(1_500)), 1);
    let approve = format!("BROWSER='{XREQ} sandbox approve %s' \"$0\" connect x --expect @alice");
    slow();
    let mut pty = Pty::start(&house.home, &approve);
    pty.wait_for("asking X for tokens … (Ctrl-C ends xreq right after it)");
    pty.wait_for("connected x (default) as @alice");
    assert_eq!(ended(pty.end().1), "exit 0");
    slow();
    let mut pty = Pty::start(&house.home, "\"$0\" refresh --all --force");
    pty.wait_for("refreshing x (default) … (Ctrl-C ends xreq right after it)");
    assert_eq!(ended(pty.end().1), "exit 0");
    // A pipe gets no line that is taken away again.
    let ran = house.home.xreq(&["refresh", "--all", "--force"]).succeeds();
    assert!(!ran.stderr.contains('…'), "{}", ran.stderr);
}

#[test]
fn a_browser_that_fetches_early_or_again_gets_no_second_grant() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let (base, path) = split(&back);
    let visit = |fields: &[(&str, &str)]| {
        let request =
            fields.iter().fold(Request::get(path), |it, (name, value)| it.header(name, value));
        request.send(base).expect("xreq answers")
    };
    assert_eq!(visit(&[("sec-purpose", "prefetch;prerender")]).status, 503);
    let tab = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let first = visit(&tab).body;
    assert!(first.contains("X is connected"), "{first}");
    for _ in 0..3 {
        assert_eq!(visit(&tab).body, first);
    }
    assert_eq!(Request::get("/favicon.ico").send(base).expect("xreq answers").status, 404);
    connecting.end().succeeds().prints("connected x (default) as @alice");
    let exchanges = house.control().log().into_iter().filter(|it| it.endpoint == Endpoint::Token);
    assert_eq!(exchanges.count(), 1);
}

#[test]
fn a_program_that_brings_the_redirect_is_not_waited_for() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    connecting.comes_back(&back);
    let began = Instant::now();
    connecting.end().succeeds();
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
}
