//! Microsoft: a tenant in each URL, refresh tokens that are replaced and stay good, sessions that only end
//! together.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{AnsweredScopes, Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;
use crate::sandbox::world::User;

/// Between an hour and an hour and a half, as Microsoft chooses by chance.
const ACCESS_LIVES: u64 = 4_500;

pub(super) const FACE: Face = Face {
    provider: "microsoft",
    refresh_token: RefreshTokenCondition::Scope,
    answered_scopes: AnsweredScopes::WithoutOffline,
    access_lives: Some(ACCESS_LIVES),
    device_page: "/common/oauth2/deviceauth",
    completes_device_page: false,
    metadata: Some("/{tenant}/v2.0/.well-known/openid-configuration"),
    beside_tokens: |_| json!({"ext_expires_in": ACCESS_LIVES}),
    profile: |user: &User| json!({"displayName": user.name}),
    perform,
    ..Face::USUAL
};

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/v1.0/me/sendMail") => Some(send(call)),
        ("GET", "/v1.0/me/messages") => Some(Ok(messages(call))),
        _ => None,
    }
}

fn send(call: &mut Call<'_>) -> Answer {
    let place = "/message/toRecipients/0/emailAddress/address";
    let recipient = call.text_at(place).to_owned();
    if recipient.is_empty() {
        let error = json!({"code": "ErrorInvalidRecipients", "message": "At least one recipient is needed."});
        return Err(Reply::json(400, &json!({"error": error})));
    }
    let text = call.text_at("/message/body/content").to_owned();
    call.world.send(&call.me, &recipient, &text, call.now);
    Ok(Reply::new(202, "text/plain", ""))
}

fn messages(call: &Call<'_>) -> Reply {
    let messages = call.world.messages(&call.me).map(|message| {
        json!({
            "id": message.id,
            "body": {"contentType": "text", "content": message.text},
            "sentDateTime": message.created_at,
        })
    });
    Reply::json(200, &json!({"value": messages.collect::<Value>()}))
}
