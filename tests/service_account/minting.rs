//! Tokens that are minted when they are needed, and what becomes of failures.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::sandbox::{Endpoint, Fault};

use super::{Cloud, PRINT_TOKEN, SCOPE};
use crate::oauth::lacks_google_auth;
use crate::support::service_account::ACCOUNT;
use crate::support::wait::until;
use crate::support::{Ran, conforms, machine};

#[test]
fn an_agent_gets_the_token_and_the_number_and_never_the_key() {
    let Some(cloud) = Cloud::imported() else { return };
    let env = cloud.home.xreq(&["run", "--", "env"]).succeeds().stdout;
    let grant = cloud.stored().grant().expect("it is stored");
    let token = grant.access_token.expose_secret();
    let at = grant.metadata.expires_at.expect("it is known");
    for line in [
        format!("CLOUD_ACCESS_TOKEN={token}"),
        format!("CLOUD_ACCESS_TOKEN_EXPIRES_AT={at}"),
        "CLOUD_PROJECT_NUMBER=123456789012".to_owned(),
        "XREQ_INTEGRATIONS=cloud.ai".to_owned(),
    ] {
        assert!(env.lines().any(|found| found == line), "{line} is not in\n{env}");
    }
    assert!(!env.contains("PRIVATE KEY") && !env.contains(ACCOUNT), "{env}");
}

#[test]
fn google_auth_calls_with_the_token_of_a_launch() {
    let Some(cloud) = Cloud::new() else { return };
    if lacks_google_auth() {
        return;
    }
    // The built-in provider, whose endpoint is the sandbox.
    let url = format!("{}/gcp/token", cloud.sandbox.base_url());
    let config =
        format!("providers: {{gcp: {{kinds: {{service_account: {{token_url: '{url}'}}}}}}}}\n");
    cloud.home.write("home/config.yaml", config);
    cloud.home.write("xreq.yaml", "integrations: [gcp.vertex_ai]\n");
    cloud.home.xreq(&["import", "gcp", "key.json", "--project-number", "123456789012"]).succeeds();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/service_account.py");
    let python = machine::python();
    let python = python.to_str().expect("a plain path");
    let python = std::path::absolute(python).ok().filter(|path| path.exists());
    let python = python.map_or_else(|| "python3".into(), |path| path.display().to_string());
    let base_url = cloud.sandbox.base_url();
    let ran = cloud.home.xreq(&["run", "--", &python, "-B", script, "call", &base_url]).succeeds();
    let answer = ran.json();
    assert_eq!(answer["caller"], ACCOUNT);
    assert_eq!(answer["projectNumber"], "123456789012");
    assert_eq!(answer["scope"], "https://www.googleapis.com/auth/cloud-platform");
    // What the roles of the account allow is more than the key says.
    let wide = "which opens all of Google Cloud that the roles of the account allow";
    cloud.home.xreq(&["check", "--format", "json"]).succeeds().prints(wide);
    cloud.home.xreq(&["check", "--strict", "--format", "json"]).exits(1).prints(wide);
}

#[test]
fn a_token_is_minted_before_a_launch_where_it_is_missing_or_too_old() {
    let Some(cloud) = Cloud::imported() else { return };
    let first = cloud.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!((first.stderr.as_str(), cloud.mints().len()), ("", 1));
    cloud.ages(3_000);
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, first.stdout);
    cloud.ages(500);
    let second = cloud.home.xreq(&PRINT_TOKEN).succeeds();
    assert_ne!(second.stdout, first.stdout);
    assert_eq!((second.stderr.as_str(), cloud.mints().len()), ("", 2));
    let run = [&["run", "--min-ttl", "59m"], &PRINT_TOKEN[1..]].concat();
    cloud.home.xreq(&run).succeeds();
    assert_eq!(cloud.mints().len(), 2, "it lives for an hour");
}

