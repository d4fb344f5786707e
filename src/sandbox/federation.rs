//! The exchange of other identity providers' tokens (RFC 8693), and the service accounts that these become.
//!
//! It is strict where Google is, but for one thing: it knows the keys of no other identity provider, and so
//! verifies no signature. A JWT has to be one that has not expired.

use age::secrecy::ExposeSecret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::grants::Moment;
use super::http::{Parameters, Reply, Request};
use super::log::LogEntry;
use super::minting::{LONGEST_LIFE, caller};
use super::service_accounts::{ACCOUNTS, Caller};
use super::state::State;
use crate::model::scope::ScopeSet;

const GENERATE: &str = ":generateAccessToken";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The types of tokens that are JWTs (RFC 8693 section 3).
const JWTS: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

/// Exchanges a token (RFC 8693 section 2).
pub(super) fn exchange(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let caller = match exchanged(&request.form(), now) {
        Ok(caller) => caller,
        Err((error, description)) => {
            return Reply::json(400, &json!({"error": error, "error_description": description}));
        }
    };
    logged.account_id = Some(caller.account.clone());
    logged.scope = Some(caller.scopes.to_string());
    let lives = state.options.expires_in.min(LONGEST_LIFE);
    let minted = state.service_accounts.mint(&caller, lives, now);
    let answer = json!({
        "access_token": minted.expose_secret(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": lives,
    });
    Reply::json(200, &answer).with_header("cache-control", "no-store")
}

/// Returns whom a form has a token of; else the error and its description.
fn exchanged(form: &Parameters, now: Moment) -> Result<Caller, (&'static str, &'static str)> {
    let get = |name: &str| form.get(name).unwrap_or_default();
    if get("grant_type") != GRANT_TYPE {
        return Err(("unsupported_grant_type", "Invalid grant_type"));
    }
    if get("requested_token_type") != ACCESS_TOKEN {
        return Err(("invalid_request", "Invalid value for \"requested_token_type\""));
    }
    let audience = get("audience");
    let provider = audience.strip_prefix("//").filter(|name| name.contains("/providers/"));
    let Some(provider) = provider else {
        return Err(("invalid_request", "Invalid value for \"audience\""));
    };
    let scopes = ScopeSet::parse(get("scope"));
    if scopes.is_empty() {
        return Err(("invalid_scope", "There are no scopes"));
    }
    let token = get("subject_token");
    let subject = if JWTS.contains(&get("subject_token_type")) {
        subject(token, now).ok_or(("invalid_grant", "The given credential is rejected"))?
    } else {
        return Err(("invalid_request", "Invalid value for \"subject_token_type\""));
    };
    Ok(Caller { account: format!("principal://{provider}/subject/{subject}"), scopes })
}

/// Returns whom a JWT is of, if it has not expired.
fn subject(token: &str, now: Moment) -> Option<String> {
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let lives = claims["exp"].as_i64()? > now.unix_ms / 1_000;
    lives.then(|| claims["sub"].as_str().map(str::to_owned))?
}

/// Gives whoever exchanged a token one of a service account.
pub(super) fn impersonate(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let account = request.path.strip_prefix(ACCOUNTS).and_then(|rest| rest.strip_suffix(GENERATE));
    let account = account.map(|account| account.replace("%40", "@"));
    let (Some(account), "POST") = (account, request.method.as_str()) else {
        return refused(404, "NOT_FOUND", "There is no such method.");
    };
    let Some(own) = caller(state, request, now).filter(|it| it.account.contains("://")) else {
        return refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    };
    if !own.scopes.iter().any(|scope| scope.contains("/auth/cloud") || scope.ends_with("/auth/iam"))
    {
        let what = "Request had insufficient authentication scopes.";
        return refused(403, "PERMISSION_DENIED", what);
    }
    if !state.service_accounts.knows(&account) {
        let what = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource.";
        return refused(403, "PERMISSION_DENIED", what);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let scopes = body["scope"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let scopes: ScopeSet = scopes.collect();
    if scopes.is_empty() {
        return refused(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    }
    logged.account_id = Some(account.clone());
    logged.scope = Some(scopes.to_string());
    let lives = state.options.expires_in.min(LONGEST_LIFE);
    let minted = state.service_accounts.mint(&Caller { account, scopes }, lives, now);
    let ends = Timestamp::from_millisecond(now.unix_ms).unwrap_or_default();
    let ends = Timestamp::from_second(ends.as_second() + i64::try_from(lives).unwrap_or(0));
    let answer = json!({
        "accessToken": minted.expose_secret(),
        "expireTime": ends.unwrap_or_default().to_string(),
    });
    Reply::json(200, &answer).with_header("cache-control", "no-store")
}

/// Returns an error as Google's APIs word it.
fn refused(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": status, "message": message, "status": code}}))
}
