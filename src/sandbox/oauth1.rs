//! The endpoints of OAuth 1.0a (RFC 5849 section 2), the end of a token, and the older API's look at the
//! own account, which tells the token's level.

use age::secrecy::ExposeSecret;
use form_urlencoded::Serializer;
use serde_json::json;

use super::grants::Moment;
use super::http::{Reply, Request};
use super::log::{LogEntry, harmless};
use super::oauth1_tokens::{OUT_OF_BAND, TokenPair};
use super::page;
use super::refusal::{ACCESS_LEVEL, error};
use super::request_proof::{ProofFailure, SignedCaller, TokenStage, prove};
use super::state::State;
use crate::model::access_level::AccessLevel;

/// The content type of answers with tokens. X says that they are HTML.
const FORM: &str = "text/html; charset=utf-8";

/// Notes who asks, and the hash of the token that is presented.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    if let Some(header) = request.signed() {
        logged.client_id = header.get("oauth_consumer_key").map(str::to_owned);
        logged.redirect_uri = harmless(header.get("oauth_callback"));
        logged.presents(header.get("oauth_token"));
    } else {
        let (query, form) = (request.query(), request.form());
        logged.presents(query.get("oauth_token").or_else(|| form.get("oauth_token")));
    }
}

pub(super) fn answer(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let answered = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/oauth/request_token") => request_token(state, request, now),
        ("GET" | "HEAD", "/oauth/authorize") => Ok(consent(state, request, now)),
        ("POST", "/oauth/authorize") => Ok(decision(state, request, logged, now)),
        ("POST", "/oauth/access_token") => access_token(state, request, logged, now),
        ("POST", "/1.1/oauth/invalidate_token" | "/1.1/oauth/invalidate_token.json") => {
            invalidate(state, request, logged, now)
        }
        ("GET", "/1.1/account/verify_credentials.json") => verify(state, request, logged, now),
        ("GET" | "HEAD" | "POST", path) if path.starts_with("/1.1/") => Ok(Reply::problem(404)),
        _ => Ok(Reply::problem(405)),
    };
    answered.unwrap_or_else(ProofFailure::reply)
}

/// Issues a request token (section 2.1).
fn request_token(state: &mut State, request: &Request, now: Moment) -> Result<Reply, ProofFailure> {
    let proved = prove(state, request, TokenStage::None, now)?;
    let Some(callback) = parameter(&proved, request, "oauth_callback") else {
        return Ok(unapproved());
    };
    let is_known = callback == OUT_OF_BAND || is_registered(state, &proved, &callback);
    if !is_known {
        return Ok(unapproved());
    }
    let level = match parameter(&proved, request, "x_auth_access_type").as_deref() {
        Some("read") => AccessLevel::Read,
        Some("write") => AccessLevel::ReadWrite,
        _ => AccessLevel::ReadWriteDirectMessages,
    };
    let pair = state.oauth1.ask(&proved.consumer_key, &callback, level, now);
    Ok(tokens(&pair, &[("oauth_callback_confirmed", "true")]))
}

/// Returns a parameter of the header, the form or the query (section 3.5), in this order.
fn parameter(proved: &SignedCaller, request: &Request, name: &str) -> Option<String> {
    let (query, form) = (request.query(), request.form());
    let found = proved.authorization.get(name).or_else(|| form.get(name));
    found.or_else(|| query.get(name)).map(str::to_owned)
}

fn is_registered(state: &State, proved: &SignedCaller, callback: &str) -> bool {
    let is_its = |key: Option<(&str, _)>| key.is_some_and(|(key, _)| key == proved.consumer_key);
    let client = state.clients.iter().find(|client| is_its(client.consumer()));
    client.is_some_and(|client| client.redirect_uris.iter().any(|uri| uri == callback))
}

fn unapproved() -> Reply {
    let message = "Callback URL not approved for this client application. Approved callback URLs can be \
                   adjusted in your application settings";
    error(403, 415, message)
}

