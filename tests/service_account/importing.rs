//! Sources that are imported: files of credentials, programs, files with a token.

use std::fs;

use age::secrecy::ExposeSecret;
use serde_json::json;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault};

use super::{Cloud, PRINT_TOKEN, SCOPE};
use crate::support::service_account::ACCOUNT;

#[test]
fn the_key_of_a_service_account() {
    let Some(cloud) = Cloud::new() else { return };
    let ran = cloud.import(&["key.json", "--project-number", "123"]).succeeds();
    ran.prints(&format!("stored cloud (default, service_account): {SCOPE}; expires in 1h"));
    assert_eq!(cloud.mints().len(), 1);
    let status = cloud.status();
    assert_eq!(status["kind"], "service_account");
    let source = json!({"type": "key", "account": ACCOUNT, "key_id": "0123456789abcdef"});
    assert_eq!(status["minting"], json!({"source": source, "project_number": "123"}));
    assert_eq!((&status["state"], &status["scopes"]), (&json!("connected"), &json!([SCOPE])));
    let text = cloud.home.xreq(&["status"]).succeeds();
    let text = text.prints(&format!("tokens from the key 0123456789abcdef of {ACCOUNT}"));
    text.prints("project 123");
    cloud.home.xreq(&["check"]).succeeds();
    // It is replaced, and what it had is not kept.
    cloud
        .import(&["key.json"])
        .succeeds()
        .complains("agents get no `CLOUD_PROJECT_NUMBER`: add `--project-number`");
    assert_eq!(cloud.status()["minting"]["project_number"], json!(null));
}

#[test]
fn a_key_from_standard_input_is_the_only_kind_of_such_a_provider() {
    let Some(cloud) = Cloud::new() else { return };
    let import = ["import", "cloud", "--project-number", "1"];
    cloud.home.xreq_with(&import, cloud.key.to_string()).succeeds().prints("service_account");
}

#[test]
fn the_credentials_of_a_user() {
    let Some(cloud) = Cloud::new() else { return };
    let scopes = ScopeSet::parse(&format!("{SCOPE} https://www.example.com/auth/logs"));
    let file = cloud.sandbox.control().issue_user_credentials("alice@example.com", &scopes);
    cloud.home.write("user.json", file.expose_secret());
    cloud.import(&["user.json", "--project-number", "1"]).succeeds();
    let status = cloud.status();
    assert_eq!(
        status["minting"]["source"],
        json!({"type": "authorized_user", "client_id": "sandbox-cli"})
    );
    // What the answer says is the truth.
    assert_eq!(status["scopes"], json!([SCOPE, "https://www.example.com/auth/logs"]));
    assert_eq!(status["scopes_assumed"], false);
    cloud.home.xreq(&["refresh", "cloud", "--force"]).succeeds();
    assert_eq!(cloud.mints().len(), 2);
}

#[test]
fn a_fault_of_the_file_is_told_with_its_place() {
    let Some(cloud) = Cloud::new() else { return };
    let key = cloud.key["private_key"].as_str().expect("it is a text").to_owned();
    for (field, value, told) in [
        ("private_key", &key[..200], "key.json:5:18: `private_key` is no key in PEM"),
        ("client_email", "nobody", "key.json:6:19: `client_email` is no account"),
        (
            "type",
            "user",
            "key.json:2:11: `type` is neither `service_account` nor `authorized_user`",
        ),
        ("token_uri", "https://evil.example.net/t", "key.json:8:16: `token_uri` is another URL"),
    ] {
        cloud.changed_key(field, value);
        let ran =
            cloud.import(&["key.json"]).exits(2).complains(told).complains("error[token_invalid]");
        assert!(!ran.stderr.contains(&key[40..80]), "{}", ran.stderr);
    }
    assert!(cloud.mints().is_empty() && cloud.is_empty(), "nothing was asked or stored");
}

#[test]
fn threat_15_a_credential_file_runs_nothing_and_sends_nothing() {
    let Some(cloud) = Cloud::new() else { return };
    let trap = cloud.home.write_program("trap", "#!/bin/sh\ntouch sprung\n");
    let trap = trap.to_str().expect("a plain path");
    for file in [
        json!({"type": "external_account", "token_url": format!("{}/gcp/token", cloud.sandbox.base_url()),
               "credential_source": {"executable": {"command": trap}}}),
        json!({"type": "impersonated_service_account", "service_account_impersonation_url": cloud.sandbox.base_url()}),
    ] {
        cloud.home.write("external.json", file.to_string());
        let ran = cloud.import(&["external.json"]).exits(2);
        ran.complains("which a file does not decide")
            .complains("`--command`")
            .complains("`--token-file`");
    }
    for field in [
        "subject",
        "credential_source",
        "token_url",
        "service_account_impersonation_url",
        "command",
    ] {
        let mut key = cloud.key.clone();
        key[field] = json!(trap);
        cloud.home.write("key.json", key.to_string());
        cloud
            .import(&["key.json"])
            .exits(2)
            .complains(&format!("`{field}` is no field of such a file"));
    }
    assert!(
        !cloud.home.path().join("sprung").exists() && !std::path::Path::new("/sprung").exists()
    );
    assert!(cloud.sandbox.control().log().is_empty() && cloud.is_empty());
}

