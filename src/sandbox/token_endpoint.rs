//! The token endpoint (RFC 6749 section 3.2) and the revocation endpoint (RFC 7009), with the
//! errors that X answers.

use age::secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::client::Claim;
use super::device::{DeviceDecision, PollOutcome};
use super::grants::{Issued, Moment, Refusal};
use super::http::{Parameters, Reply, Request};
use super::log::{LogEntry, harmless};
use super::state::State;
use crate::catalog::{BodyFormat, RevocationStyle};
use crate::model::scope::ScopeSet;

/// The parameters of the token endpoint, none of which may be there twice.
const PARAMETERS: [&str; 8] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "device_code",
    "refresh_token",
    "scope",
    "client_id",
];

/// Notes what a request presents, whether or not anything comes of it.
pub(super) fn note(request: &Request, format: BodyFormat, logged: &mut LogEntry) {
    let form = request.body(format);
    logged.grant_type = harmless(form.get("grant_type"));
    logged.redirect_uri = harmless(form.get("redirect_uri"));
    logged.scope = harmless(form.get("scope"));
    logged.token_type_hint = harmless(form.get("token_type_hint"));
    let presented =
        ["refresh_token", "code", "device_code", "token"].iter().find_map(|name| form.get(name));
    logged.presents(presented);
    let claim = Claim::of(request, &form);
    logged.client_auth = claim.auth;
    logged.client_id = claim.client_id;
}

/// Issues tokens for a code or a refresh token.
pub(super) fn token(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let form = request.body(state.provider().token.body);
    match issue(state, request, &form, now) {
        Ok(issued) => {
            logged.account_id = Some(issued.account.clone());
            no_store(Reply::json(200, &answer(state, &issued)))
        }
        Err(refusal) if state.face().errors_are_successes => Reply { status: 200, ..refusal },
        Err(refusal) => refusal,
    }
}

fn issue(
    state: &mut State,
    request: &Request,
    form: &Parameters,
    now: Moment,
) -> Result<Issued, Reply> {
    let client = client(state, request, form)?;
    if let Some(name) = form.repeated(&PARAMETERS) {
        return Err(invalid(&format!("Parameter [{name}] was passed more than once.")));
    }
    match form.get("grant_type") {
        Some("authorization_code") => exchange(state, form, &client, now),
        Some("refresh_token") => refresh(state, form, &client, now),
        Some("urn:ietf:params:oauth:grant-type:device_code") => {
            device_tokens(state, form, &client, now)
        }
        Some(_) => Err(error(400, "unsupported_grant_type", "This grant type is unknown.")),
        None => Err(missing("grant_type")),
    }
}

/// Ends a token. One that is unknown has ended (RFC 7009 section 2.2).
pub(super) fn revoke(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let style = state.provider().revocation().map(|revocation| revocation.style);
    if style == Some(RevocationStyle::Bearer) {
        return end_sessions(state, request, logged, now);
    }
    let in_json = style == Some(RevocationStyle::BasicDeleteJson);
    let method = if in_json { "DELETE" } else { "POST" };
    if request.method != method {
        return Reply::problem(405).with_header("allow", method);
    }
    let form = request.body(if in_json { BodyFormat::Json } else { state.provider().token.body });
    let proved =
        if in_json { client_by_basic(state, request) } else { client(state, request, &form) };
    let client = match proved {
        Ok(client) => client,
        Err(refusal) => return refusal,
    };
    let token = form.get(if in_json { "access_token" } else { "token" });
    let Some(token) = token else { return missing("token") };
    let rules = state.rules();
    logged.account_id = state.grants.revoke(token, &client, rules);
    no_store(if in_json {
        Reply::new(204, "text/plain", "")
    } else {
        Reply::json(200, &json!({"revoked": true}))
    })
}

/// Ends all sessions of the account whose token is the credential.
fn end_sessions(state: &mut State, request: &Request, logged: &mut LogEntry, now: Moment) -> Reply {
    let token = request.authorization().and_then(|header| header.split_once(' '));
    let Some((account, _)) = token.and_then(|(_, token)| state.grants.bearer(token, now)) else {
        return Reply::problem(401);
    };
    state.grants.end_sessions(&account);
    logged.account_id = Some(account);
    Reply::json(200, &json!({"value": true}))
}

/// Returns the id of the client that a request is proved to come from.
fn client(state: &State, request: &Request, form: &Parameters) -> Result<String, Reply> {
    let proved = Claim::of(request, form).prove(&state.clients, state.provider());
    proved.map(|client| client.client_id.clone()).ok_or_else(unproved)
}

