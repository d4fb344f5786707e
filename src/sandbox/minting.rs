//! The endpoints of service accounts: tokens, and a project that tells who calls.

use age::secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::grants::Moment;
use super::http::{Reply, Request};
use super::log::{LogEntry, harmless};
use super::service_accounts::{Caller, Refusal};
use super::state::State;

/// The grant type of an assertion (RFC 7523 section 2.1).
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The longest life of a token, in seconds.
pub(super) const LONGEST_LIFE: u64 = 3_600;

/// The paths of projects, each with its number behind.
const PROJECTS: &str = "/gcp/v1/projects/";

/// Notes what a request presents.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    let form = request.form();
    logged.grant_type = harmless(form.get("grant_type"));
    let bearer = request.authorization().and_then(|header| header.split_once(' '));
    let presented =
        ["assertion", "refresh_token", "subject_token"].iter().find_map(|name| form.get(name));
    logged.presents(presented.or(bearer.map(|(_, token)| token.trim())));
}

/// Mints a token (RFC 7523 section 2.1, RFC 6749 section 6).
pub(super) fn mint(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    base_url: &str,
    now: Moment,
) -> Reply {
    if request.method != "POST" {
        return Reply::problem(405).with_header("allow", "POST");
    }
    let form = request.form();
    let accounts = &mut state.service_accounts;
    let by_key = form.get("grant_type") == Some(ASSERTION);
    let caller = match form.get("grant_type") {
        Some(ASSERTION) => {
            let assertion = form.get("assertion").unwrap_or_default();
            accounts.signer(assertion, &format!("{base_url}{}", request.path), now)
        }
        Some("refresh_token") => accounts.user(&form),
        _ => Err(Refusal::grant_type()),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(Refusal { error, description }) => {
            let status = if error == "invalid_client" { 401 } else { 400 };
            return Reply::json(status, &json!({"error": error, "error_description": description}));
        }
    };
    logged.account_id = Some(caller.account.clone());
    logged.scope = Some(caller.scopes.to_string());
    let lives = state.options.expires_in.min(LONGEST_LIFE);
    let minted = accounts.mint(&caller, lives, now);
    let mut answer = Map::new();
    answer.insert("access_token".into(), minted.expose_secret().into());
    answer.insert("expires_in".into(), lives.into());
    answer.insert("token_type".into(), "Bearer".into());
    // What an assertion asks for it gets, and is not told.
    if !by_key {
        answer.insert("scope".into(), caller.scopes.to_string().into());
    }
    Reply::json(200, &Value::Object(answer)).with_header("cache-control", "no-store")
}

/// Tells who calls, as a project that everybody may see.
pub(super) fn project(
    state: &State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let number = request.path.strip_prefix(PROJECTS).unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Reply::problem(404);
    }
    let Some(Caller { account, scopes }) = caller(state, request, now) else {
        return Reply::problem(401);
    };
    logged.account_id = Some(account.clone());
    let body = json!({"projectNumber": number, "caller": account, "scope": scopes.to_string()});
    Reply::json(200, &body)
}

/// Returns whoever calls with a token that was minted here.
pub(super) fn caller<'s>(state: &'s State, request: &Request, now: Moment) -> Option<&'s Caller> {
    let (scheme, token) = request.authorization()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| state.service_accounts.caller(token.trim(), now))?
}