#[test]
fn a_source_that_is_refused_is_not_stored_and_one_that_cannot_be_asked_is() {
    let Some(cloud) = Cloud::new() else { return };
    cloud.sandbox.control().fault(Endpoint::Mint, Fault::status(503), 1);
    let ran = cloud.import(&["key.json", "--project-number", "1"]).succeeds();
    let ran = ran.complains(
        "there is no token yet: it answers 503: Service Unavailable; the next use asks again",
    );
    assert!(!ran.stdout.contains("expire"), "{}", ran.stdout);
    assert_eq!(cloud.status()["state"], "expired");
    let token = cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    assert_eq!(token, cloud.stored().grant().expect("it is stored").access_token.expose_secret());

    cloud.sandbox.control().remove_service_account(ACCOUNT);
    let before = fs::read(cloud.record()).expect("it is stored");
    let ran = cloud.import(&["key.json"]).exits(2);
    ran.complains(
        "nothing was stored: it answers 400, `invalid_grant`: Invalid grant: account not found",
    );
    assert_eq!(fs::read(cloud.record()).expect("it is still stored"), before);
}

#[test]
fn a_program_that_prints_a_token() {
    let Some(cloud) = Cloud::new() else { return };
    let printer =
        cloud.home.write_program("printer", "#!/bin/sh\necho \"$1-$(cat \"${0%/*}/count\")\"\n");
    let printer = printer.to_str().expect("a plain path");
    cloud.home.write("count", "1");
    let ran =
        cloud.import(&["--project-number", "1", "--command", printer, "--token", "b c"]).succeeds();
    ran.prints("does not say when it expires").prints("default, service_account");
    let source = json!({"type": "program", "program": printer, "arguments": ["--token", "b c"]});
    assert_eq!(cloud.status()["minting"]["source"], source);
    cloud
        .home
        .xreq(&["status"])
        .prints(&format!("tokens from the program {printer} --token 'b c'"));
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "--token-1");
    // Nobody knows when it ends: it is asked for anew after a while.
    cloud.home.write("count", "2");
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "--token-1");
    cloud.ages(200);
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "--token-1");
    cloud.ages(101);
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "--token-2");
    assert!(cloud.mints().is_empty());
}

#[test]
fn a_program_is_named_by_a_path_and_gets_nothing_of_the_agent() {
    let Some(cloud) = Cloud::new() else { return };
    for (program, why) in [
        ("sh", "is no absolute path"),
        ("./printer", "is no absolute path"),
        ("/no/such/program", "is not there"),
        ("/etc/passwd", "cannot be run"),
    ] {
        let ran = cloud.import(&["--command", program]).exits(2);
        ran.complains(&format!("the program `{program}` {why}"));
    }
    let printer = cloud.home.write_program(
        "printer",
        "#!/bin/sh\nenv >\"$HOME/seen\"; pwd >>\"$HOME/seen\"; echo token\n",
    );
    let mut command = cloud.home.command();
    command.args(["import", "cloud", "--project-number", "1", "--command"]).arg(&printer);
    command
        .env("AGENT_SECRET", "canary")
        .env("CLOUDSDK_CONFIG", "/tmp")
        .env("LD_PRELOAD_X", "canary");
    crate::support::Ran::of(&mut command).succeeds();
    let seen = fs::read_to_string(cloud.home.path().join("seen")).expect("it ran");
    assert!(
        !seen.contains("canary") && !seen.contains("XREQ") && seen.ends_with("\n/\n"),
        "{seen}"
    );
    assert!(seen.contains("HOME="), "{seen}");
}

