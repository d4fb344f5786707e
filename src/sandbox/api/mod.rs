//! The operations of the API, with their callers and answers.
//!
//! The catalog says which operations there are and which scopes they need. The simulated ones are in
//! the faces; every other operation is refused with 501, and not before its scopes were judged.

pub(super) mod limit;

use serde_json::json;

use super::call::Call;
use super::grants::Moment;
use super::http::{Reply, Request};
use super::log::{LogEntry, harmless};
use super::minting;
use super::oauth1_tokens::needed_level;
use super::options::PROVIDER;
use super::refusal::{PROBLEMS, level_too_low};
use super::request_proof::{TokenStage, prove};
use super::service_accounts;
use super::state::State;
use super::token::Digest;
use super::world::BOT;
use crate::catalog::{Operation, StaticToken, TokenKind};
use crate::model::scope::ScopeSet;

/// Whoever calls.
struct Caller {
    /// The id of the account; empty for an app.
    account: String,
    scopes: ScopeSet,
}

/// Notes what is asked, and the hash of the token that is presented.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    logged.query = harmless(Some(request.query.as_str()).filter(|query| !query.is_empty()));
    let token = request.authorization().and_then(presented).map(|(_, token)| token);
    let signed = request.signed();
    logged.presents(token.or_else(|| signed.as_ref()?.get("oauth_token")));
}

