//! Answers that are odd in form, or come at a bad moment: the tokens in them are not lost.

use std::process::Stdio;

use age::secrecy::ExposeSecret;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use xreq::sandbox::{Endpoint, Fault};

use crate::support::Ran;
use crate::support::provider::{House, PATIENCE};
use crate::support::stored::Stored;

const FORCED: [&str; 3] = ["refresh", "x", "--force"];

fn house() -> House {
    let house = House::connected();
    house.control().clear_log();
    house
}

/// Asserts that the store has the refresh token that the provider gave last.
#[track_caller]
fn assert_kept(house: &House, before: &str) {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    let token = grant.refresh_token.expect("there is one").expose_secret().to_owned();
    assert_ne!(token, before);
    assert!(house.control().accepts_refresh_token(&token));
    assert_eq!(grant.metadata.refresh_in_flight, None);
}

fn refresh_token(house: &House) -> String {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    grant.refresh_token.expect("there is one").expose_secret().to_owned()
}

/// The answer of the sandbox to a refresh, as another server would encode it.
fn body(json: String) -> Fault {
    Fault::Body { status: 200, json }
}

#[test]
fn a_byte_order_mark_before_an_answer_costs_no_token() {
    let house = house();
    for (number, before) in
        ["\u{feff}", "\u{feff}\u{feff}", "\r\n\u{feff}\n\u{feff} "].iter().enumerate()
    {
        let token = format!("new-refresh-{number}");
        let json = format!(
            r#"{before}{{"token_type":"bearer","access_token":"new-access","refresh_token":"{token}"}}"#
        );
        house.control().fault(Endpoint::Token, body(json), 1);
        house.home.xreq(&FORCED).succeeds().prints("is refreshed");
        assert_eq!(refresh_token(&house), token);
    }
}

#[test]
fn a_byte_order_mark_before_a_refusal_hides_it_from_nobody() {
    let house = house();
    house.control().fault(
        Endpoint::Token,
        Fault::Body { status: 400, json: "\u{feff}{\"error\":\"invalid_grant\"}".to_owned() },
        1,
    );
    house.home.xreq(&FORCED).exits(1).complains("error[reconnect_required]");
}

#[test]
fn a_hundred_thousand_scopes_cost_no_token() {
    let house = house();
    let scopes: Vec<_> = (0..100_000).map(|number| format!("s{number}")).collect();
    let before = refresh_token(&house);
    let granted = house.metadata("default")["scopes"].clone();
    house.control().fault(Endpoint::Token, Fault::patch("scope", scopes.join(" ")), 1);
    house.home.xreq(&FORCED).succeeds().prints("is refreshed");
    assert_kept(&house, &before);
    let metadata = house.metadata("default");
    assert_eq!(metadata["scopes"], granted);
    assert_eq!(metadata["scopes_assumed"], true);

    house.home.xreq(&FORCED).succeeds();
    assert_eq!(house.metadata("default")["scopes_assumed"], false);

    let before = refresh_token(&house);
    house.control().fault(Endpoint::Token, Fault::patch("scope", scopes.join(" ")), 1);
    house.connect(&[]).complains("more scopes than a grant keeps");
    assert_kept(&house, &before);
    assert_eq!(house.metadata("default")["scopes_assumed"], true);
}

#[test]
fn the_largest_tokens_and_the_most_scopes_that_are_taken_can_be_stored() {
    let house = house();
    let scopes: Vec<_> = (0..1_000).map(|number| format!("scope.{number:0>26}")).collect();
    let token = |last: char| format!("{}{last}", "\\".repeat((64 << 10) - 1));
    house.control().fault(
        Endpoint::Token,
        body(
            serde_json::json!({
                "access_token": token('a'), "refresh_token": token('r'), "scope": scopes.join(" "),
            })
            .to_string(),
        ),
        1,
    );
    house.home.xreq(&FORCED).succeeds();
    assert_eq!(refresh_token(&house), token('r'));
    let size = house.home.grant("default").metadata().expect("it is there").len();
    assert!(size < 560 << 10, "{size}");
}

#[test]
fn recipients_that_could_leave_no_room_are_refused_before_anything_is_asked() {
    let house = house();
    let identity = std::fs::read_to_string(house.home.store().join("identity.txt"));
    let identity = identity.expect("it is there");
    let public = identity.split("# public key: ").nth(1).expect("it says it").lines().next();
    let line = format!("{}\n", public.expect("a line"));
    house.home.write("home/recipients.txt", line.repeat(3_000));
    house.home.xreq(&FORCED).exits(3).complains("3000 recipients are too many");
    assert_eq!(house.control().log(), []);
    house.home.write("home/recipients.txt", line);
    house.home.xreq(&FORCED).succeeds();
}

/// Refreshes, and takes a resource from the process once the provider has done its work.
fn refreshes_while_it_loses(house: &House, resource: Resource, left: u64) -> Ran {
    house.control().fault(Endpoint::Token, Fault::Slow(std::time::Duration::from_secs(2)), 1);
    let mut command = house.home.command();
    command.args(FORCED).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the program starts");
    let asked = house.control().wait_until(PATIENCE, |log| !log.is_empty());
    assert!(asked, "the provider was not asked");
    let limit = Rlimit { current: Some(left), maximum: Some(left) };
    prlimit(Some(Pid::from_child(&process)), resource, limit).expect("it is ours");
    assert_eq!(process.try_wait().expect("it can be asked"), None, "the answer came too early");
    process.wait_with_output().expect("it ends").into()
}

#[test]
fn no_descriptor_left_when_the_answer_comes_costs_no_token() {
    let house = house();
    let before = refresh_token(&house);
    refreshes_while_it_loses(&house, Resource::Nofile, 3).succeeds().prints("is refreshed");
    assert_kept(&house, &before);
}

#[test]
fn a_limit_for_files_that_is_too_low_is_found_before_anything_is_asked() {
    let house = house();
    let before = refresh_token(&house);
    let direct = house.home.command();
    let mut command = house.home.program("sh");
    command.args(["-c", "ulimit -c 0; ulimit -f 100; exec \"$@\"", "sh"]);
    command.arg(direct.get_program()).args(FORCED);
    let ran = Ran::of(&mut command).exits(3).complains("error[store_unwritable]");
    ran.complains("ulimit -f");
    assert_eq!(house.control().log(), []);
    assert_eq!(refresh_token(&house), before);
    house.home.xreq(&FORCED).succeeds();
}
