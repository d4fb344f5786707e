//! Variables of an agent, keys without scopes, services and paths.

use serde_json::json;

use crate::oauth::recorder::{PROVIDER, Studio};
use crate::support::Home;

const NIMBUS: &str = include_str!("../../examples/providers/nimbus.yaml");

/// A home that knows the provider of the example, with a grant of it.
fn home() -> Home {
    let home = Home::with_manifest("integrations: [nimbus.sheet.write]\n");
    home.write("home/providers/nimbus.yaml", NIMBUS);
    let scopes = "openid sheets.write";
    let args = ["import", "nimbus", "--scopes", scopes, "--expires-at", "2099-01-01T00:00:00Z"];
    home.xreq_with(&args, "the-token").succeeds();
    home
}

const PRINT: &str = "echo ${NIMBUS_OAUTH_TOKEN-none} ${NIMBUS_OAUTH_TOKEN_EXPIRES_AT-none} \
                     ${NIMBUS_ACCESS_TOKEN-none} ${NIMBUS_ACCESS_TOKEN_EXPIRES_AT-none}";

#[test]
fn an_agent_gets_the_variables_of_the_file() {
    let home = home();
    let ran = home.xreq(&["run", "--", "sh", "-c", PRINT]).succeeds();
    assert_eq!(ran.stdout, "the-token 2099-01-01T00:00:00Z none none\n");
    home.xreq(&["catalog", "nimbus"]).prints("NIMBUS_OAUTH_TOKEN, NIMBUS_OAUTH_TOKEN_EXPIRES_AT");
    let catalog = home.xreq(&["catalog", "nimbus", "--format", "json"]).json();
    assert_eq!(catalog["variables"]["NIMBUS_OAUTH_TOKEN"], "access_token");
    // They are the provider's: no secret has such a name, and nobody inherits one.
    home.write("xreq.yaml", "integrations: [nimbus.sheet.write]\nsecrets: [NIMBUS_OAUTH_TOKEN]\n");
    home.xreq(&["validate"]).exits(1).prints("reserved-secret-name");
    let home = home.var("NIMBUS_OAUTH_TOKEN", "inherited");
    home.write("xreq.yaml", "integrations: [{key: nimbus.sheet.write, optional: true}]\n");
    home.xreq(&["disconnect", "nimbus", "--local-only"]).succeeds();
    let ran = home.xreq(&["run", "--", "sh", "-c", PRINT]).succeeds();
    assert_eq!(ran.stdout, "none none none none\n");
}

#[test]
fn a_file_that_names_variables_of_others_is_refused() {
    let home = Home::with_manifest("integrations: [nimbus.sheet.write]\n");
    for (from, to, says) in [
        ("NIMBUS_OAUTH_TOKEN:", "NODE_OPTIONS:", "decides"),
        ("NIMBUS_OAUTH_TOKEN:", "X_ACCESS_TOKEN:", "must begin with `NIMBUS_`"),
        ("env_prefix: NIMBUS\n", "env_prefix: X\n", "nimbus.yaml"),
    ] {
        home.write("home/providers/nimbus.yaml", NIMBUS.replacen(from, to, 1));
        home.xreq(&["validate"]).exits(2).complains(says);
    }
}

#[test]
fn threat_18_no_launch_with_a_provider_file_that_steers_programs() {
    let home = home();
    for (from, to) in [
        ("NIMBUS_OAUTH_TOKEN:", "NODE_OPTIONS:"),
        ("env:\n", "remove_env: [{name: HTTPS_PROXY, reason: r}]\nenv:\n"),
    ] {
        home.write("home/providers/nimbus.yaml", NIMBUS.replacen(from, to, 1));
        home.xreq(&["run", "--", "true"]).exits(125).complains("nimbus.yaml").complains("decides");
    }
}

#[test]
fn a_key_may_have_no_scopes() {
    let home = home();
    home.write("xreq.yaml", "integrations: [nimbus.bot]\n");
    home.xreq(&["check"]).succeeds();
    home.xreq(&["catalog", "nimbus.bot"]).succeeds().prints("none: any grant will do");
    home.xreq(&["explain", "nimbus.bot"]).succeeds().prints("POST /messages");
    home.xreq(&["disconnect", "nimbus", "--local-only"]).succeeds();
    home.xreq(&["check"]).exits(1).prints("0 of 1 requirements met");
}

#[test]
fn a_provider_without_scopes_is_connected() {
    let file =
        PROVIDER.replace("scopes: {albums: See albums, pictures: See pictures}", "scopes: {}");
    let file = file.replace(", published: [albums]", "");
    let operations = "operations:
  - {method: GET, path: /me, summary: S, user: []}
  - {method: GET, path: /albums, summary: S, user: [], keys: [photos.album.read]}
";
    let studio = Studio::of(&format!("{file}{operations}"));
    studio.recorder.issues(&json!({"access_token": "the-access-token"}));
    let url = studio.connect();
    assert_eq!(crate::support::provider::parameter(&url, "scope"), None);
    studio.home.xreq(&["check"]).succeeds();
    studio.home.xreq(&["disconnect", "photos"]).succeeds();
    studio.home.xreq_with(&["import", "photos", "--expires-in", "7200"], "a-token").succeeds();
    studio.home.xreq(&["check"]).succeeds();
}

#[test]
fn operations_have_services_and_paths_of_their_forms() {
    let home = home();
    let id = "0123456789abcdefghij";
    for (asked, path, service) in [
        (
            format!("nimbus POST /v4/spreadsheets/{id}/values/A1:B2:append"),
            "/v4/spreadsheets/{id}/values/{range}:append",
            json!("sheets"),
        ),
        ("GET /v1/users/me/messages/1".to_owned(), "/v1/{name+}", json!("mail")),
        ("POST /messages".to_owned(), "/messages", json!(null)),
    ] {
        let found = home.xreq(&["catalog", &asked, "--format", "json"]).succeeds().json();
        assert_eq!((&found["path"], &found["service"]), (&json!(path), &service), "{asked}");
    }
    home.xreq(&["catalog", "nimbus POST /v4/spreadsheets/search/values/A1:append"]).exits(2);
    let shown =
        home.xreq(&["catalog", &format!("nimbus POST /v4/spreadsheets/{id}/values/A1:append")]);
    shown
        .succeeds()
        .prints("sheets (https://sheets.nimbus.example)")
        .prints("[A-Za-z0-9_-]{20,60}");
}

#[test]
fn settings_move_every_url() {
    let home = home();
    home.write(
        "home/config.yaml",
        "providers:\n  nimbus:\n    services: {mail: http://127.0.0.1:9}\n",
    );
    let shown = home.xreq(&["catalog", "nimbus", "--format", "json"]).succeeds().json();
    assert_eq!(shown["services"]["mail"], "http://127.0.0.1:9");
    assert_eq!(shown["services"]["sheets"], "https://sheets.nimbus.example");
    for (text, says) in [
        ("services: {mial: http://127.0.0.1:9}", "did you mean `mail`?"),
        ("services: {mail: http://example.com}", "`providers.nimbus.services.mail`"),
        ("refresh_url: http://example.com", "`providers.nimbus.refresh_url`"),
    ] {
        home.write("home/config.yaml", format!("providers:\n  nimbus:\n    {text}\n"));
        home.xreq(&["validate"]).exits(2).complains(says);
    }
}