/// Answers a request for a path of the API.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    let path = request.path.strip_prefix(&state.paths.root).unwrap_or_default();
    let operation = state.provider().operation_of_form(&request.method, path).cloned();
    let Some(operation) = operation else { return Reply::problem(404) };
    let permitted = match request.signed() {
        Some(_) => permitted_by_signature(state, &operation, request, now),
        None => permitted(state, &operation, request, now),
    };
    let Caller { account: me, scopes } = match permitted {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    logged.account_id = Some(me.clone()).filter(|me| !me.is_empty());
    let face = state.face();
    let told = face.tells_scopes.then(|| state.answered_scopes(&scopes).to_string());
    let tell = |reply: Reply| match told {
        Some(scopes) => reply.with_header("x-oauth-scopes", scopes.replace(' ', ", ")),
        None => reply,
    };
    if request.path == state.paths.me && face.provider != PROVIDER {
        return tell(account(state, &me));
    }
    let limit = state.options.rate_limit;
    let window = state.limits.count(&me, &operation.to_string(), limit, now);
    let reply = if window.is_exceeded() {
        Reply::problem(429)
    } else {
        let mut call = Call {
            world: &mut state.world,
            me,
            scopes,
            arguments: arguments(&operation, path),
            query: request.query(),
            form: request.form(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            now: jiff::Timestamp::from_millisecond(now.unix_ms).expect("the clock tells a time"),
        };
        let answer = (face.perform)(&operation, &mut call);
        let answer = answer.unwrap_or_else(|| Err(not_simulated(&operation)));
        answer.unwrap_or_else(|refusal| refusal)
    };
    tell(window.tell(reply))
}

/// Tells whose a token is, where the provider's file looks for it.
fn account(state: &State, id: &str) -> Reply {
    let Some(user) = state.world.user(id) else { return Reply::problem(404) };
    let mut answer = (state.face().profile)(user);
    for (place, value) in
        state.provider().account.iter().flat_map(|it| [(&it.id, id), (&it.handle, &user.username)])
    {
        let told = &mut answer[place.trim_start_matches('/')];
        if told.is_null() {
            *told = value.into();
        }
    }
    Reply::json(200, &answer)
}

/// Returns the scheme and the token of a header that has one.
fn presented(header: &str) -> Option<(&str, &str)> {
    let (scheme, token) = header.split_once(' ')?;
    let is_token = ["bearer", "bot", "token"].iter().any(|it| scheme.eq_ignore_ascii_case(it));
    is_token.then(|| (scheme, token.trim()))
}

/// Returns the caller, if it may call an operation.
fn permitted(
    state: &State,
    operation: &Operation,
    request: &Request,
    now: Moment,
) -> Result<Caller, Reply> {
    if has_static_token(state, request) {
        let account = state.world.user_named(BOT).map(|bot| bot.id.clone()).unwrap_or_default();
        let caller = Caller { account, scopes: ScopeSet::default() };
        return if operation.static_token { Ok(caller) } else { Err(Reply::problem(403)) };
    }
    let schemes = state.face().schemes;
    let is_taken = |scheme: &str| schemes.iter().any(|it| scheme.eq_ignore_ascii_case(it));
    let token = request.authorization().and_then(presented).filter(|(scheme, _)| is_taken(scheme));
    let (_, token) = token.ok_or_else(|| Reply::problem(401))?;
    let shape = state.provider().recognise_token(token).map(|shape| shape.kind);
    if shape == Some(TokenKind::AppOnly) && !operation.app_only {
        return Err(unsupported("OAuth 2.0 Application-Only", operation));
    }
    if state.app_tokens.has(token) {
        return Ok(Caller { account: String::new(), scopes: ScopeSet::default() });
    }
    if let Some(minted) = minting::caller(state, request, now) {
        return permitted_to_service_account(state, operation, minted);
    }
    let Some((account, scopes)) = state.grants.bearer(token, now) else {
        return Err(Reply::problem(401));
    };
    let caller = Caller { account, scopes };
    match &operation.user {
        None if operation.public => Ok(caller),
        None => Err(unsupported("OAuth 2.0 User Context", operation)),
        Some(needed) if state.provider().covers_any(&caller.scopes, needed.alternatives()) => {
            Ok(caller)
        }
        // X does not say which scope is missing.
        Some(_) => Err(Reply::problem(403)),
    }
}

/// Returns the caller with a token that was minted, if it may call an operation.
fn permitted_to_service_account(
    state: &State,
    operation: &Operation,
    minted: &service_accounts::Caller,
) -> Result<Caller, Reply> {
    let provider = state.provider();
    let usual = provider.kinds.service_account.as_ref().map(|kind| &kind.scopes);
    let is_covered = match &operation.user {
        Some(needed) => provider.covers_any(&minted.scopes, needed.alternatives()),
        None => usual.is_some_and(|usual| !minted.scopes.is_disjoint(usual)),
    };
    if !operation.service_account || !is_covered {
        return Err(Reply::problem(403));
    }
    Ok(Caller { account: minted.account.clone(), scopes: minted.scopes.clone() })
}

/// Returns whether a request has the token of the face's app, as the provider's file says.
fn has_static_token(state: &State, request: &Request) -> bool {
    let (Some(token), Some(kind)) =
        (state.face().static_token, &state.provider().kinds.static_token)
    else {
        return false;
    };
    let expected =
        kind.headers.get("Authorization").map(|it| it.replace(StaticToken::PLACE, token));
    let given = request.authorization().map(Digest::of);
    given.is_some() && given == expected.as_deref().map(Digest::of)
}

/// Returns the account of a signed request that may call an operation.
fn permitted_by_signature(
    state: &mut State,
    operation: &Operation,
    request: &Request,
    now: Moment,
) -> Result<Caller, Reply> {
    let proved = prove(state, request, TokenStage::Access, now);
    let token = proved.map_err(|_| Reply::problem(401))?.token;
    let granted = state.oauth1.granted(&token).ok_or_else(|| Reply::problem(401))?;
    if !operation.oauth1 && !operation.public {
        return Err(unsupported("OAuth 1.0a User Context", operation));
    }
    if granted.level < needed_level(operation) {
        return Err(level_too_low());
    }
    Ok(Caller { account: granted.account.clone(), scopes: ScopeSet::default() })
}

/// Returns the refusal of a kind of token.
fn unsupported(given: &str, operation: &Operation) -> Reply {
    let kinds = [
        (operation.oauth1, "OAuth 1.0a User Context"),
        (operation.user.is_some(), "OAuth 2.0 User Context"),
        (operation.app_only, "OAuth 2.0 Application-Only"),
    ];
    let supported: Vec<_> =
        kinds.iter().filter(|(accepted, _)| *accepted).map(|(_, kind)| *kind).collect();
    let detail = format!(
        "Authenticating with {given} is forbidden for this endpoint.  Supported \
         authentication types are [{}].",
        supported.join(", ")
    );
    Reply::json(
        403,
        &json!({
            "title": "Unsupported Authentication",
            "detail": detail,
            "type": format!("{PROBLEMS}unsupported-authentication"),
            "status": 403,
        }),
    )
}

fn arguments(operation: &Operation, path: &str) -> Vec<String> {
    let segments = operation.path.split('/').zip(path.split('/'));
    let parameters = segments.filter(|(template, _)| template.starts_with('{'));
    parameters.map(|(_, value)| value.to_owned()).collect()
}

fn not_simulated(operation: &Operation) -> Reply {
    Reply::json(
        501,
        &json!({
            "title": "Not Implemented",
            "detail": format!("The sandbox does not simulate {operation}. The token may call it."),
            "type": "about:blank",
            "status": 501,
        }),
    )
}
