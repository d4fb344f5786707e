//! The methods of the API.

use serde_json::{Value, json};

use super::identity::{BOT, TEAM, bot_id, user_id};
use super::refusal::{Answered, Refusal};
use super::workspace::{Authority, CHANNELS, Channel};
use crate::sandbox::grants::Moment;
use crate::sandbox::http::{Parameters, Request};
use crate::sandbox::log::LogEntry;
use crate::sandbox::state::State;

/// The arguments of a call: of its query, and of its body, which is a form or an object of JSON.
struct Arguments {
    query: Parameters,
    form: Parameters,
    json: Value,
}

impl Arguments {
    fn of(request: &Request) -> Self {
        let json = serde_json::from_slice(&request.body).unwrap_or_default();
        Self { query: request.query(), form: request.form(), json }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let in_form = self.form.get(name).or_else(|| self.query.get(name));
        in_form.or_else(|| self.json[name].as_str())
    }
}

/// Answers a call of a method, which its path names.
pub(super) fn answer(
    state: &mut State,
    path: &str,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Answered {
    let arguments = Arguments::of(request);
    let header = request.authorization().and_then(|header| header.strip_prefix("Bearer "));
    let token = header.or_else(|| arguments.get("token")).ok_or("not_authed")?.trim().to_owned();
    logged.presents(Some(&token));
    let authority = state.slack.authority(&token, now)?.clone();
    logged.account_id = Some(authority.account.clone());
    permit(state, path, &authority)?;
    match path {
        "/auth.test" => Ok(test(state, &authority)),
        "/auth.revoke" => {
            let is_test = arguments.get("test") == Some("true");
            if !is_test {
                state.slack.revoke(&token);
            }
            Ok(json!({"ok": true, "revoked": !is_test}))
        }
        "/chat.postMessage" => post(state, &authority, &arguments, now),
        "/conversations.list" => Ok(channels(&authority, &arguments)),
        "/conversations.history" => history(state, &arguments),
        _ => Err("not_simulated".into()),
    }
}

/// Refuses a call that the token has no scope for.
fn permit(state: &State, path: &str, authority: &Authority) -> Result<(), Refusal> {
    if path == "/auth.revoke" {
        return Ok(());
    }
    let provider = state.provider();
    let operation = provider.operations().iter().find(|it| it.path == path);
    let operation = operation.ok_or("unknown_method")?;
    let demand = operation.demand(&authority.part).ok_or("not_allowed_token_type")?;
    if provider.covers_any(&authority.scopes, demand.alternatives()) {
        return Ok(());
    }
    let list = |scopes: Vec<&str>| Value::from(scopes.join(","));
    Err(Refusal {
        error: "missing_scope",
        more: vec![
            ("needed", list(demand.alternatives().first().iter().collect())),
            ("provided", list(authority.scopes.iter().collect())),
        ],
    })
}

/// Returns the id that a token acts as.
fn acts_as(authority: &Authority) -> String {
    if authority.part.as_str() == BOT {
        bot_id(&authority.client_id)
    } else {
        user_id(&authority.account)
    }
}

fn test(state: &State, authority: &Authority) -> Value {
    let id = acts_as(authority);
    let is_bot = authority.part.as_str() == BOT;
    let user = state.world.user(&authority.account).map_or("", |user| user.username.as_str());
    let mut answer = json!({
        "ok": true,
        "url": "https://sandbox.slack.com/",
        "team": TEAM.1,
        "user": if is_bot { "sandbox_app" } else { user },
        "team_id": TEAM.0,
        "user_id": id,
        "is_enterprise_install": false,
    });
    if is_bot {
        answer["bot_id"] = format!("B{}", &id[2..]).into();
    }
    answer
}

fn post(state: &mut State, authority: &Authority, arguments: &Arguments, now: Moment) -> Answered {
    let channel = channel(arguments)?;
    let text = arguments.get("text").ok_or("no_text")?;
    let user = acts_as(authority);
    let ts = state.slack.say(channel.id, user.clone(), text, now);
    let message = json!({"type": "message", "user": user, "text": text, "ts": ts});
    Ok(json!({"ok": true, "channel": channel.id, "ts": ts, "message": message}))
}

/// Lists the channels of the types that the token may see.
fn channels(authority: &Authority, arguments: &Arguments) -> Value {
    let types = arguments.get("types").unwrap_or("public_channel");
    let is_shown = |channel: &&Channel| {
        let (kind, scope) = if channel.is_private {
            ("private_channel", "groups:read")
        } else {
            ("public_channel", "channels:read")
        };
        types.split(',').any(|it| it == kind) && authority.scopes.contains(scope)
    };
    let shown = CHANNELS.iter().filter(is_shown).map(|channel| {
        let Channel { id, name, is_private } = channel;
        json!({"id": id, "name": name, "is_channel": true, "is_private": is_private})
    });
    let next = json!({"next_cursor": ""});
    json!({"ok": true, "channels": shown.collect::<Vec<_>>(), "response_metadata": next})
}

fn history(state: &State, arguments: &Arguments) -> Answered {
    let channel = channel(arguments)?;
    let messages = state.slack.said(channel.id).map(|message| {
        let (user, text, ts) = (&message.user, &message.text, &message.ts);
        json!({"type": "message", "user": user, "text": text, "ts": ts})
    });
    Ok(json!({"ok": true, "messages": messages.collect::<Vec<_>>(), "has_more": false}))
}

/// Returns the channel that is meant, by its id or its name.
fn channel(arguments: &Arguments) -> Result<&'static Channel, Refusal> {
    let named = arguments.get("channel").ok_or("channel_not_found")?;
    let name = named.trim_start_matches('#');
    let found = CHANNELS.iter().find(|channel| channel.id == named || channel.name == name);
    found.ok_or_else(|| "channel_not_found".into())
}
