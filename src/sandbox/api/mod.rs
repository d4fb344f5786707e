//! The operations of the API, with their callers and answers.
//!
//! The catalog says which operations there are and which scopes they need. The simulated ones are
//! in the files beside this one; every other operation is refused with 501, and not before its
//! scopes were judged.

mod call;
mod fields;
pub(super) mod limit;
mod messages;
mod posts;
mod relations;
mod users;

use serde_json::json;

use self::call::{Answer, Call};
use super::grants::Moment;
use super::http::{Reply, Request};
use super::log::{LogEntry, harmless};
use super::oauth1_tokens::needed_level;
use super::options::PROVIDER;
use super::refusal::{PROBLEMS, level_too_low};
use super::request_proof::{TokenStage, prove};
use super::state::State;
use crate::catalog::{Operation, TokenKind};

/// Notes what is asked, and the hash of the token that is presented.
pub(super) fn note(request: &Request, logged: &mut LogEntry) {
    logged.query = harmless(Some(request.query.as_str()).filter(|query| !query.is_empty()));
    let token = request.authorization().and_then(bearer);
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
    let token = request.authorization().and_then(bearer);
    let Some(operation) =
        state.provider().operation_of_form(&request.method, &request.path).cloned()
    else {
        return Reply::problem(404);
    };
    let permitted = match request.signed() {
        Some(_) => permitted_by_signature(state, &operation, request, now),
        None => permitted(state, &operation, token, now),
    };
    let me = match permitted {
        Ok(me) => me,
        Err(refusal) => return refusal,
    };
    logged.account_id = Some(me.clone()).filter(|me| !me.is_empty());
    if request.path == state.paths.me && state.options.face.provider != PROVIDER {
        return account(state, &me);
    }
    let limit = state.options.rate_limit;
    let window = state.limits.count(&me, &operation.to_string(), limit, now);
    let reply = if window.is_exceeded() {
        Reply::problem(429)
    } else {
        let call = Call {
            world: &mut state.world,
            me,
            arguments: arguments(&operation, &request.path),
            query: request.query(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            now: jiff::Timestamp::from_millisecond(now.unix_ms).expect("the clock tells a time"),
        };
        perform(&operation, call).unwrap_or_else(|refusal| refusal)
    };
    window.tell(reply)
}

/// Tells whose a token is, where the provider's file looks for it.
fn account(state: &State, id: &str) -> Reply {
    let mut answer = json!({});
    let user = state.world.user(id);
    let named = user.map_or("", |user| user.username.as_str());
    for (place, value) in
        state.provider().account.iter().flat_map(|it| [(&it.id, id), (&it.handle, named)])
    {
        answer[place.trim_start_matches('/')] = value.into();
    }
    Reply::json(200, &answer)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns the account of a token that may call an operation: an empty id for that of an app.
fn permitted(
    state: &State,
    operation: &Operation,
    token: Option<&str>,
    now: Moment,
) -> Result<String, Reply> {
    let token = token.ok_or_else(|| Reply::problem(401))?;
    let shape = state.provider().recognise_token(token).map(|shape| shape.kind);
    if shape == Some(TokenKind::AppOnly) && !operation.app_only {
        return Err(unsupported("OAuth 2.0 Application-Only", operation));
    }
    if state.app_tokens.has(token) {
        return Ok(String::new());
    }
    let Some((account, granted)) = state.grants.bearer(token, now) else {
        return Err(Reply::problem(401));
    };
    match &operation.user {
        None if operation.public => Ok(account),
        None => Err(unsupported("OAuth 2.0 User Context", operation)),
        Some(needed) if state.provider().covers_any(&granted, needed.alternatives()) => Ok(account),
        // X does not say which scope is missing.
        Some(_) => Err(Reply::problem(403)),
    }
}

/// Returns the account of a signed request that may call an operation.
fn permitted_by_signature(
    state: &mut State,
    operation: &Operation,
    request: &Request,
    now: Moment,
) -> Result<String, Reply> {
    let proved = prove(state, request, TokenStage::Access, now);
    let token = proved.map_err(|_| Reply::problem(401))?.token;
    let granted = state.oauth1.granted(&token).ok_or_else(|| Reply::problem(401))?;
    if !operation.oauth1 && !operation.public {
        return Err(unsupported("OAuth 1.0a User Context", operation));
    }
    if granted.level < needed_level(operation) {
        return Err(level_too_low());
    }
    Ok(granted.account.clone())
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

fn perform(operation: &Operation, mut call: Call<'_>) -> Answer {
    let call = &mut call;
    match (operation.method.name(), operation.path.as_str()) {
        ("GET", "/2/users/me") => Ok(users::me(call)),
        ("GET", "/2/users/{id}") => users::by_id(call),
        ("GET", "/2/users/by/username/{username}") => Ok(users::by_username(call)),
        ("POST", "/2/tweets") => posts::create(call),
        ("GET", "/2/tweets") => posts::by_ids(call),
        ("GET", "/2/tweets/{id}") => posts::by_id(call),
        ("DELETE", "/2/tweets/{id}") => posts::delete(call),
        ("GET", "/2/tweets/search/recent") => posts::search(call),
        ("GET", "/2/users/{id}/tweets") => posts::of_user(call),
        ("GET", "/2/dm_events") => messages::latest(call),
        ("GET", "/2/dm_conversations/with/{participant_id}/dm_events") => messages::with(call),
        ("GET", "/2/dm_conversations/{id}/dm_events") => messages::of_conversation(call),
        ("POST", "/2/dm_conversations/with/{participant_id}/messages") => messages::send(call),
        ("POST", "/2/dm_conversations/{dm_conversation_id}/messages") => messages::reply(call),
        ("POST", "/2/users/{id}/likes") => relations::like(call),
        ("DELETE", "/2/users/{id}/likes/{tweet_id}") => relations::unlike(call),
        ("GET", "/2/users/{id}/liked_tweets") => relations::liked(call),
        ("POST", "/2/users/{id}/bookmarks") => relations::bookmark(call),
        ("DELETE", "/2/users/{id}/bookmarks/{tweet_id}") => relations::unbookmark(call),
        ("GET", "/2/users/{id}/bookmarks") => relations::bookmarks(call),
        ("POST", "/2/users/{id}/following") => relations::follow(call),
        ("DELETE", "/2/users/{source_user_id}/following/{target_user_id}") => {
            relations::unfollow(call)
        }
        ("GET", "/2/users/{id}/following") => relations::following(call),
        ("GET", "/2/users/{id}/followers") => relations::followers(call),
        _ => Err(not_simulated(operation)),
    }
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