#[test]
fn a_program_that_fails_says_why() {
    let Some(cloud) = Cloud::new() else { return };
    let failing = cloud.home.write_program("failing", "#!/bin/sh\necho log in first >&2\nexit 4\n");
    let failing = failing.to_str().expect("a plain path");
    // It may work later.
    let ran = cloud.import(&["--project-number", "1", "--command", failing]).succeeds();
    ran.complains(&format!("there is no token yet: `{failing}` failed with 4: log in first"));
    let ran = cloud.home.xreq(&PRINT_TOKEN).exits(125).complains("failed with 4: log in first");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_file_that_something_else_keeps_fresh() {
    let Some(cloud) = Cloud::new() else { return };
    let file = cloud.home.path().join("token.json");
    let file = file.to_str().expect("a plain path");
    cloud.home.write("token.json", r#"{"access_token": "first", "expires_in": 3600}"#);
    cloud.import(&["--token-file", "token.json"]).exits(2).complains("is not absolute");
    cloud
        .import(&["--token-file", file, "--project-number", "1"])
        .succeeds()
        .prints("expires in 1h");
    cloud.home.write("token.json", r#"{"access_token": "second", "expires_in": 3600}"#);
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "first");
    cloud.ages(3_600);
    assert_eq!(cloud.home.xreq(&PRINT_TOKEN).succeeds().stdout, "second");
    fs::remove_file(file).expect("it is there");
    cloud.ages(3_600);
    cloud.home.xreq(&PRINT_TOKEN).exits(125).complains("token.json` cannot be read");
}

#[test]
fn threat_15_a_key_acts_for_a_user_where_that_was_said_and_it_is_shown() {
    let Some(cloud) = Cloud::new() else { return };
    let args =
        ["key.json", "--project-number", "1", "--subject", "user@example.com", "--scopes", SCOPE];
    cloud.import(&args).exits(2).complains("`unauthorized_client`");
    assert!(cloud.is_empty());
    cloud.home.write("home/config.yaml", "audit: true\n");
    cloud.sandbox.control().delegate_to_service_account(ACCOUNT);
    cloud.import(&args).succeeds();
    assert_eq!(cloud.mints()[1].account_id.as_deref(), Some("user@example.com"));
    assert_eq!(cloud.status()["minting"]["subject"], "user@example.com");
    cloud.home.xreq(&["status"]).prints("acts for user@example.com");
    cloud.home.xreq(&["explain"]).prints("acts for user@example.com").prints(SCOPE);
    cloud.home.xreq(&["explain", "--format", "json"]).prints("user@example.com").prints(SCOPE);
    let check = cloud.home.xreq(&["check", "--format", "json"]).succeeds().json();
    crate::support::conforms("check", &check);
    assert_eq!(check["minted"][0]["subject"], "user@example.com");
    assert_eq!(check["minted"][0]["scopes"], json!([SCOPE]));
    cloud.home.xreq(&["run", "--", "true"]).succeeds();
    let log = fs::read_to_string(cloud.home.store().join("audit.jsonl")).expect("there is a log");
    let launch = log.lines().rfind(|line| line.contains("\"launch\"")).expect("it was recorded");
    assert!(launch.contains("\"subject\":\"user@example.com\""), "{launch}");
    assert!(launch.contains("\"kind\":\"service_account\"") && launch.contains(SCOPE), "{launch}");
    // Only a key can.
    let ran =
        cloud.import(&["--subject", "user@example.com", "--command", "/bin/echo", "a"]).exits(2);
    ran.complains("only the key of a service account acts for a user");
}

#[test]
fn threat_18_the_number_of_a_project_is_digits() {
    let Some(cloud) = Cloud::new() else { return };
    for number in ["my-project", "12 3", "1\n2", "", "123456789012345678901", "-1"] {
        let number = format!("--project-number={number}");
        cloud.import(&["key.json", &number]).exits(2).complains("up to 20 digits");
    }
    assert!(cloud.is_empty());
    // An account of a project by itself has it in its name.
    cloud.changed_key("client_email", "987-compute@developer.gserviceaccount.com");
    let file = fs::read_to_string(cloud.home.path().join("key.json")).expect("it is there");
    cloud.sandbox.control().register_service_account(&file);
    cloud.import(&["key.json"]).succeeds();
    let number = cloud.home.xreq(&["run", "--", "printenv", "CLOUD_PROJECT_NUMBER"]).succeeds();
    assert_eq!(number.stdout, "987\n");
}

#[test]
fn what_is_of_one_kind_is_no_matter_of_another() {
    let Some(cloud) = Cloud::new() else { return };
    cloud
        .import(&["key.json", "--expires-in", "1h"])
        .exits(2)
        .complains("leave `--expires-in` out");
    let ran = cloud.home.xreq(&["import", "x", "--project-number", "1"]).exits(2);
    ran.complains("leave `--project-number` out");
    let ran = cloud.home.xreq(&["import", "x", "--kind", "service_account"]).exits(2);
    ran.complains("X has no credentials of the kind `service_account`");
    cloud
        .home
        .xreq(&["import", "cloud", "--kind", "oauth2"])
        .exits(2)
        .complains("it has `service_account`");
    cloud.home.xreq(&["import", "cloud", "--kind", "key"]).exits(2);
}
