//! Requests for tokens, and their answers.

use serde_json::{Value, json};

use crate::oauth::recorder::{PROVIDER, Studio, back};
use crate::support::conforms;

/// A provider that answers as Slack does.
const NESTED: &str = "token:
  types: [bot, user]
  ok: /ok
  response:
    {access_token: /authed_user/access_token, scope: /authed_user/scope, token_type: /authed_user/token_type,
    refresh_token: /authed_user/refresh_token, expires_in: /authed_user/expires_in,
    refresh_expires_in: /authed_user/refresh_expires_in}
quirks: {dead_grant_answers: [{error: invalid_refresh_token}], passing_errors: [ratelimited]}
";

fn nested() -> Value {
    json!({"ok": true, "access_token": "the-bot-token", "token_type": "bot", "authed_user": {
        "access_token": "the-user-token", "token_type": "user", "scope": "albums,pictures",
        "refresh_token": "the-user-refresh-token", "expires_in": 600, "refresh_expires_in": 86400,
    }})
}

fn answers(studio: &Studio, status: &str, body: &Value) {
    let head = format!("{status}\r\nContent-Type: application/json");
    studio.recorder.answers("/token", &head, body.to_string());
}

fn account(studio: &Studio) -> Value {
    let status = studio.home.xreq(&["status", "--format", "json"]).json();
    conforms("status", &status);
    status["accounts"][0].clone()
}

#[test]
fn bodies_may_be_json_and_headers_the_providers() {
    let studio = Studio::saying(
        "token: {body: json, headers: {Photos-Version: \"2026-06-28\"}, exchange_parameters: {request: token},
  refresh_parameters: {expires_in: \"1800\"}}\n",
    );
    studio.connect();
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    let requests = studio.recorder.requests("/token");
    let bodies: Vec<Value> =
        requests.iter().map(|it| serde_json::from_str(&it.body).expect("it is JSON")).collect();
    assert_eq!(bodies[0]["grant_type"], "authorization_code");
    assert_eq!(bodies[0]["code"], "the-code");
    assert!(bodies[0]["code_verifier"].is_string());
    assert_eq!((&bodies[0]["request"], &bodies[0]["expires_in"]), (&json!("token"), &Value::Null));
    let refresh = json!({
        "grant_type": "refresh_token", "refresh_token": "the-refresh-token", "expires_in": "1800",
    });
    assert_eq!(bodies[1], refresh);
    for request in &requests {
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["photos-version"], "2026-06-28");
        assert!(request.authorization.as_deref().is_some_and(|it| it.starts_with("Basic ")));
    }
    assert_eq!(studio.recorder.requests("/me")[0].headers["photos-version"], "2026-06-28");
}

#[test]
fn parts_of_an_answer_stand_where_the_file_says() {
    let studio = Studio::saying(NESTED);
    answers(&studio, "200 OK", &nested());
    studio.connect();
    let token = studio.home.xreq(&["token", "photos"]).succeeds().stdout;
    assert_eq!(token.trim(), "the-user-token");
    let account = account(&studio);
    assert_eq!(account["scopes"], json!(["albums", "pictures"]));
    assert!(account["refresh_token_expires_at"].is_string(), "{account}");
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    let refresh = studio.recorder.requests("/token")[1].clone();
    assert_eq!(refresh.field("refresh_token").as_deref(), Some("the-user-refresh-token"));
}

#[test]
fn a_type_that_the_file_does_not_name_is_refused() {
    let studio = Studio::saying(NESTED);
    let mut answer = nested();
    answer["authed_user"]["token_type"] = "mac".into();
    answers(&studio, "200 OK", &answer);
    let connecting = studio.connecting();
    connecting.comes_back(&back(&connecting.url, "the-code"));
    connecting.end().exits(3).complains("the token type is `mac`, which is none of those");
}

