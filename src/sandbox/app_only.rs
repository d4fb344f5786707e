//! The endpoints that mint and invalidate the bearer tokens of apps.

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::http::{Reply, Request};
use super::log::{LogEntry, harmless};
use super::state::State;
use super::token::Digest;
use crate::oauth::oauth1::decoded;

/// Notes who asks, and the hash of the token that is presented.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    let form = request.form();
    logged.grant_type = harmless(form.get("grant_type"));
    logged.presents(form.get("access_token"));
    logged.client_id = basic(request).map(|(key, _)| key);
}

pub(super) fn answer(state: &mut State, request: &Request) -> Reply {
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let Some(key) = proved(state, request) else {
        return error(403, 99, "Unable to verify your credentials");
    };
    let form = request.form();
    if request.path == "/oauth2/token" {
        if form.get("grant_type") != Some("client_credentials") {
            return error(403, 170, "Missing required parameter: grant_type");
        }
        let token = state.app_tokens.mint(&key);
        let answer = json!({"token_type": "bearer", "access_token": token.expose_secret()});
        return Reply::json(200, &answer).with_header("cache-control", "no-store");
    }
    match form.get("access_token") {
        Some(token) if state.app_tokens.invalidate(&key, token) => {
            Reply::json(200, &json!({"access_token": token}))
        }
        _ => error(401, 348, "Client application is not permitted to to invalidate this token."),
    }
}

/// Returns the consumer key of the app that a request is proved to come from.
fn proved(state: &State, request: &Request) -> Option<String> {
    let (key, secret) = basic(request)?;
    let mut clients = state.clients.iter().filter_map(|client| client.consumer());
    let is_right = |its: &SecretString| Digest::of(its.expose_secret()) == Digest::of(&secret);
    clients.find(|(its, secret)| *its == key && is_right(secret)).map(|(key, _)| key.to_owned())
}

/// Returns the key and the secret of HTTP Basic, each percent-encoded before.
fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, value) = request.authorization()?.split_once(' ')?;
    let value =
        STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(value).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((decoded(key)?, decoded(secret)?))
}

fn error(status: u16, code: u16, message: &str) -> Reply {
    let error = json!({"code": code, "message": message, "label": "authenticity_token_error"});
    Reply::json(status, &json!({"errors": [error]}))
}
