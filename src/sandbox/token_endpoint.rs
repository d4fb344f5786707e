//! The token endpoint (RFC 6749 section 3.2) and the revocation endpoint (RFC 7009), with the
//! errors that X answers.

use age::secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::client::{Claim, RegisteredClient};
use super::grants::{Issued, Moment, Refusal};
use super::http::{Parameters, Reply, Request};
use super::log::{Logged, harmless};
use super::state::State;
use crate::scope::ScopeSet;

/// Issues tokens for a code or a refresh token.
pub(super) fn token(
    state: &mut State,
    request: &Request,
    logged: &mut Logged,
    now: Moment,
) -> Reply {
    const PARAMETERS: &[&str] = &[
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "scope",
        "client_id",
    ];
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let form = request.form();
    logged.grant_type = harmless(form.get("grant_type"));
    logged.redirect_uri = harmless(form.get("redirect_uri"));
    logged.scope = harmless(form.get("scope"));
    logged.presents(form.get("refresh_token").or_else(|| form.get("code")));
    let client = match client(state, request, &form, logged) {
        Ok(client) => client.client_id.clone(),
        Err(refusal) => return refusal,
    };
    let issued = match (form.repeated(PARAMETERS), form.get("grant_type")) {
        (Some(name), _) => Err(invalid(&format!("Parameter [{name}] was passed more than once."))),
        (None, Some("authorization_code")) => exchange(state, &form, &client, now),
        (None, Some("refresh_token")) => refresh(state, &form, &client, now),
        (None, Some(_)) => Err(error(400, "unsupported_grant_type", "This grant type is unknown.")),
        (None, None) => Err(missing("grant_type")),
    };
    match issued {
        Ok(issued) => {
            logged.account_id = Some(issued.account.clone());
            no_store(Reply::json(200, &answer(&issued, &state.expires_in)))
        }
        Err(refusal) => refusal,
    }
}

/// Ends a token. One that is unknown has ended (RFC 7009 section 2.2).
pub(super) fn revoke(state: &mut State, request: &Request, logged: &mut Logged) -> Reply {
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let form = request.form();
    logged.token_type_hint = harmless(form.get("token_type_hint"));
    logged.presents(form.get("token"));
    let client = match client(state, request, &form, logged) {
        Ok(client) => client.client_id.clone(),
        Err(refusal) => return refusal,
    };
    let Some(token) = form.get("token") else { return missing("token") };
    logged.account_id = state.grants.revoke(token, &client);
    no_store(Reply::json(200, &json!({"revoked": true})))
}

fn client<'a>(
    state: &'a State,
    request: &Request,
    form: &Parameters,
    logged: &mut Logged,
) -> Result<&'a RegisteredClient, Reply> {
    let claim = Claim::of(request, form);
    logged.client_auth = claim.auth;
    logged.client_id.clone_from(&claim.client_id);
    claim
        .prove(&state.clients)
        .ok_or_else(|| error(401, "unauthorized_client", "Missing valid authorization header"))
}

fn exchange(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<Issued, Reply> {
    let need = |name: &str| form.get(name).ok_or_else(|| missing(name));
    let (code, redirect_uri) = (need("code")?, need("redirect_uri")?);
    let verifier = need("code_verifier")?;
    let rules = state.rules();
    let issued = state.grants.exchange(code, client, redirect_uri, verifier, rules, now);
    issued.map_err(refused)
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
    state.grants.refresh(token, client, asked.as_ref(), rules, now).map_err(refused)
}

/// The answer of RFC 6749 section 5.1. The scopes come in the server's own order, which is neither
/// that of the request nor that of the alphabet.
pub(super) fn answer(issued: &Issued, expires_in: &Value) -> Value {
    let mut answer = Map::new();
    answer.insert("token_type".into(), "bearer".into());
    answer.insert("expires_in".into(), expires_in.clone());
    answer.insert("access_token".into(), issued.access_token.expose_secret().into());
    let mut scopes: Vec<_> = issued.scopes.iter().collect();
    scopes.reverse();
    answer.insert("scope".into(), scopes.join(" ").into());
    if let Some(token) = &issued.refresh_token {
        answer.insert("refresh_token".into(), token.expose_secret().into());
    }
    Value::Object(answer)
}

fn refused(refusal: Refusal) -> Reply {
    match refusal {
        Refusal::Code => invalid("Value passed for the authorization code was invalid."),
        Refusal::RedirectUri => invalid(
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        Refusal::Verifier => {
            invalid("Value passed for the code verifier did not match the code challenge.")
        }
        Refusal::RefreshToken => invalid("Value passed for the token was invalid."),
        Refusal::Scope => error(400, "invalid_scope", "More scopes were asked for than granted."),
    }
}

fn missing(parameter: &str) -> Reply {
    invalid(&format!("Missing required parameter [{parameter}]."))
}

fn invalid(description: &str) -> Reply {
    error(400, "invalid_request", description)
}

fn error(status: u16, code: &str, description: &str) -> Reply {
    no_store(Reply::json(status, &json!({"error": code, "error_description": description})))
}

/// RFC 6749 section 5.1: what holds tokens is kept by nobody on the way.
fn no_store(reply: Reply) -> Reply {
    reply.with_header("cache-control", "no-store")
}
