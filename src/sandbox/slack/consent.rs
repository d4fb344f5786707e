//! The request for consent, with a list of scopes for each token, and its decision.

use age::secrecy::ExposeSecret;
use form_urlencoded::Serializer;

use super::identity::BOT;
use super::page;
use super::request::Asked;
use super::workspace::Consent;
use crate::catalog::Provider;
use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::sandbox::grants::Moment;
use crate::sandbox::http::{Parameters, Reply, Request};
use crate::sandbox::log::LogEntry;
use crate::sandbox::page::{private, refusal, wrong_redirect};
use crate::sandbox::state::State;

/// Shows the page, or takes its decision.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let parameters = if request.method == "POST" { request.form() } else { request.query() };
    let asked = match asked(state, &parameters) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if request.method != "POST" {
        return page::consent(state, &asked, &parameters);
    }
    if parameters.get("form_token") != Some(state.form_token.as_str()) {
        return refusal("This decision did not come from the page that asks for it.");
    }
    let redirect_uri = asked.redirect_uri.to_owned();
    if parameters.get("decision") != Some("authorize") {
        return back(&redirect_uri, &parameters, ("error", "access_denied"));
    }
    let account = parameters.get("account").and_then(|name| state.world.user_named(name));
    let Some(account) = account.map(|user| user.id.clone()) else {
        return refusal("The decision does not say whose account it is for.");
    };
    logged.account_id = Some(account.clone());
    let consent = Consent {
        client_id: asked.client.client_id.clone(),
        redirect_uri: redirect_uri.clone(),
        code_challenge: parameters.get("code_challenge").unwrap_or_default().to_owned(),
        account,
        parts: asked.parts,
    };
    let code = state.slack.consent(consent, now);
    back(&redirect_uri, &parameters, ("code", code.expose_secret()))
}

/// Judges a request. Slack shows its mistakes on a page, and sends nobody back with them.
fn asked<'a>(state: &'a State, parameters: &'a Parameters) -> Result<Asked<'a>, Reply> {
    let client_id = parameters.get("client_id").unwrap_or_default();
    let client = state.clients.iter().find(|client| client.client_id == client_id);
    let client = client.ok_or_else(|| refusal("invalid_client_id: no app has this client id."))?;
    let given = parameters.get("redirect_uri").unwrap_or_default();
    let redirect_uri = client.redirect_uris.iter().find(|uri| *uri == given);
    let redirect_uri = redirect_uri.ok_or_else(|| wrong_redirect(client, given))?;
    let parts = parts(state.provider(), parameters).map_err(|scope| {
        refusal(&format!("invalid_scope: {scope} is no scope of this kind of token."))
    })?;
    if parts.is_empty() {
        return Err(refusal("invalid_scope: no scope was asked for."));
    }
    let asks_for_bot = parts.iter().any(|(part, _)| part.as_str() == BOT);
    if client.client_secret.is_none() && asks_for_bot {
        let why =
            "An app with PKCE that is sent back to this machine may not ask for a bot's scopes.";
        return Err(refusal(why));
    }
    Ok(Asked { client, redirect_uri, parts })
}

/// Returns the parts that are asked for; or a scope that its part cannot have.
fn parts(provider: &Provider, parameters: &Parameters) -> Result<Vec<(Part, ScopeSet)>, String> {
    let mut parts = Vec::new();
    for (part, data) in &provider.parts {
        let text = parameters.get(&data.scope_parameter).unwrap_or_default();
        let scopes = ScopeSet::parse(&text.replace(',', " "));
        let can_be_had = |scope: &&str| {
            provider.scopes.contains_key(*scope) && provider.parts_with(scope).contains(part)
        };
        if let Some(scope) = scopes.iter().find(|scope| !can_be_had(scope)) {
            return Err(scope.to_owned());
        }
        if !scopes.is_empty() {
            parts.push((part.clone(), scopes));
        }
    }
    Ok(parts)
}

/// Sends the browser back.
fn back(uri: &str, parameters: &Parameters, answer: (&str, &str)) -> Reply {
    let mut query = Serializer::new(String::new());
    query.append_pair(answer.0, answer.1);
    query.append_pair("state", parameters.get("state").unwrap_or_default());
    let separator = if uri.contains('?') { '&' } else { '?' };
    let location = format!("{uri}{separator}{}", query.finish());
    private(Reply::new(303, "text/plain", "")).with_header("location", location)
}
