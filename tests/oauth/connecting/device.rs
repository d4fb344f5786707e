//! Consent by a code that is typed on another device (RFC 8628).

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use xreq::catalog::Catalog;
use xreq::sandbox::{Endpoint, Face, Fault, LogEntry, Options, Sandbox};

use crate::support::provider::{Connecting, House, PATIENCE};
use crate::support::{Home, Ran, XREQ};

/// A house whose provider gives codes.
fn house() -> House {
    let house = House::new();
    let base = house.sandbox.base_url();
    let url = format!("    device_authorization_url: {base}/i/oauth2/device/code\n");
    let config = House::config(&base).replace("    token_url", &format!("{url}    token_url"));
    house.home.write("home/config.yaml", config);
    house.store_client();
    house
}

/// Starts `xreq connect x --device`, with a browser that nothing may open.
fn connecting(house: &House) -> Connecting {
    let mut command = house.home.command();
    command.args(["connect", "x", "--device"]).env("BROWSER", "/bin/false");
    Connecting::run(&mut command)
}

fn decide(url: &str, more: &[&str]) {
    Ran::of(Command::new(XREQ).args(["sandbox", "approve", url]).args(more)).succeeds();
}

/// The code in the address that the command shows.
fn code(connecting: &Connecting) -> &str {
    connecting.url.split_once("user_code=").expect("it has one").1
}

#[test]
fn a_code_that_is_typed_and_allowed_connects_the_account() {
    let house = house();
    let connecting = connecting(&house);
    let page = format!("{}/i/oauth2/device", house.sandbox.base_url());
    let shown = format!("Open {page} in any browser, on any device, and type this code:");
    let before = connecting.before();
    assert!(before.contains(&shown), "{before}");
    assert!(before.contains(&format!("\n  {}\n", code(&connecting))), "{before}");
    // The command is told to wait at least once.
    let is_told = |log: &[LogEntry]| {
        log.iter().any(|it| it.endpoint == Endpoint::Token && it.status == Some(400))
    };
    assert!(house.control().wait_until(PATIENCE, is_told));
    decide(&connecting.url, &[]);
    let ran = connecting.end().succeeds().prints("connected x (default) as @alice");
    assert!(!ran.stderr.contains("redirect"), "{}", ran.stderr);
    assert_eq!(house.metadata("default")["scopes"].as_array().map(Vec::len), Some(4));
    house.home.xreq(&["check"]).succeeds();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
}

#[test]
fn a_refusal_stores_nothing() {
    let house = house();
    let connecting = connecting(&house);
    decide(&connecting.url, &["--deny"]);
    connecting
        .end()
        .exits(1)
        .complains("error[authorization_denied]: the consent was refused on X's page");
    assert!(!house.home.grant("default").exists());
}

#[test]
fn less_than_was_asked_for_is_stored_and_said() {
    let house = house();
    let connecting = connecting(&house);
    decide(&connecting.url, &["--only", "tweet.read", "--only", "users.read"]);
    connecting.end().exits(1).complains("lacks what was asked for: offline.access tweet.write");
    assert!(house.home.grant("default").exists());
}

#[test]
fn a_wrong_account_is_revoked() {
    let house = house();
    let connecting = connecting(&house);
    decide(&connecting.url, &["--as", "bob"]);
    connecting
        .end()
        .exits(1)
        .complains("error[account_mismatch]")
        .complains("its grant was revoked");
    let bob = house.sandbox.control().grants("bob");
    assert!(bob.iter().all(|grant| !grant.refreshable && grant.access_tokens == 0));
    assert!(!house.home.grant("default").exists());
}

#[test]
fn where_no_browser_can_be_opened_a_code_is_shown_by_itself() {
    let house = house();
    let mut command = house.home.command();
    command.args(["connect", "x"]).env_remove("BROWSER").env_remove("DISPLAY");
    command.env_remove("WAYLAND_DISPLAY").env_remove("WSL_DISTRO_NAME").env_remove("WSL_INTEROP");
    let connecting = Connecting::run(&mut command);
    assert!(connecting.url.contains("/i/oauth2/device?user_code="), "{}", connecting.url);
    decide(&connecting.url, &[]);
    connecting.end().succeeds();
}