/// Returns the same for an endpoint that takes HTTP Basic alone, whatever the token endpoint takes.
fn client_by_basic(state: &State, request: &Request) -> Result<String, Reply> {
    let proved = Claim::of(request, &Parameters::default()).prove_by_secret(&state.clients);
    proved.map(|client| client.client_id.clone()).ok_or_else(unproved)
}

/// Returns the answer to a client that is not proved.
pub(super) fn unproved() -> Reply {
    error(401, "unauthorized_client", "Missing valid authorization header")
}

fn exchange(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<Issued, Reply> {
    let need = |name: &str| form.get(name).ok_or_else(|| missing(name));
    let (code, redirect_uri) = (need("code")?, need("redirect_uri")?);
    let verifier = if state.face().demands_challenge {
        need("code_verifier")?
    } else {
        form.get("code_verifier").unwrap_or_default()
    };
    let rules = state.rules();
    let issued = state.grants.exchange(code, client, redirect_uri, verifier, rules, now);
    issued.map_err(|refusal| refused(refusal, state))
}

fn refresh(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<Issued, Reply> {
    let token = form.get("refresh_token").ok_or_else(|| missing("refresh_token"))?;
    let asked = form.get("scope").map(ScopeSet::parse);
    let rules = state.rules();
    let issued = state.grants.refresh(token, client, asked.as_ref(), rules, now);
    issued.map_err(|refusal| refused(refusal, state))
}

/// Issues tokens for a code that was typed and decided (section 3.4).
fn device_tokens(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<Issued, Reply> {
    let code = form.get("device_code").unwrap_or_default();
    match state.devices.poll(code, client, now) {
        PollOutcome::Decided(DeviceDecision::Granted { account, scopes }) => {
            let rules = state.rules();
            let refreshable = state.refreshes(&scopes);
            Ok(state.grants.issue(client, &account, (scopes, refreshable), rules, now))
        }
        PollOutcome::Decided(DeviceDecision::Refused) => {
            Err(error(400, "access_denied", "The account's owner refused."))
        }
        PollOutcome::Pending => Err(error(400, "authorization_pending", "Nobody has decided.")),
        PollOutcome::SlowDown => Err(error(400, "slow_down", "The requests come too often.")),
        PollOutcome::Expired => Err(error(400, "expired_token", "The code is too old.")),
        PollOutcome::Unknown => Err(error(400, "invalid_grant", "The code is unknown.")),
    }
}

/// Returns the answer of RFC 6749 section 5.1. The scopes come in the server's own order, which is
/// neither that of the request nor that of the alphabet.
pub(super) fn answer(state: &State, issued: &Issued) -> Value {
    let face = state.face();
    let user = state.world.user(&issued.account);
    let mut answer = match user.map(face.beside_tokens) {
        Some(Value::Object(beside)) => beside,
        _ => Map::new(),
    };
    answer.insert("token_type".into(), "bearer".into());
    if face.access_lives.is_some() {
        answer.insert("expires_in".into(), state.expires_in.clone());
    }
    answer.insert("access_token".into(), issued.access_token.expose_secret().into());
    if !state.provider().scopes.is_empty() {
        let scopes = state.answered_scopes(&issued.scopes);
        let mut scopes: Vec<_> = scopes.iter().collect();
        scopes.reverse();
        answer.insert("scope".into(), scopes.join(face.scope_separator).into());
    }
    if let Some(token) = &issued.refresh_token {
        answer.insert("refresh_token".into(), token.expose_secret().into());
    }
    Value::Object(answer)
}

fn refused(refusal: Refusal, state: &State) -> Reply {
    let code = state.face().code_error;
    match refusal {
        Refusal::Code => error(400, code, "Value passed for the authorization code was invalid."),
        Refusal::RedirectUri => error(
            400,
            code,
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        Refusal::Verifier => {
            error(400, code, "Value passed for the code verifier did not match the code challenge.")
        }
        Refusal::RefreshToken => {
            let known = state.provider().quirks.dead_grant_answers.first();
            let code = known.map_or("invalid_grant", |answer| &answer.error);
            error(400, code, "Value passed for the token was invalid.")
        }
        Refusal::Scope => error(400, "invalid_scope", "More scopes were asked for than granted."),
    }
}

fn missing(parameter: &str) -> Reply {
    invalid(&format!("Missing required parameter [{parameter}]."))
}

fn invalid(description: &str) -> Reply {
    error(400, "invalid_request", description)
}

pub(super) fn error(status: u16, code: &str, description: &str) -> Reply {
    no_store(Reply::json(status, &json!({"error": code, "error_description": description})))
}

/// Forbids caching (RFC 6749 section 5.1): an answer with tokens is kept by nobody on the way.
pub(super) fn no_store(reply: Reply) -> Reply {
    reply.with_header("cache-control", "no-store")
}