#[test]
fn commands_that_refresh_mint() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.home.xreq(&["refresh", "cloud"]).succeeds();
    assert_eq!(cloud.mints().len(), 1);
    for (number, args) in [
        &["refresh", "cloud", "--force"][..],
        &["refresh", "--all", "--force"],
        &["refresh", "--force"],
    ]
    .iter()
    .enumerate()
    {
        cloud.home.xreq(args).succeeds();
        assert_eq!(cloud.mints().len(), number + 2, "{args:?}");
    }
    cloud.ages(3_600);
    assert_eq!(cloud.status()["state"], "expired");
    let token = cloud.home.xreq(&["token", "cloud"]).succeeds().stdout;
    assert_eq!(
        token.trim(),
        cloud.stored().grant().expect("it is stored").access_token.expose_secret()
    );
    assert_eq!(cloud.status()["state"], "connected");
}

#[test]
fn a_lost_answer_is_no_doubt() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.ages(3_600);
    for fault in [Fault::DropAfter, Fault::Truncated, Fault::GarbageAfter] {
        cloud.sandbox.control().fault(Endpoint::Mint, fault, 1);
        cloud.home.xreq(&PRINT_TOKEN).exits(125).complains("error[provider_unavailable]");
        let status = cloud.status();
        assert_eq!((&status["state"], &status["in_doubt_since"]), (&"expired".into(), &().into()));
    }
    cloud.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(cloud.mints().len(), 5);
}

#[test]
fn a_process_that_is_killed_between_the_request_and_the_store_leaves_no_doubt() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.ages(3_600);
    let slow = Fault::Slow(Duration::from_secs(5));
    cloud.sandbox.control().fault(Endpoint::Mint, slow, 1);
    let mut command = cloud.home.command();
    command.args(PRINT_TOKEN).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().expect("the program starts");
    until("the token is minted", || cloud.mints().len() == 2);
    process.kill().expect("it can be killed");
    assert_eq!(process.wait().expect("it ends").code(), None, "it was killed");
    assert_eq!(cloud.status()["state"], "expired");
    let ran = cloud.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!((ran.stderr.as_str(), cloud.mints().len()), ("", 3));
    assert_eq!(cloud.status()["state"], "connected");
}

#[test]
fn a_key_that_was_deleted_is_told_and_its_token_serves_while_it_lives() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.sandbox.control().remove_service_account(ACCOUNT);
    let ran = cloud.home.xreq(&["refresh", "cloud", "--force"]).exits(1);
    let ran =
        ran.complains("Cloud no longer accepts the source of cloud (default, service_account)");
    ran.complains("xreq import cloud --kind service_account");
    let status = cloud.status();
    assert_eq!((&status["state"], &status["needs_a_person"]), (&"reconnect".into(), &true.into()));
    cloud.home.xreq(&PRINT_TOKEN).succeeds().complains("no longer accepts");
    cloud.ages(3_600);
    let ran = cloud.home.xreq(&PRINT_TOKEN).exits(125);
    ran.complains("xreq import cloud --kind service_account");
    // The same key, registered once more.
    cloud.sandbox.control().register_service_account(&cloud.key.to_string());
    cloud.home.xreq(&["refresh", "cloud", "--force"]).succeeds();
    cloud.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn another_mint_than_that_of_the_import_gets_nothing() {
    let Some(cloud) = Cloud::imported() else { return };
    let elsewhere = super::provider("http://127.0.0.1:9");
    cloud.home.write("home/providers/cloud.yaml", elsewhere);
    cloud.ages(3_600);
    let ran = cloud.home.xreq(&PRINT_TOKEN).exits(125);
    ran.complains("was stored for other servers of Cloud than http://127.0.0.1:9");
}

/// Answers as Google does where the times in an assertion are not right, by a clock that is ahead of the
/// machine's by so much.
fn refusing(lead: SignedDuration, answers: usize) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for _ in 0..answers {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 8192]).expect("a request");
            let date = (Timestamp::now() + lead).strftime("%a, %d %b %Y %H:%M:%S GMT");
            let body = r#"{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}"#;
            let length = body.len();
            let head = format!("HTTP/1.1 400 Bad Request\r\ndate: {date}\r\nconnection: close\r\n");
            let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).expect("it reads");
        }
    });
    url
}

