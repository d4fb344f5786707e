//! Which grant an agent is launched with, and when it is not launched at all.

use std::fs;

use crate::launch::{MANIFEST, SCOPES, TOKEN, covered, launch, script, text};
use crate::support::{Home, Ran};

const AGENT: [&str; 4] = ["--", "sh", "-c", "touch launched; echo $X_ACCESS_TOKEN"];

/// A home with a grant for each account, whose token is the account's name.
fn accounts(labels: &[&str]) -> Home {
    let home = Home::with_manifest(MANIFEST);
    for label in labels {
        let args = ["import", "x", "--account", label, "--scopes", SCOPES, "--expires-in", "7200"];
        home.xreq_with(&args, format!("token-of-{label}")).succeeds();
    }
    home
}

fn run(home: &Home, options: &[&str]) -> Ran {
    let args: Vec<_> = ["run"].iter().chain(options).chain(&AGENT).copied().collect();
    let ran = home.xreq(&args);
    let launched = fs::remove_file(home.path().join("launched")).is_ok();
    assert_eq!(launched, ran.status.code() == Some(0), "{}{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn the_account_is_the_one_that_was_named() {
    let home = accounts(&["default", "work", "home.of-me_2"]);
    for label in ["work", "default", "home.of-me_2"] {
        let ran = run(&home, &["--account", &format!("x={label}")]).succeeds();
        assert_eq!(ran.stdout, format!("token-of-{label}\n"));
    }
    let last_wins = run(&home, &["--account", "x=default", "--account=x=work"]).succeeds();
    assert_eq!(last_wins.stdout, "token-of-work\n");
    assert_eq!(run(&home, &[]).succeeds().stdout, "token-of-default\n");
}

#[test]
fn the_only_account_needs_no_name() {
    assert_eq!(run(&accounts(&["work"]), &[]).succeeds().stdout, "token-of-work\n");
}

#[test]
fn of_several_accounts_none_is_guessed() {
    let home = accounts(&["work", "private"]);
    let ran = run(&home, &[]).exits(125).complains("error[account_ambiguous]: ");
    let ran = ran.complains("`--account x=private`");
    assert_eq!(ran.stdout, "");
    assert_eq!(run(&home, &["--account", "x=private"]).succeeds().stdout, "token-of-private\n");
}

#[test]
fn an_account_that_is_not_there_is_not_replaced_by_another() {
    let home = accounts(&["default"]);
    run(&home, &["--account", "x=work"]).exits(125).complains("Not connected: x (work)");
    for label in ["../default", "", "a/b", "."] {
        let chosen = format!("x={label}");
        assert_eq!(run(&home, &["--account", &chosen]).status.code(), Some(125), "{label}");
    }
}

#[test]
fn an_account_of_another_provider_is_warned_about() {
    let ran = run(&accounts(&["default"]), &["--account", "google=work"]).succeeds();
    ran.complains("warning: `--account google=work` has no effect");
}

/// The published scopes decide, unless the caller is strict; either way the caller is told.
#[test]
fn strict_takes_what_the_api_asks_for() {
    let home = Home::with_manifest("integrations: [x.user.read]\n");
    home.import(TOKEN, "users.read");
    let ran = run(&home, &[]).succeeds();
    ran.complains("warning: x.user.read: covered as documented").complains("tweet.read");
    run(&home, &["--strict"])
        .exits(125)
        .complains("Missing scope: tweet.read")
        .complains("error[requirements_unmet]: ");
    home.import(TOKEN, SCOPES);
    assert_eq!(run(&home, &["--strict"]).succeeds().stderr, "");
}

/// The same words as `check`: whoever has fixed one has fixed the other.
#[test]
fn the_report_of_an_unmet_requirement_is_that_of_check() {
    let home = Home::with_manifest(
        "integrations:\n  - x.dm.read\n  - {key: x.like.read, optional: true}\nsecrets: [FAL_KEY]\n",
    );
    home.import(TOKEN, SCOPES);
    let whole = home.xreq(&["check"]).exits(1).stderr;
    let (checked, way) = whole.split_once("The way to a launch").expect("it is shown");
    let ran = run(&home, &[]).exits(125);
    assert_eq!(ran.stdout, "");
    let rest = ran.stderr.strip_prefix(checked).expect("the report of check comes first");
    // Whoever typed the agent's command has it.
    let (way, _) = way.split_once("  to do  the launch").expect("it is the last step");
    let again = "  to do  the launch: the same command again\n";
    assert_eq!(
        rest.split_once(again).map(|(way, _)| way.to_owned()),
        Some(format!(
            "error[requirements_unmet]: a requirement is unmet, and nothing was launched\n\
             The way to a launch{way}"
        ))
    );
    for part in ["xreq.yaml:2:5", "Missing scope: dm.read", "`xreq connect x --add-scope dm.read`"]
    {
        assert!(checked.contains(part), "{checked}");
    }
    assert!(checked.contains("Missing secret: FAL_KEY"), "{checked}");
}

#[test]
fn what_is_optional_and_unmet_is_told_in_a_line_and_launched() {
    let home = Home::with_manifest("integrations:\n  - {key: x.dm.read, optional: true}\n");
    let ran = run(&home, &[]).succeeds();
    assert_eq!(ran.stdout, "\n");
    assert_eq!(ran.stderr, "warning: optional x is unmet: Not connected: x (`xreq connect x`)\n");
}

/// Two providers, each with variables of its own and its own choice of account.
#[test]
fn every_provider_has_its_own_token() {
    let home = Home::with_manifest("integrations: [acme.read, x.tweet.read]\n");
    home.write(
        "acme.yaml",
        "provider: acme
title: Acme
env_prefix: ACME
remove_env:
  - {name: ACME_MASTER_KEY, reason: it is the key to everything}
endpoints:
  authorize_url: https://acme.example/authorize
  token_url: https://acme.example/token
  api_url: https://api.acme.example
client_authentication: {public: none}
pkce: S256
redirect_uri: http://127.0.0.1:8080/callback
scopes: {read: Reads}
capabilities:
  acme.read: {title: Read, allows: read, published: [read]}
",
    );
    fs::create_dir_all(home.store().join("providers")).expect("a folder");
    fs::copy(home.path().join("acme.yaml"), home.store().join("providers/acme.yaml"))
        .expect("a copy");
    home.import(TOKEN, SCOPES);
    let args = [
        "import",
        "acme",
        "--account",
        "shop",
        "--scopes",
        "read",
        "--expires-at",
        "2099-01-01T00:00:00Z",
    ];
    home.xreq_with(&args, "the-token-of-acme").succeeds();
    let mut agent = script(&home, "env | grep -E '^(ACME|X_ACCESS_TOKEN=|XREQ)' | sort");
    agent.env("ACME_MASTER_KEY", "canary").env("ACME_OTHER", "kept");
    let ran = Ran::of(&mut agent);
    let ran = ran.complains("ACME_MASTER_KEY is kept from the agent: it is the key to");
    assert_eq!(
        ran.stdout,
        format!(
            "ACME_ACCESS_TOKEN=the-token-of-acme\nACME_ACCESS_TOKEN_EXPIRES_AT=2099-01-01T00:00:00Z\n\
             ACME_OTHER=kept\nXREQ_INTEGRATIONS=acme.read x.tweet.read\nX_ACCESS_TOKEN={TOKEN}\n"
        )
    );
}

/// The manifest that was named is the one that counts, wherever it is and whatever it is called.
#[test]
fn the_manifest_is_found_where_it_was_named() {
    let home = covered();
    home.write("apps/a.yaml", "integrations: [x.user.read]\n");
    home.write("apps/b.yaml", "integrations: [x.tweet.read, x.user.read]\n");
    let keys = |mut xreq: std::process::Command| text(&mut xreq);
    let echo = "echo $XREQ_INTEGRATIONS";
    let mut named = home.command();
    named.args(["run", "--manifest", "apps/a.yaml", "--", "sh", "-c", echo]);
    named.env("XREQ_MANIFEST", "apps/b.yaml");
    assert_eq!(keys(named), "x.user.read\n");
    let mut by_variable = script(&home, echo);
    by_variable.env("XREQ_MANIFEST", "apps/b.yaml");
    assert_eq!(keys(by_variable), "x.tweet.read x.user.read\n");
    assert_eq!(keys(script(&home, echo)), "x.tweet.read\n");
    Ran::of(launch(&home, &["true"]).env("XREQ_MANIFEST", "nowhere.yaml"))
        .exits(125)
        .complains("error[file_unreadable]: cannot read nowhere.yaml");
}
