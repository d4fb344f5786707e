//! Codes, tokens, and their end.

use std::time::Duration;

use serde_json::json;
use xreq::sandbox::{ClientAuth, Ended, Endpoint};

use super::*;

/// The error of the token endpoint for a refresh token that is no good.
const DEAD: &str = "Value passed for the token was invalid.";

#[track_caller]
fn refused(answer: &Response, error: &str, description: &str) {
    let expected = json!({"error": error, "error_description": description});
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.status, if error == "unauthorized_client" { 401 } else { 400 });
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn a_whole_flow_gives_tokens_as_x_does() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let answer = app.connect(SCOPES);
    assert_eq!(answer.text("/token_type"), "bearer");
    assert_eq!(answer.json()["expires_in"], 7200);
    assert_eq!(answer.text("/scope"), "users.read tweet.write tweet.read offline.access");
    assert!(answer.text("/access_token").ends_with("OmF0OjE"));
    assert!(answer.text("/refresh_token").ends_with("OnJ0OjE"));
    let me = app.send(&Request::get("/2/users/me").bearer(&answer.text("/access_token")));
    let alice = json!({"id": "1001", "name": "Alice", "username": "alice"});
    assert_eq!(me.json(), json!({"data": alice}));
}

#[test]
fn without_offline_access_there_is_no_refresh_token() {
    let sandbox = sandbox();
    let answer = App::of(&sandbox).connect("tweet.read users.read");
    assert_eq!(answer.json().get("refresh_token"), None);
}

#[test]
fn a_refresh_token_is_good_once_and_its_reuse_ends_the_grant() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let first = app.connect(SCOPES);
    let second = app.refresh(&first.text("/refresh_token"));
    assert_eq!(second.status, 200);
    assert_ne!(first.text("/access_token"), second.text("/access_token"));
    assert_eq!(app.me(&first.text("/access_token")), 200, "a refresh leaves what was issued");
    refused(&app.refresh(&first.text("/refresh_token")), "invalid_request", DEAD);
    for tokens in [&first, &second] {
        assert_eq!(app.me(&tokens.text("/access_token")), 401);
    }
    refused(&app.refresh(&second.text("/refresh_token")), "invalid_request", DEAD);
    let grants = sandbox.control().grants("alice");
    assert_eq!(grants[0].ended, Some(Ended::RefreshTokenReused));
    assert_eq!(grants[0].refreshes, 1);
}

#[test]
fn a_grace_period_forgives_a_reuse() {
    let sandbox = sandbox_with(|options| options.grace = Duration::from_hours(1));
    let app = App::of(&sandbox);
    let first = app.connect(SCOPES).text("/refresh_token");
    let second = app.refresh(&first);
    let third = app.refresh(&first);
    for tokens in [&second, &third] {
        assert_eq!(app.me(&tokens.text("/access_token")), 200);
    }
}

#[test]
fn a_refresh_may_end_the_access_tokens_before_it() {
    let sandbox = sandbox_with(|options| options.refresh_ends_access = true);
    let app = App::of(&sandbox);
    let first = app.connect(SCOPES);
    let second = app.refresh(&first.text("/refresh_token"));
    assert_eq!(app.me(&first.text("/access_token")), 401);
    assert_eq!(app.me(&second.text("/access_token")), 200);
}

#[test]
fn a_code_is_good_once_and_its_reuse_ends_the_grant() {
    const WRONG: &str = "Value passed for the authorization code was invalid.";
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let code = app.code(SCOPES);
    let tokens = app.exchange(&code);
    assert_eq!(tokens.status, 200);
    refused(&app.exchange(&code), "invalid_request", WRONG);
    assert_eq!(app.me(&tokens.text("/access_token")), 401);
    assert_eq!(sandbox.control().grants("alice")[0].ended, Some(Ended::CodeReused));

    let hasty = sandbox_with(|options| options.code_lives = Duration::ZERO);
    let app = App::of(&hasty);
    refused(&app.exchange(&app.code(SCOPES)), "invalid_request", WRONG);
    refused(&app.exchange("no code"), "invalid_request", WRONG);
}