/// Shows the consent page (section 2.2).
fn consent(state: &State, request: &Request, now: Moment) -> Reply {
    let query = request.query();
    let token = query.get("oauth_token").unwrap_or_default();
    match state.oauth1.asked(token, now) {
        Some(asked) => page::oauth1_consent(state, asked, token),
        None => page::refusal("The request token is unknown, or too old."),
    }
}

/// Takes the decision of an account's owner.
fn decision(state: &mut State, request: &Request, logged: &mut LogEntry, now: Moment) -> Reply {
    let form = request.form();
    let token = form.get("oauth_token").unwrap_or_default();
    let Some(callback) = state.oauth1.asked(token, now).map(|asked| asked.callback.clone()) else {
        return page::refusal("The request token is unknown, or too old.");
    };
    if form.get("form_token") != Some(state.form_token.as_str()) {
        return page::refusal("This decision did not come from the page that asks for it.");
    }
    let is_out_of_band = callback == OUT_OF_BAND;
    if form.get("decision") != Some("authorize") {
        state.oauth1.refuse(token);
        return if is_out_of_band {
            page::refusal("The account's owner refused.")
        } else {
            redirect(&callback, &[("denied", token)])
        };
    }
    let Some(account) = form.get("account").and_then(|name| state.world.user_named(name)) else {
        return page::refusal("The decision does not say whose account it is for.");
    };
    logged.account_id = Some(account.id.clone());
    let Some(verifier) = state.oauth1.consent(token, &account.id.clone()) else {
        return page::refusal("The decision was made before.");
    };
    let verifier = verifier.expose_secret();
    if is_out_of_band {
        page::pin(verifier)
    } else {
        redirect(&callback, &[("oauth_token", token), ("oauth_verifier", verifier)])
    }
}

/// Exchanges a request token (section 2.3).
fn access_token(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Result<Reply, ProofFailure> {
    let proved = prove(state, request, TokenStage::Request, now)?;
    let verifier = parameter(&proved, request, "oauth_verifier").unwrap_or_default();
    let Some((pair, account)) = state.oauth1.exchange(&proved.token, &verifier) else {
        return Ok(Reply::new(
            401,
            FORM,
            "Error processing your OAuth request: Invalid oauth_verifier parameter",
        ));
    };
    let name = state.world.user(&account).map(|user| user.username.clone()).unwrap_or_default();
    let reply = tokens(&pair, &[("user_id", &account), ("screen_name", &name)]);
    logged.account_id = Some(account);
    Ok(reply)
}

/// Ends a token.
fn invalidate(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Result<Reply, ProofFailure> {
    let proved = prove(state, request, TokenStage::Access, now)?;
    logged.account_id = state.oauth1.granted(&proved.token).map(|it| it.account.clone());
    state.oauth1.revoke(&proved.token);
    Ok(Reply::json(200, &json!({"access_token": proved.token})))
}

/// Tells whose token it is, and in a header its level.
fn verify(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Result<Reply, ProofFailure> {
    let proved = prove(state, request, TokenStage::Access, now)?;
    let granted = state.oauth1.granted(&proved.token).ok_or(ProofFailure::Token)?;
    logged.account_id = Some(granted.account.clone());
    let user = state.world.user(&granted.account).ok_or(ProofFailure::Token)?;
    let body = json!({
        "id": user.id.parse::<u64>().unwrap_or_default(),
        "id_str": user.id,
        "name": user.name,
        "screen_name": user.username,
    });
    Ok(Reply::json(200, &body).with_header(ACCESS_LEVEL, granted.level.name()))
}

fn tokens(pair: &TokenPair, more: &[(&str, &str)]) -> Reply {
    let mut form = Serializer::new(String::new());
    form.append_pair("oauth_token", pair.token.expose_secret());
    form.append_pair("oauth_token_secret", pair.secret.expose_secret());
    Reply::new(200, FORM, form.extend_pairs(more).finish()).with_header("cache-control", "no-store")
}

fn redirect(callback: &str, answer: &[(&str, &str)]) -> Reply {
    let query = Serializer::new(String::new()).extend_pairs(answer).finish();
    let separator = if callback.contains('?') { '&' } else { '?' };
    page::private(Reply::new(303, "text/plain", ""))
        .with_header("location", format!("{callback}{separator}{query}"))
}
