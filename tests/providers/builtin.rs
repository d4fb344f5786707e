//! The built-in providers beside X, and files of one's own that were there before them.

use crate::support::Home;

/// A provider file that describes Google, as people wrote before it was built in.
const OWN: &str = "\
provider: google
title: My Google
env_prefix: GOOGLE
endpoints:
  authorize_url: https://accounts.google.com/o/oauth2/v2/auth?access_type=offline
  token_url: https://oauth2.googleapis.com/token
  api_url: https://www.googleapis.com
client_authentication: {confidential: client_secret_post}
pkce: S256
redirect_uri: http://127.0.0.1:8099/callback
scopes: {calendar: See calendars}
capabilities:
  google.agenda: {title: Agenda, allows: see calendars, published: [calendar]}
";

const NOTE: &str = "google.yaml counts, and the built-in provider `google` does not";

#[test]
fn a_users_own_file_wins_over_a_provider_that_was_built_in_later() {
    let home = Home::with_manifest("integrations: [google.agenda]\n");
    home.xreq(&["validate"]).exits(1).prints("unknown-key");
    home.write("home/providers/google.yaml", OWN);
    home.xreq(&["validate"]).succeeds().complains(NOTE);
    home.xreq(&["catalog", "google"]).succeeds().prints("My Google").complains(NOTE);
    home.xreq(&["catalog", "google.gmail.send"]).exits(2);

    let args = ["import", "google", "--scopes", "calendar", "--expires-in", "3600", "-"];
    home.xreq_with(&args, "the-token").succeeds();
    let run = ["run", "--", "sh", "-c", "echo $GOOGLE_ACCESS_TOKEN"];
    home.xreq(&run).succeeds().prints("the-token").complains(NOTE);
    // A launch tells it once.
    let again = home.xreq(&run).succeeds().prints("the-token");
    assert!(!again.stderr.contains(NOTE), "{}", again.stderr);
}

#[test]
fn a_file_that_shares_no_name_but_a_prefix_wins_too() {
    let home = Home::with_manifest("integrations: [mail.agenda]\n");
    let other =
        OWN.replace("provider: google", "provider: mail").replace("google.agenda", "mail.agenda");
    home.write("home/providers/mail.yaml", other);
    let note = "mail.yaml counts, and the built-in provider `google` does not";
    home.xreq(&["validate"]).succeeds().complains(note);
}

#[test]
fn what_shares_a_host_alone_waits_for_trust() {
    let home = Home::with_manifest("integrations: [mail.agenda]\n");
    let other =
        OWN.replace("provider: google", "provider: mail").replace("google.agenda", "mail.agenda");
    home.write("home/providers/mail.yaml", other.replace("GOOGLE", "MAIL"));
    let ran = home.xreq(&["validate"]).exits(1).complains("error[not_trusted]");
    ran.complains("`accounts.google.com` of Google");
}

#[test]
fn a_file_by_catalog_gets_no_codes_for_the_hosts_of_a_built_in_provider() {
    let home = Home::with_manifest("integrations: [google.agenda]\n");
    home.write("google.yaml", OWN);
    let ran = home.xreq(&["validate", "--catalog", "google.yaml"]).exits(2);
    ran.complains("error[catalog_conflict]").complains("`accounts.google.com` of Google");
    // Servers of its own are its own.
    let servers = OWN.replace("accounts.google.com", "login.example");
    let servers = servers.replace("oauth2.googleapis.com", "login.example");
    home.write("google.yaml", servers.replace("www.googleapis.com", "api.example"));
    home.xreq(&["validate", "--catalog", "google.yaml"]).succeeds().complains(NOTE);
}

#[test]
fn a_provider_that_was_built_in_from_the_start_is_not_displaced() {
    let home = Home::with_manifest("integrations: [x.agenda]\n");
    let own = OWN.replace("provider: google", "provider: x").replace("google.agenda", "x.agenda");
    home.write("home/providers/x.yaml", own);
    let ran = home.xreq(&["validate"]).exits(2).complains("error[catalog_conflict]");
    ran.complains("provider `x` is taken by xreq itself");
}

/// Every key of every provider goes through the commands that need no account.
#[test]
fn every_key_is_known_to_all_commands() {
    let home = Home::empty();
    let providers = home.xreq(&["catalog", "--format", "json"]).succeeds().json();
    let providers: Vec<_> = providers["providers"].as_array().expect("a list").clone();
    assert!(providers.len() > 7, "{providers:?}");
    for slug in &providers {
        let slug = slug.as_str().expect("a text");
        let shown = home.xreq(&["catalog", slug, "--format", "json"]).succeeds().json();
        let keys = shown["keys"].as_array().expect("a list").iter();
        let keys: Vec<_> = keys.map(|key| key["key"].as_str().expect("a text")).collect();
        assert!(!keys.is_empty(), "{slug}");
        let home = Home::with_manifest(&format!("integrations: [{}]\n", keys.join(", ")));
        home.xreq(&["validate"]).succeeds();
        home.xreq(&["check"]).exits(1);
        let explained = home.xreq(&["explain", "--format", "json"]).json();
        let explained = explained["requirements"].as_array().expect("a list");
        assert!(explained.iter().map(|it| it["key"].as_str()).eq(keys.iter().copied().map(Some)));
        for key in keys {
            home.xreq(&["catalog", key]).succeeds().prints("allows to");
        }
        home.xreq(&["catalog", slug]).succeeds().prints("the agent gets");
    }
}
