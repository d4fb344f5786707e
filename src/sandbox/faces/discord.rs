//! Discord: bots beside accounts, one revocation for all tokens of an authorization.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{AnsweredScopes, Face};
use crate::sandbox::http::Reply;
use crate::sandbox::world::{BOT, OWNERS, SentMessage, User, World};

/// A week.
const ACCESS_LIVES: u64 = 604_800;

pub(super) const FACE: Face = Face {
    provider: "discord",
    answered_scopes: AnsweredScopes::WithIncluded,
    access_lives: Some(ACCESS_LIVES),
    // Libraries compare it letter by letter.
    json: "application/json",
    static_token: Some("sandbox-bot-token.known.to-everybody"),
    profile,
    perform,
    ..Face::USUAL
};

fn profile(user: &User) -> Value {
    json!({
        "global_name": user.name,
        "discriminator": "0",
        "avatar": null,
        "bot": user.username == BOT,
    })
}

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("GET", "/oauth2/@me") => Some(Ok(authorization(call))),
        ("GET", "/oauth2/applications/@me") => Some(Ok(application(call))),
        ("GET", "/users/@me/guilds") => Some(Ok(Reply::json(200, &json!([])))),
        ("POST", "/channels/{channel_id}/messages") => Some(create_message(call)),
        ("GET", "/channels/{channel_id}/messages") => Some(Ok(messages(call))),
        _ => None,
    }
}

/// Tells what a token was granted.
fn authorization(call: &Call<'_>) -> Reply {
    let mut answer = json!({
        "application": {"id": "1", "name": "Sandbox App", "icon": null, "description": ""},
        "scopes": call.scopes,
        "expires": call.now + jiff::SignedDuration::from_secs(ACCESS_LIVES.cast_signed()),
    });
    if call.scopes.contains("identify") {
        answer["user"] = author(call.world, &call.me);
    }
    Reply::json(200, &answer)
}

/// Tells the app whose bot calls.
fn application(call: &Call<'_>) -> Reply {
    let owner = call.world.user_named(OWNERS[0]).map(|owner| author(call.world, &owner.id));
    let application = json!({
        "id": call.me,
        "name": "Sandbox App",
        "icon": null,
        "description": "",
        "bot_public": false,
        "bot_require_code_grant": false,
        "verify_key": "",
        "owner": owner,
    });
    Reply::json(200, &application)
}

/// Writes a message into a channel: there is one for every number.
fn create_message(call: &mut Call<'_>) -> Answer {
    let text = call.text_at("/content").to_owned();
    if text.is_empty() {
        let refusal = json!({"message": "Cannot send an empty message", "code": 50_006});
        return Err(Reply::json(400, &refusal));
    }
    let channel = call.argument(0).to_owned();
    call.world.send(&call.me, &channel, &text, call.now);
    let sent = call.world.messages(&call.me).next().map(|message| told(call.world, message));
    Ok(Reply::json(200, &sent.unwrap_or_default()))
}

fn messages(call: &Call<'_>) -> Reply {
    let channel = call.argument(0);
    let messages = call.world.messages(channel).filter(|message| message.recipient_id == channel);
    Reply::json(200, &messages.map(|message| told(call.world, message)).collect())
}

fn told(world: &World, message: &SentMessage) -> Value {
    json!({
        "id": message.id,
        "channel_id": message.recipient_id,
        "content": message.text,
        "timestamp": message.created_at,
        "edited_timestamp": null,
        "author": author(world, &message.sender_id),
        "type": 0,
        "tts": false,
        "pinned": false,
        "mention_everyone": false,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
    })
}

fn author(world: &World, id: &str) -> Value {
    let Some(user) = world.user(id) else { return Value::Null };
    let mut told = profile(user);
    told["id"] = user.id.as_str().into();
    told["username"] = user.username.as_str().into();
    told
}