#[test]
fn ok_false_with_200_is_an_error() {
    let studio = Studio::saying(NESTED);
    answers(&studio, "200 OK", &nested());
    studio.connect();
    for (error, status, complaint) in [
        ("ratelimited", 3, "error[provider_unavailable]"),
        ("fatal_error", 1, "error[client_rejected]"),
        ("invalid_refresh_token", 1, "error[reconnect_required]"),
    ] {
        // What is beside it counts for nothing.
        let mut answer = nested();
        answer["ok"] = false.into();
        answer["error"] = error.into();
        answers(&studio, "200 OK", &answer);
        let ran = studio.home.xreq(&["refresh", "photos", "--force"]).exits(status);
        ran.complains(complaint).complains(error);
    }
    // Nothing was lost by it.
    assert_eq!(studio.home.xreq(&["token", "photos"]).stdout.trim(), "the-user-token");
}

#[test]
fn ok_false_without_a_reason_is_an_error_too() {
    let studio = Studio::saying(NESTED);
    answers(&studio, "200 OK", &nested());
    studio.connect();
    let mut answer = nested();
    answer["ok"] = false.into();
    answers(&studio, "200 OK", &answer);
    studio.home.xreq(&["refresh", "photos", "--force"]).exits(3);
    assert_eq!(account(&studio)["state"], "connected");
}

#[test]
fn tokens_are_refreshed_at_a_url_of_their_own() {
    let studio = Studio::saying("token: {refresh_url: \"@/refresh\"}\n");
    studio.connect();
    let answer = json!({"access_token": "the-next-access-token"}).to_string();
    studio.recorder.answers("/refresh", "200 OK\r\nContent-Type: application/json", answer);
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    assert_eq!(studio.recorder.requests("/token").len(), 1);
    assert_eq!(studio.recorder.requests("/refresh").len(), 1);
    assert_eq!(studio.home.xreq(&["token", "photos"]).stdout.trim(), "the-next-access-token");
}

/// A refresh whose answer is cut off, and another one.
fn loses_an_answer(studio: &Studio) -> (String, String) {
    studio.connect();
    studio.recorder.answers("/token", "200 OK\r\nContent-Type: text/html", "<html>");
    let lost = studio.home.xreq(&["refresh", "photos", "--force"]).exits(3).stderr;
    let state = account(studio)["state"].as_str().expect("there is one").to_owned();
    (lost, state)
}

#[test]
fn a_lost_answer_is_no_doubt_where_the_old_refresh_token_stays() {
    let doubted = Studio::saying("quirks: {rotates_refresh_tokens: true}\n");
    let (lost, state) = loses_an_answer(&doubted);
    assert!(lost.contains("error[refresh_in_doubt]"), "{lost}");
    assert_eq!(state, "in_doubt");

    let quirks = "quirks: {rotates_refresh_tokens: true, old_refresh_token_stays: true}\n";
    let studio = Studio::saying(quirks);
    let (lost, state) = loses_an_answer(&studio);
    assert!(lost.contains("error[provider_unavailable]"), "{lost}");
    assert_eq!(state, "connected");
    answers(&studio, "200 OK", &json!({"access_token": "the-next-access-token"}));
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    let requests = studio.recorder.requests("/token");
    let sent: Vec<_> = requests[1..].iter().map(|it| it.field("refresh_token")).collect();
    assert_eq!(sent, vec![Some("the-refresh-token".to_owned()); 2]);
}

#[test]
fn the_life_of_a_refresh_token_may_count_from_the_consent() {
    for (fixed, moves) in [("false", true), ("true", false)] {
        let lifetimes = format!("{{refresh_token: 86400, refresh_token_is_fixed: {fixed}}}");
        let file = PROVIDER.replace("{access_token: 7200}", &lifetimes);
        let studio = Studio::of(&file);
        studio.connect();
        let first = account(&studio)["refresh_token_expires_at"].clone();
        assert!(first.is_string());
        // Times are kept in whole seconds.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        let next = json!({"access_token": "a", "refresh_token": "the-next-refresh-token"});
        answers(&studio, "200 OK", &next);
        studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
        let second = account(&studio)["refresh_token_expires_at"].clone();
        assert_eq!(first != second, moves, "{fixed}: {first} {second}");
    }
}