#[test]
fn a_network_that_is_gone_for_a_moment_costs_time_and_nothing_else() {
    let house = house();
    house.control().fault(Endpoint::Token, Fault::DropBefore, 1);
    let connecting = connecting(&house);
    decide(&connecting.url, &[]);
    connecting.end().succeeds();
}

#[test]
fn ctrl_c_leaves_everything_as_it_was() {
    let house = house();
    let connecting = connecting(&house);
    let pid =
        Pid::from_raw(i32::try_from(connecting.id()).expect("it is small")).expect("it lives");
    kill_process(pid, Signal::INT).expect("it lives");
    let ran = connecting.end();
    assert!(ran.stderr.contains("error[interrupted]: the wait was ended before anybody consented"));
    assert!(!house.home.grant("default").exists());
}

#[test]
fn the_code_for_the_tokens_is_shown_nowhere() {
    let house = house();
    let connecting = connecting(&house);
    decide(&connecting.url, &[]);
    let ran = connecting.end().succeeds();
    let log = house.control().log();
    let asked = log.iter().filter(|it| it.endpoint == Endpoint::Token && it.status == Some(200));
    assert_eq!(asked.count(), 1);
    for text in [&ran.stdout, &ran.stderr] {
        // It has 46 characters; nothing that is shown has so long a word but addresses.
        let is_long = |word: &str| word.len() >= 40 && !word.starts_with("http");
        assert!(!text.split_whitespace().any(is_long), "{text}");
    }
}

#[test]
fn a_provider_without_codes_says_the_other_way() {
    let house = House::new();
    let ran = house.home.xreq(&["connect", "x", "--device"]).exits(2);
    ran.complains("error[bad_argument]: X gives no codes to type on another device")
        .complains("`xreq connect x --paste` waits for the address");
}

/// GitHub's own endpoints are in its file: a client of an app that has the device flow switched on.
#[test]
fn github_gives_codes_and_says_that_nobody_decided_with_status_200() {
    let face = Face::of("github").expect("there is such a face");
    let sandbox = Sandbox::start(Options::of(face)).expect("a free port");
    let home = Home::with_manifest("integrations: [github.gist.write]\n");
    let urls = sandbox.endpoints().into_iter().map(|(name, url)| format!("    {name}: {url}\n"));
    let urls = urls.collect::<Vec<_>>().concat();
    home.write("home/config.yaml", format!("providers:\n  github:\n{urls}"));
    let client = sandbox.client();
    let set = ["client", "set", "github", "--id", &client.client_id];
    home.xreq_with(&set, client.secret().expect("it has one")).succeeds();

    let mut command = home.command();
    command
        .args(["connect", "github", "--device", "--expect", "@alice"])
        .env("BROWSER", "/bin/false");
    let is_code = |line: &str| line.len() == 9 && line.as_bytes()[4] == b'-';
    let connecting = Connecting::showing(&mut command, is_code);
    let polled = |log: &[LogEntry]| {
        log.iter().any(|it| it.endpoint == Endpoint::Token && it.status == Some(200))
    };
    assert!(sandbox.control().wait_until(PATIENCE, polled));
    // The page is told without the code, which is typed there.
    let page = format!("{}/login/device", sandbox.base_url());
    decide(&format!("{page}?user_code={}", connecting.url), &[]);
    connecting.end().succeeds().prints("connected github (default) as @alice");
    home.xreq(&["run", "--", "printenv", "GITHUB_ACCESS_TOKEN"]).succeeds();
}

#[test]
fn github_and_microsoft_have_the_device_flow_and_google_does_not() {
    let catalog = Catalog::builtin();
    let url = |slug: &str| {
        let provider = catalog.provider(slug).expect("it is built in");
        provider.endpoints.device_authorization_url.as_deref()
    };
    assert_eq!(url("github"), Some("https://github.com/login/device/code"));
    let of_microsoft = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode";
    assert_eq!(url("microsoft"), Some(of_microsoft));
    assert_eq!(url("google"), None);
}
