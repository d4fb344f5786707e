//! The authorization endpoint (RFC 6749 section 3.1): the request for consent, and its decision.

use age::secrecy::ExposeSecret;
use form_urlencoded::Serializer;

use super::consent_request::{ConsentRequest, PARAMETERS};
use super::face::RefreshTokenCondition;
use super::grants::{Consent, Moment};
use super::http::{Parameters, Reply, Request};
use super::log::{LogEntry, harmless};
use super::page;
use super::state::State;
use crate::model::scope::ScopeSet;

/// The longest `state` that X takes.
const LONGEST_STATE: usize = 500;

/// Notes what is asked for.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    let parameters = parameters(request);
    let noted = |name: &str| harmless(parameters.get(name));
    logged.client_id = parameters.get("client_id").map(str::to_owned);
    logged.redirect_uri = noted("redirect_uri");
    logged.scope = noted("scope");
    logged.code_challenge = parameters.get("code_challenge").map(str::to_owned);
    logged.code_challenge_method = noted("code_challenge_method");
}

/// Shows the consent page, or takes its decision.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") {
        return Reply::problem(405).with_header("allow", "GET, POST");
    }
    let parameters = parameters(request);
    let asked = match asked(state, &parameters) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if request.method != "POST" {
        return page::consent(state, &asked, &parameters, &request.path);
    }
    if parameters.get("form_token") != Some(state.form_token.as_str()) {
        return page::refusal("This decision did not come from the page that asks for it.");
    }
    if parameters.get("decision") != Some("authorize") {
        let (code, why) = ("access_denied", "The account's owner refused.");
        return redirect(
            asked.redirect_uri,
            &parameters,
            &[("error", code), ("error_description", why)],
        );
    }
    let Some(account) = parameters.get("account").and_then(|name| state.world.user_named(name))
    else {
        return page::refusal("The decision does not say whose account it is for.");
    };
    let granted: ScopeSet =
        parameters.all("granted").filter(|scope| asked.scopes.contains(scope)).collect();
    if granted.is_empty() && !asked.scopes.is_empty() {
        return page::refusal("No scope was granted. Go back, and choose one or cancel.");
    }
    logged.account_id = Some(account.id.clone());
    let redirect_uri = asked.redirect_uri.to_owned();
    let (client_id, account) = (asked.client.client_id.clone(), account.id.clone());
    let earlier = state.grants.scopes_of(&client_id, &account);
    let is = |name: &str, value: &str| parameters.get(name) == Some(value);
    let refreshable = match state.face().refresh_token {
        RefreshTokenCondition::Scope => state.is_offline(&granted),
        RefreshTokenCondition::Offline => {
            is("access_type", "offline") && (earlier.is_none() || is("prompt", "consent"))
        }
        RefreshTokenCondition::Permanent => is("duration", "permanent"),
        RefreshTokenCondition::Always => true,
        RefreshTokenCondition::Never => false,
    };
    let mut scopes = granted;
    if parameters.get("include_granted_scopes") == Some("true") {
        scopes.add_all(&earlier.unwrap_or_default());
    }
    let consent = Consent {
        client_id,
        account,
        scopes,
        refreshable,
        redirect_uri: redirect_uri.clone(),
        code_challenge: asked.code_challenge.to_owned(),
    };
    let rules = state.rules();
    let code = state.grants.consent(consent, rules, now);
    redirect(&redirect_uri, &parameters, &[("code", code.expose_secret())])
}

fn parameters(request: &Request) -> Parameters {
    if request.method == "POST" { request.form() } else { request.query() }
}

/// Judges a request for consent. As long as it is not certain where an error may be sent to, it is
/// a page (RFC 6749 section 4.1.2.1).
fn asked<'a>(state: &'a State, parameters: &'a Parameters) -> Result<ConsentRequest<'a>, Reply> {
    if let Some(name) = parameters.repeated(&PARAMETERS) {
        return Err(page::refusal(&format!("The parameter {name} is there more than once.")));
    }
    let client_id = parameters.get("client_id").unwrap_or_default();
    let client = state.clients.iter().find(|client| client.client_id == client_id);
    let client =
        client.ok_or_else(|| page::refusal("No app is registered under this client id."))?;
    let given = parameters.get("redirect_uri").unwrap_or_default();
    let redirect_uri = client.redirect_uris.iter().find(|uri| *uri == given);
    let redirect_uri = redirect_uri.ok_or_else(|| page::wrong_redirect(client, given))?;
    if parameters.get("state").is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(page::refusal("The state has more than 500 characters."));
    }
    let refuse = |code: &str, why: &str| {
        Err(redirect(redirect_uri, parameters, &[("error", code), ("error_description", why)]))
    };
    if parameters.get("response_type") != Some("code") {
        return refuse("unsupported_response_type", "The response type has to be code.");
    }
    let code_challenge = parameters.get("code_challenge").unwrap_or_default();
    let is_without = code_challenge.is_empty() && !state.face().demands_challenge;
    let is_hashed = parameters.get("code_challenge_method") == Some("S256");
    let is_sound = is_hashed && is_challenge(code_challenge);
    if !is_without && !is_sound {
        let why = "A code challenge with the method S256 is required.";
        return refuse("invalid_request", why);
    }
    let scopes = state.scopes_of(parameters.get("scope").unwrap_or_default());
    let known = &state.provider().scopes;
    let is_none = scopes.is_empty() && !known.is_empty();
    if is_none || !scopes.iter().all(|scope| known.contains_key(scope)) {
        return refuse("invalid_scope", "A scope is unknown, or none was asked for.");
    }
    Ok(ConsentRequest { client, redirect_uri, scopes, code_challenge })
}

/// Returns whether a text can be the SHA-256 of a verifier: 43 characters of base64url.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Sends the browser back, with a GET whatever the request was (RFC 9700 section 4.12: 303).
fn redirect(uri: &str, parameters: &Parameters, answer: &[(&str, &str)]) -> Reply {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = parameters.get("state") {
        query.append_pair("state", state);
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    let location = format!("{uri}{separator}{}", query.finish());
    page::private(Reply::new(303, "text/plain", "")).with_header("location", location)
}
