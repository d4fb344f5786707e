//! `oauth.v2.access`: tokens for a code, and new ones for a refresh token.

use std::time::Duration;

use age::secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::identity::{BOT, TEAM, bot_id, user_id};
use super::refusal::{Answered, Refusal};
use super::workspace::{Authority, Consent, IssuedPart};
use crate::sandbox::client::Claim;
use crate::sandbox::grants::Moment;
use crate::sandbox::http::{Parameters, Request};
use crate::sandbox::log::LogEntry;
use crate::sandbox::options::Options;
use crate::sandbox::state::State;
use crate::sandbox::token::Digest;

/// Issues tokens.
pub(super) fn access(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Answered {
    let form = if request.method == "GET" { request.query() } else { request.form() };
    let client = client(state, request, &form)?;
    let issued = match form.get("grant_type").unwrap_or("authorization_code") {
        "authorization_code" => exchange(state, &form, &client, now)?,
        "refresh_token" => vec![refresh(state, &form, &client, now)?],
        _ => return Err("invalid_grant_type".into()),
    };
    logged.account_id = issued.first().map(|it| it.authority.account.clone());
    Ok(answer(&issued, form.get("grant_type") == Some("refresh_token")))
}

/// Returns the id of the client that a request is proved to come from: one with a secret may send it in
/// the header or in the form.
fn client(state: &State, request: &Request, form: &Parameters) -> Result<String, Refusal> {
    let claim = Claim::of(request, form);
    let id = claim.client_id.clone().ok_or("invalid_client_id")?;
    let known = state.clients.iter().find(|client| client.client_id == id);
    let known = known.ok_or("invalid_client_id")?;
    let is_proved =
        known.client_secret.is_none() || claim.prove_by_secret(&state.clients).is_some();
    if is_proved { Ok(id) } else { Err("bad_client_secret".into()) }
}

fn exchange(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<Vec<IssuedPart>, Refusal> {
    let code = form.get("code").ok_or("invalid_code")?;
    let Consent { redirect_uri, code_challenge, account, parts, .. } =
        state.slack.taken(code, client, now).ok_or("invalid_code")?;
    if form.get("redirect_uri").is_some_and(|given| given != redirect_uri) {
        return Err("bad_redirect_uri".into());
    }
    let verifier = form.get("code_verifier").unwrap_or_default();
    if !code_challenge.is_empty() && code_challenge != Digest::of(verifier).base64url() {
        return Err("invalid_code_verifier".into());
    }
    let lives = lives(state);
    let issued = parts.into_iter().map(|(part, scopes)| {
        let (client_id, account) = (client.to_owned(), account.clone());
        state.slack.issue(Authority { client_id, account, part, scopes }, lives, now)
    });
    Ok(issued.collect())
}

fn refresh(
    state: &mut State,
    form: &Parameters,
    client: &str,
    now: Moment,
) -> Result<IssuedPart, Refusal> {
    let token = form.get("refresh_token").ok_or("invalid_refresh_token")?;
    let authority = state.slack.spent(token, client).ok_or("invalid_refresh_token")?;
    let lives = lives(state);
    Ok(state.slack.issue(authority, lives, now))
}

/// Returns the life of tokens, if they rotate.
fn lives(state: &State) -> Option<Duration> {
    let lives = state.options.expires_in;
    (lives != Options::of(state.face()).expires_in).then(|| Duration::from_secs(lives))
}

/// Returns the answer: the bot's token at its top and the user's below it; of a refresh, the one that was
/// refreshed at its top.
fn answer(issued: &[IssuedPart], is_refresh: bool) -> Value {
    let account = issued.first().map(|it| user_id(&it.authority.account)).unwrap_or_default();
    let mut answer = json!({
        "ok": true,
        "app_id": "A0000000001",
        "authed_user": {"id": account},
        "team": {"id": TEAM.0, "name": TEAM.1},
        "enterprise": null,
        "is_enterprise_install": false,
    });
    for part in issued {
        let is_bot = part.authority.part.as_str() == BOT;
        let place = if is_bot || is_refresh { &mut answer } else { &mut answer["authed_user"] };
        for (name, value) in fields(part) {
            place[name] = value;
        }
        if is_bot {
            place["bot_user_id"] = bot_id(&part.authority.client_id).into();
        }
    }
    answer
}

fn fields(part: &IssuedPart) -> Map<String, Value> {
    let scopes: Vec<_> = part.authority.scopes.iter().collect();
    let mut fields = Map::new();
    fields.insert("access_token".into(), part.access_token.expose_secret().into());
    fields.insert("token_type".into(), part.authority.part.as_str().into());
    fields.insert("scope".into(), scopes.join(",").into());
    if let Some((token, lives)) = &part.rotation {
        fields.insert("refresh_token".into(), token.expose_secret().into());
        fields.insert("expires_in".into(), lives.as_secs().into());
    }
    fields
}
