//! Consent on a machine without a browser: the redirected URL, or the code, by hand.

use std::time::Duration;

use xreq::sandbox::{Endpoint, Options};

use crate::oauth::recorder::{Studio, back};
use crate::support::machine;
use crate::support::provider::{Connecting, House, parameter, split};
use crate::support::pty::{Pty, ended};

/// The query of a URL.
fn query(url: &str) -> &str {
    url.split_once('?').expect("it has one").1
}

fn code(url: &str) -> String {
    parameter(url, "code").expect("it has one")
}

#[test]
fn what_the_browser_shows_is_taken_in_whole_or_in_part() {
    let house = House::new();
    let forms: [fn(&str) -> String; 6] = [
        str::to_owned,
        |url| query(url).to_owned(),
        |url| format!("?{}", query(url)),
        code,
        |url| format!("  \"{url}\"  "),
        |url| format!("{url}#_=_"),
    ];
    for form in forms {
        let mut connecting = Connecting::start(&house.home, &["--paste"]);
        assert!(connecting.before().contains("Open this address in a browser"));
        let back = house.consent(&connecting.url, "alice", |_| true);
        connecting.types(&form(&back));
        let ran = connecting.end().succeeds().prints("connected x (default) as @alice");
        ran.complains("at once, since the code in it lives 30 seconds");
    }
}

#[test]
fn what_cannot_be_used_is_said_and_the_wait_goes_on() {
    let house = House::new();
    let mut connecting = Connecting::start(&house.home, &["--paste"]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let state = parameter(&back, "state").expect("it is there");
    for line in [
        "",
        "yes",
        "what do you mean?",
        &connecting.url.clone(),
        &back.replace(&state, "another"),
        &format!("http://127.0.0.1:1/?state={state}"),
    ] {
        connecting.types(line);
    }
    connecting.types(&back);
    let ran = connecting.end().succeeds();
    assert_eq!(ran.stderr.matches("neither the code nor the URL of this attempt").count(), 3);
    assert_eq!(ran.stderr.matches("this URL has no code in it").count(), 2, "{}", ran.stderr);
    let exchanges = house.control().log();
    assert_eq!(exchanges.iter().filter(|logged| logged.endpoint == Endpoint::Token).count(), 1);
}

#[test]
fn a_refusal_can_be_pasted_too() {
    let house = House::new();
    let mut connecting = Connecting::start(&house.home, &["--paste"]);
    let refusal = back(&connecting.url, "x").replace("code=x", "error=access_denied");
    connecting.types(&refusal);
    connecting.end().exits(1).complains("error[authorization_denied]");
}

#[test]
fn an_input_that_ends_is_no_answer() {
    let house = House::new();
    let mut connecting = Connecting::start(&house.home, &["--paste"]);
    connecting.types("not this");
    let ran = connecting.end().exits(2).complains("error[missing_params]");
    ran.complains("paste the whole address");
}

#[test]
fn a_code_that_comes_too_late_is_known_for_it() {
    let options = Options { code_lives: Duration::from_millis(1), ..Options::default() };
    let house = House::with(options);
    let mut connecting = Connecting::start(&house.home, &["--paste"]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    std::thread::sleep(Duration::from_millis(5));
    connecting.types(&back);
    connecting
        .end()
        .exits(3)
        .complains("error[token_exchange_failed]")
        .complains("a code is good once and for 30 seconds (pasting may have taken too long)");
    // By the browser, it was not pasting that took too long.
    let ran = house.connect(&[]).exits(3).complains("token_exchange_failed");
    assert!(!ran.stderr.contains("pasting"), "{}", ran.stderr);
}

#[test]
fn a_bare_code_needs_a_challenge_to_protect_it() {
    let studio = Studio::new("pkce: S256", "pkce: none");
    let uri = ["--redirect-uri", "https://example.com/done", "--public"];
    let set = [&["client", "set", "photos", "--id", "an-id"][..], &uri].concat();
    studio.home.xreq(&set).succeeds();
    // A redirect URI that does not lead here leaves nothing but pasting.
    let mut connecting = Connecting::to("photos", &studio.home, &[]);
    connecting.types("a-code-of-somebody-elses");
    connecting.types(&back(&connecting.url, "the-right-code"));
    connecting.end().succeeds().complains("neither the code nor the URL");
    let requests = studio.recorder.requests("/token");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].field("code").as_deref(), Some("the-right-code"));
}

/// `xreq connect x` at a terminal, up to the URL.
fn at_a_terminal(house: &House) -> (Pty, String) {
    let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --no-browser --timeout 1m");
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("paste here the whole address");
    (pty, url)
}

#[test]
fn at_a_terminal_the_browser_and_the_person_race() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    // The person wins. A terminal takes no line of more than 4,096 characters.
    let (mut pty, url) = at_a_terminal(&house);
    let back = house.consent(&url, "alice", |_| true);
    pty.type_in("what is this\n");
    pty.wait_for("neither the code nor the URL");
    pty.type_in(&format!("{back}\n"));
    let (printed, status) = pty.end();
    assert!(printed.contains("connected x (default) as @alice"), "{printed}");
    assert_eq!(ended(status), "exit 0");

    // The browser wins.
    let (mut pty, url) = at_a_terminal(&house);
    pty.type_in("half a li");
    let back = house.consent(&url, "alice", |_| true);
    let (base, path) = split(&back);
    let page = crate::support::http::Request::get(path).send(base).expect("it answers");
    assert!(page.body.contains("X is connected"), "{}", page.body);
    let (printed, status) = pty.end();
    assert!(printed.contains("connected x (default) as @alice"), "{printed}");
    assert_eq!(ended(status), "exit 0");
    let log = house.control().log();
    assert_eq!(log.iter().filter(|logged| logged.endpoint == Endpoint::Token).count(), 2);
}

#[test]
fn ctrl_c_at_a_terminal_ends_the_wait() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let (mut pty, _) = at_a_terminal(&house);
    let modes = pty.modes();
    pty.type_in("\x03");
    let (_, status) = pty.end();
    assert_eq!(ended(status), "signal 2");
    assert_eq!(modes, [true; 3]);
    house.connect(&[]).succeeds();
}