#[test]
fn what_an_exchange_lacks_is_named_as_x_names_it() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let code = app.code(SCOPES);
    let redirect_uri = &sandbox.client().redirect_uris[0];
    let exchange = |fields: &[(&str, &str)]| {
        let grant = [("grant_type", "authorization_code"), ("code", &code)];
        app.send(&app.token(&[&grant, fields].concat()))
    };
    for (fields, description) in [
        (
            &[("redirect_uri", redirect_uri.as_str())][..],
            "Missing required parameter [code_verifier].",
        ),
        (
            &[("redirect_uri", redirect_uri), ("code_verifier", "another")],
            "Value passed for the code verifier did not match the code challenge.",
        ),
        (
            &[("redirect_uri", "http://localhost:8080/callback"), ("code_verifier", VERIFIER)],
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        (&[("code_verifier", VERIFIER)], "Missing required parameter [redirect_uri]."),
    ] {
        refused(&exchange(fields), "invalid_request", description);
    }
    let missing = "Missing required parameter [grant_type].";
    refused(&app.send(&app.token(&[])), "invalid_request", missing);
    let in_the_url = format!("/2/oauth2/token?{}", encoded(&[("grant_type", "refresh_token")]));
    let request = Request::form(&in_the_url, &[]).header("authorization", &basic(sandbox.client()));
    refused(&app.send(&request), "invalid_request", missing);
    assert_eq!(app.exchange(&code).status, 200, "none of these has spent the code");
}

#[test]
fn clients_prove_themselves_as_x_wants_it() {
    const UNPROVED: &str = "Missing valid authorization header";
    let sandbox = sandbox();
    let (client, public) = (sandbox.client(), sandbox.public_client());
    let app = App::of(&sandbox);
    let refresh = |fields: &[(&str, &str)], header: Option<&str>| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "unknown")];
        let request = Request::form("/2/oauth2/token", &[&form, fields].concat());
        app.send(&match header {
            Some(value) => request.header("authorization", value),
            None => request,
        })
    };
    let secret = client.secret().expect("it has one");
    assert!(secret.starts_with('-'));
    let id = client.client_id.as_str();
    let wrong = format!("Basic {}", STANDARD.encode(format!("{id}:wrong")));
    for (fields, header) in [
        (&[][..], None),
        (&[("client_id", id)][..], None),
        (&[("client_id", id), ("client_secret", secret)][..], None),
        (&[("client_id", "nobody")][..], None),
        (&[][..], Some(wrong.as_str())),
    ] {
        refused(&refresh(fields, header), "unauthorized_client", UNPROVED);
    }
    let proved = basic(client);
    refused(&refresh(&[], Some(&proved)), "invalid_request", DEAD);
    refused(&refresh(&[("client_id", id)], Some(&proved)), "invalid_request", DEAD);
    refused(&refresh(&[("client_id", &public.client_id)], None), "invalid_request", DEAD);
    let seen: Vec<_> = sandbox.control().log().iter().map(|logged| logged.client_auth).collect();
    let (none, post) = (Some(ClientAuth::None), Some(ClientAuth::Post));
    let (basic, both) = (Some(ClientAuth::Basic), Some(ClientAuth::Both));
    assert_eq!(seen, [None, none, post, none, basic, basic, both, none]);
}

#[test]
fn a_refresh_token_belongs_to_its_client() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let token = app.connect(SCOPES).text("/refresh_token");
    let stolen = Request::form(
        "/2/oauth2/token",
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            ("client_id", &sandbox.public_client().client_id),
        ],
    );
    refused(&app.send(&stolen), "invalid_request", DEAD);
    assert_eq!(app.refresh(&token).status, 200, "the attempt has spent nothing");
}

#[test]
fn a_refresh_narrows_and_never_widens() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let token = app.connect(SCOPES).text("/refresh_token");
    let asking = |scope: &str, token: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        app.send(&app.token(&fields))
    };
    let wider = asking("tweet.read dm.read", &token);
    assert_eq!((wider.status, wider.text("/error")), (400, "invalid_scope".to_owned()));
    let narrower = asking("tweet.read", &token);
    assert_eq!(narrower.text("/scope"), "tweet.read");
    let asked: Vec<_> = sandbox.control().log().into_iter().filter_map(|l| l.scope).collect();
    assert_eq!(asked[2..], ["tweet.read dm.read", "tweet.read"]);
    assert_eq!(
        app.refresh(&narrower.text("/refresh_token")).json()["scope"],
        "users.read tweet.write tweet.read offline.access"
    );
}

#[test]
fn a_new_consent_ends_the_old_grant() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let old = app.connect(SCOPES);
    let code = app.code("tweet.read users.read");
    assert_eq!(app.me(&old.text("/access_token")), 401);
    refused(&app.refresh(&old.text("/refresh_token")), "invalid_request", DEAD);
    assert_eq!(app.exchange(&code).status, 200);
    let grants = sandbox.control().grants("alice");
    assert_eq!(grants[0].ended, Some(Ended::Replaced));
    assert_eq!(grants[1].ended, None);
}