#[test]
fn a_clock_that_is_wrong_is_told_as_that_and_ends_nothing() {
    let Some(cloud) = Cloud::imported() else { return };
    for (lead, told) in [
        (SignedDuration::from_hours(2), "this machine's clock is 120 min behind the provider's"),
        (-SignedDuration::from_mins(30), "this machine's clock is 30 min ahead of the provider's"),
    ] {
        let url = refusing(lead, 1);
        cloud.home.write("home/providers/cloud.yaml", super::provider(&url));
        cloud
            .stored()
            .change(|grant| grant.metadata.origins = xreq::credential::origins::Origins::default());
        let ran = cloud.home.xreq(&["refresh", "cloud", "--force"]).exits(3).complains(told);
        ran.complains("set this machine's clock");
        assert_eq!(cloud.status()["state"], "connected");
        assert_eq!(cloud.status()["last_error"]["class"], "transient");
    }
    // With a right clock it is the key.
    cloud
        .home
        .write("home/providers/cloud.yaml", super::provider(&refusing(SignedDuration::ZERO, 1)));
    cloud.home.xreq(&["refresh", "cloud", "--force"]).exits(1).complains("no longer accepts");
}

#[test]
fn disconnecting_removes_the_source_and_says_what_lives_on() {
    let Some(cloud) = Cloud::imported() else { return };
    let ran = cloud.home.xreq(&["disconnect", "cloud"]).succeeds();
    let ran = ran.prints("removed cloud (default, service_account) from this store");
    let ran = ran
        .complains(&format!("the key 0123456789abcdef of {ACCOUNT} lives on until it is deleted"));
    ran.complains("Cloud's console, “Keys”");
    assert!(cloud.is_empty());
    assert_eq!(cloud.mints().len(), 1, "nobody was asked");
    cloud
        .home
        .xreq(&["run", "--", "true"])
        .exits(125)
        .complains("xreq import cloud --kind service_account");
}

#[test]
fn threat_07_a_token_that_can_do_more_than_the_key_says_is_a_warning_and_with_strict_a_gap() {
    const LOGS: &str = "https://www.example.com/auth/logs";
    const ALL: &str = "https://www.example.com/auth/all";
    const FULL: &str = "https://www.example.com/auth/full";
    let Some(cloud) = Cloud::new() else { return };
    for (key, scopes, excess) in [
        (
            "cloud.ai",
            format!("{SCOPE} {LOGS}"),
            Some(format!("do more than cloud.ai says: `{LOGS}`")),
        ),
        (
            "cloud.all",
            ALL.to_owned(),
            Some(format!("cloud.all says: `{ALL}`, which opens all that")),
        ),
        ("cloud.ai", FULL.to_owned(), Some(format!("do more than cloud.ai says: `{FULL}`"))),
        ("cloud.ai", SCOPE.to_owned(), None),
        // The API asks for it, beside what is published.
        ("cloud.logged", format!("{SCOPE} {LOGS}"), None),
        // Whoever asks for the provider itself says nothing that tokens could exceed.
        ("cloud", format!("{SCOPE} {LOGS} {ALL}"), None),
    ] {
        cloud.home.write("xreq.yaml", format!("integrations: [{key}]\n"));
        cloud.import(&["key.json", "--project-number", "1", "--scopes", &scopes]).succeeds();
        let check = cloud.home.xreq(&["check", "--format", "json"]).succeeds().json();
        conforms("check", &check);
        let run = cloud.home.xreq(&["run", "--", "true"]).succeeds();
        let strict = cloud.home.xreq(&["run", "--strict", "--", "true"]);
        if let Some(excess) = excess {
            assert_eq!(check["warnings"][0]["code"], "scope/wide");
            let message = check["warnings"][0]["message"].as_str().expect("it is a text");
            assert!(message.contains(&excess), "{message}");
            run.complains(&excess);
            strict.exits(125).complains(&excess);
            cloud.home.xreq(&["check", "--strict"]).exits(1);
        } else {
            assert_eq!(check["warnings"], serde_json::json!([]));
            assert_eq!(run.stderr, "");
            strict.succeeds();
        }
    }
}

#[test]
fn below_another_kind_nothing_of_it_is_inherited() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.home.write("xreq.yaml", "integrations: [{key: cloud.ai, optional: true}]\n");
    cloud.home.xreq(&["disconnect", "cloud"]).succeeds();
    let mut command: Command = cloud.home.command();
    command
        .args(["run", "--", "env"])
        .env("CLOUD_ACCESS_TOKEN", "canary")
        .env("CLOUD_PROJECT_NUMBER", "canary");
    let ran = Ran::of(&mut command).succeeds();
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
}
