//! Google: a refresh token has to be asked for, a second time as well; people may grant less.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;
use crate::sandbox::world::User;

/// The encoding of messages: libraries pad it, or do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) const FACE: Face = Face {
    provider: "google",
    refresh_token: RefreshTokenCondition::Offline,
    access_lives: Some(3_600),
    profile,
    perform,
    ..Face::USUAL
};

fn profile(user: &User) -> Value {
    json!({"name": user.name, "verified_email": true})
}

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/gmail/v1/users/{userId}/messages/send") => Some(send(call)),
        ("GET", "/gmail/v1/users/{userId}/messages") => Some(Ok(messages(call))),
        ("GET", "/calendar/v3/users/me/calendarList") => Some(Ok(calendars(call))),
        _ => None,
    }
}

/// Sends a message, which is all of RFC 5322 in base64url.
fn send(call: &mut Call<'_>) -> Answer {
    let message =
        BASE64.decode(call.text_at("/raw")).ok().and_then(|it| String::from_utf8(it).ok());
    let message = message.filter(|it| !it.is_empty()).ok_or_else(|| refused(400, "Invalid raw"))?;
    let recipient = message.lines().take_while(|line| !line.trim().is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("to").then(|| value.trim().to_owned())
    });
    let recipient = recipient.ok_or_else(|| refused(400, "Recipient address required"))?;
    let id = call.world.send(&call.me, &recipient, &message, call.now);
    Ok(Reply::json(200, &json!({"id": id, "threadId": id, "labelIds": ["SENT"]})))
}

fn messages(call: &Call<'_>) -> Reply {
    let messages = call.world.messages(&call.me);
    let messages: Vec<_> = messages.map(|it| json!({"id": it.id, "threadId": it.id})).collect();
    let count = messages.len();
    Reply::json(200, &json!({"messages": messages, "resultSizeEstimate": count}))
}

fn calendars(call: &Call<'_>) -> Reply {
    let owner = call.world.user(&call.me).map(|user| user.username.as_str());
    let own = json!({"kind": "calendar#calendarListEntry", "id": owner, "summary": owner, "primary": true});
    Reply::json(200, &json!({"kind": "calendar#calendarList", "items": [own]}))
}

/// Returns a refusal, as Google's APIs word it.
fn refused(code: u16, message: &str) -> Reply {
    Reply::json(code, &json!({"error": {"code": code, "message": message}}))
}
