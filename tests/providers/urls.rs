//! Variables in URLs, and the servers that codes, tokens and secrets go to.

use serde_json::json;

use crate::oauth::recorder::{CLIENT_SECRET, PROVIDER, Recorder, Studio, back};
use crate::support::provider::{Connecting, split};

/// A provider with a URL for each tenant.
fn of_tenants(variable: &str) -> Studio {
    let file = PROVIDER.replace("@/authorize", "@/{tenant}/authorize");
    let file = file.replace("@/token", "@/{tenant}/token");
    Studio::without_client(&format!("{file}url_variables: {{tenant: {variable}}}\n"))
}

/// Stores the client with more arguments.
fn set_client(studio: &Studio, more: &[&str]) -> crate::support::Ran {
    let args = [&["client", "set", "photos", "--id", "the id"], more].concat();
    studio.home.xreq_with(&args, CLIENT_SECRET)
}

fn connects_at(studio: &Studio, tenant: &str) {
    let tokens = json!({
        "access_token": "at", "refresh_token": "rt", "scope": "albums", "expires_in": 3600,
    });
    let (path, head) = (format!("/{tenant}/token"), "200 OK\r\nContent-Type: application/json");
    studio.recorder.answers(&path, head, tokens.to_string());
    let connecting = Connecting::to("photos", &studio.home, &[]);
    assert!(split(&connecting.url).1.starts_with(&format!("/{tenant}/authorize?")));
    connecting.comes_back(&back(&connecting.url, "the-code"));
    connecting.end().succeeds();
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    assert_eq!(studio.recorder.requests(&path).len(), 2);
}

#[test]
fn the_value_of_a_variable_is_the_clients() {
    let studio = of_tenants("{title: the tenant, default: common}");
    set_client(&studio, &[]).succeeds();
    connects_at(&studio, "common");

    let studio = of_tenants("{title: the tenant}");
    let ran = set_client(&studio, &[]).exits(2).complains("the client has no `tenant`");
    ran.complains("xreq client set photos --variable tenant=VALUE");
    let ran = set_client(&studio, &["--variable", "tennant=acme"]).exits(2);
    ran.complains("did you mean `tenant`?");
    set_client(&studio, &["--variable", "tenant=acme"]).succeeds();
    connects_at(&studio, "acme");
    let shown = studio.home.xreq(&["client", "show", "--format", "json"]).succeeds().json();
    assert_eq!(shown["clients"][0]["variables"], json!({"tenant": "acme"}));
}

#[test]
fn threat_14_a_value_does_not_choose_the_server() {
    let anything = of_tenants("{title: the tenant, pattern: \".*\", default: common}");
    let label = of_tenants("{title: the tenant, default: common}");
    for value in [
        "evil.com/?",
        "169.254.169.254#",
        "../..",
        "a/b",
        "a?b",
        "a#b",
        "a@b",
        "a:b",
        "a%2fb",
        "..",
        "a b",
        "é",
        "{tenant}",
    ] {
        for studio in [&anything, &label] {
            let variable = format!("tenant={value}");
            let ran = set_client(studio, &["--variable", &variable]).exits(2);
            ran.complains("the `tenant` of the client");
        }
    }
    let ran = label.home.xreq(&["client", "show"]);
    ran.succeeds().complains("there is no client");
}

#[test]
fn threat_14_a_host_keeps_two_labels_that_no_value_chooses() {
    let studio = Studio::without_client(PROVIDER);
    for host in
        ["{tenant}", "{tenant}.com", "{tenant}example.com", "example.{tenant}", "a.{tenant}.b.c"]
    {
        let file = PROVIDER.replace("@/token", &format!("https://{host}/token"));
        let file = format!("{file}url_variables: {{tenant: {{title: T, default: a}}}}\n");
        studio.home.write("home/providers/photos.yaml", file.replace('@', "http://127.0.0.1:9"));
        studio.home.xreq(&["validate"]).exits(2).complains("`endpoints.token_url` must have");
    }
}

#[test]
fn threat_14_a_file_that_moves_the_default_gets_no_token() {
    let studio = of_tenants("{title: the tenant, default: common}");
    set_client(&studio, &[]).succeeds();
    connects_at(&studio, "common");
    let other = Recorder::start();
    studio.says_instead(
        &format!("token_url: {}", studio.recorder.base_url),
        &format!("token_url: {}", other.base_url),
    );
    let ran = studio.home.xreq(&["refresh", "photos", "--force"]).exits(3);
    ran.complains("error[origin_changed]").complains(&other.base_url);
    assert_eq!(other.all().len(), 0);
}

#[test]
fn threat_05_no_server_that_a_file_names_later_gets_a_token() {
    for field in ["token: {refresh_url: \"@/token\"}", "revoke: {url: \"@/revoke\", ends: token}"] {
        let file = PROVIDER.replace("  revoke_url: @/revoke\n", "");
        let studio = Studio::of(&format!("{file}{field}\n"));
        studio.connect();
        let other = Recorder::start();
        let there = field.replace('@', &other.base_url);
        studio.says_instead(&field.replace('@', &studio.recorder.base_url), &there);
        let command = if field.contains("refresh") {
            ["refresh", "photos", "--force"].as_slice()
        } else {
            &["disconnect", "photos"]
        };
        let ran = studio.home.xreq(command).exits(3);
        ran.complains("error[origin_changed]").complains(&other.base_url);
        // Storing the client anew does not move the grant.
        set_client(&studio, &[]).succeeds();
        studio.home.xreq(command).exits(3).complains("error[origin_changed]");
        assert_eq!(other.all().len(), 0, "{field}");
    }
}