#[test]
fn revoking_a_token_leaves_the_other_one() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let tokens = app.connect(SCOPES);
    let revoke = |token: &str| {
        let form = Request::form("/2/oauth2/revoke", &[("token", token)])
            .header("authorization", &basic(sandbox.client()));
        let answer = app.send(&form);
        assert_eq!((answer.status, answer.json()), (200, json!({"revoked": true})));
    };
    revoke("unknown");
    revoke(&tokens.text("/refresh_token"));
    refused(&app.refresh(&tokens.text("/refresh_token")), "invalid_request", DEAD);
    assert_eq!(app.me(&tokens.text("/access_token")), 200);
    revoke(&tokens.text("/access_token"));
    assert_eq!(app.me(&tokens.text("/access_token")), 401);
    let unproved = app.send(&Request::form("/2/oauth2/revoke", &[("token", "unknown")]));
    assert_eq!(unproved.status, 401);
}

#[test]
fn tests_and_owners_end_tokens_too() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let control = sandbox.control();
    let tokens = app.connect(SCOPES);
    control.expire_access_tokens();
    assert_eq!(app.me(&tokens.text("/access_token")), 401);
    assert!(control.accepts_refresh_token(&tokens.text("/refresh_token")));
    let tokens = app.refresh(&tokens.text("/refresh_token"));
    assert_eq!(app.me(&tokens.text("/access_token")), 200);
    control.revoke_by_user("alice");
    assert_eq!(app.me(&tokens.text("/access_token")), 401);
    refused(&app.refresh(&tokens.text("/refresh_token")), "invalid_request", DEAD);
    assert_eq!(control.grants("alice")[0].ended, Some(Ended::RevokedByUser));
}

#[test]
fn expires_in_is_said_as_it_was_set() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    for (said, status) in [
        (json!(60), 200),
        (json!("60"), 200),
        (json!(0), 401),
        (json!(-1), 401),
        (json!(1e300), 200),
    ] {
        sandbox.control().set_expires_in(said.clone());
        let tokens = app.connect(SCOPES);
        assert_eq!(tokens.json()["expires_in"], said);
        assert_eq!(app.me(&tokens.text("/access_token")), status, "{said}");
    }
}

#[test]
fn grants_are_issued_without_a_consent() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let scopes = xreq::model::scope::ScopeSet::parse(SCOPES);
    let issued = sandbox.control().issue_grant("somebody_new", &scopes);
    let response: serde_json::Value = {
        use age::secrecy::ExposeSecret;
        serde_json::from_str(issued.response.expose_secret()).expect("it is JSON")
    };
    let token = response["access_token"].as_str().expect("a token");
    let me = app.send(&Request::get("/2/users/me").bearer(token));
    assert_eq!(me.text("/data/username"), "somebody_new");
    assert_eq!(me.text("/data/id"), issued.account_id);
    let refreshed = app.refresh(response["refresh_token"].as_str().expect("a token"));
    assert_eq!(refreshed.status, 200);
}

#[test]
fn the_log_knows_what_was_asked_and_no_token() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let tokens = app.connect(SCOPES);
    let (access, refresh) = (tokens.text("/access_token"), tokens.text("/refresh_token"));
    app.refresh(&refresh);
    app.me(&access);
    app.send(&Request::get(&format!("/2/users/me?access_token={access}")));
    app.send(&Request::get(&format!("/2/users/{access}")));
    let log = sandbox.control().log();
    let endpoints: Vec<_> = log.iter().map(|logged| logged.endpoint).collect();
    let authorize = Endpoint::Authorize;
    let expected = [
        authorize,
        authorize,
        Endpoint::Token,
        Endpoint::Token,
        Endpoint::Me,
        Endpoint::Me,
        Endpoint::Api,
    ];
    assert_eq!(endpoints, expected);
    assert_eq!(log[0].code_challenge.as_deref(), Some(challenge().as_str()));
    assert_eq!(log[2].grant_type.as_deref(), Some("authorization_code"));
    assert_eq!(log[2].redirect_uri, log[0].redirect_uri);
    assert_eq!(log[3].presented, Some(xreq::sandbox::fingerprint(&refresh)));
    assert_eq!(log[4].presented, Some(xreq::sandbox::fingerprint(&access)));
    let printed = format!("{log:?}{}", serde_json::to_string(&log).expect("it is JSON"));
    for secret in [&access, &refresh, sandbox.client().secret().expect("it has one"), VERIFIER] {
        assert!(!printed.contains(secret));
    }
}
