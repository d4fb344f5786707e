//! The device authorization endpoint (RFC 8628 section 3.1), and the page where a code is typed. X has
//! neither: they are here for providers that do.

use age::secrecy::ExposeSecret;
use serde_json::json;

use super::client::Claim;
use super::device::{DeviceDecision, INTERVAL, LIVES};
use super::grants::Moment;
use super::http::{Parameters, Reply, Request};
use super::log::{LogEntry, harmless};
use super::page;
use super::state::State;
use super::token_endpoint::{error, no_store, unproved};
use crate::model::scope::ScopeSet;

/// Notes what is asked for.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    let form = request.form();
    let claim = Claim::of(request, &form);
    logged.client_auth = claim.auth;
    logged.client_id = claim.client_id;
    logged.scope = harmless(form.get("scope"));
}

pub(super) fn answer(
    state: &mut State,
    base_url: &str,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let is_page = request.path == state.paths.device_page;
    match request.method.as_str() {
        "POST" if !is_page => code(state, base_url, request, now),
        "GET" | "HEAD" if is_page => typed(state, &request.query(), now),
        "POST" => decision(state, &request.form(), logged, now),
        _ => Reply::problem(405),
    }
}

/// Gives a code (section 3.2).
fn code(state: &mut State, base_url: &str, request: &Request, now: Moment) -> Reply {
    let form = request.form();
    let proved = Claim::of(request, &form).prove(&state.clients, state.provider());
    let Some(client) = proved else { return unproved() };
    let client = client.client_id.clone();
    let scopes = state.scopes_of(form.get("scope").unwrap_or_default());
    let known = &state.provider().scopes;
    if scopes.is_empty() || !scopes.iter().all(|scope| known.contains_key(scope)) {
        return error(400, "invalid_scope", "A scope is unknown, or none was asked for.");
    }
    let (user_code, device_code) = state.devices.ask(&client, scopes, now);
    let page = format!("{base_url}{}", state.paths.device_page);
    let mut answer = json!({
        "device_code": device_code.expose_secret(),
        "user_code": user_code,
        "verification_uri": page,
        "expires_in": LIVES.as_secs(),
        "interval": INTERVAL.as_secs(),
    });
    if state.face().completes_device_page {
        answer["verification_uri_complete"] = format!("{page}?user_code={user_code}").into();
    }
    no_store(Reply::json(200, &answer))
}

/// Shows the page for a code, or the one that asks for it.
fn typed(state: &State, query: &Parameters, now: Moment) -> Reply {
    let Some(code) = query.get("user_code") else { return page::device_code(state) };
    match state.devices.undecided(code, now) {
        Some(asked) => page::device_consent(state, asked),
        None => page::refusal("The code is unknown, too old, or was used."),
    }
}

/// Takes the decision of an account's owner.
fn decision(state: &mut State, form: &Parameters, logged: &mut LogEntry, now: Moment) -> Reply {
    let code = form.get("user_code").unwrap_or_default();
    let Some(asked) = state.devices.undecided(code, now) else {
        return page::refusal("The code is unknown, too old, or was used.");
    };
    if form.get("form_token") != Some(state.form_token.as_str()) {
        return page::refusal("This decision did not come from the page that asks for it.");
    }
    if form.get("decision") != Some("authorize") {
        state.devices.decide(code, DeviceDecision::Refused, now);
        return page::device_decided(false);
    }
    let Some(account) = form.get("account").and_then(|name| state.world.user_named(name)) else {
        return page::refusal("The decision does not say whose account it is for.");
    };
    let scopes: ScopeSet =
        form.all("granted").filter(|scope| asked.scopes.contains(scope)).collect();
    if scopes.is_empty() {
        return page::refusal("No scope was granted. Go back, and choose one or cancel.");
    }
    logged.account_id = Some(account.id.clone());
    let account = account.id.clone();
    state.devices.decide(code, DeviceDecision::Granted { account, scopes }, now);
    page::device_decided(true)
}
