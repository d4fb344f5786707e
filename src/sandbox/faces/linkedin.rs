//! The face `linkedin`: tokens of sixty days, which only approved partners refresh.

use serde_json::json;

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;

pub(super) const FACE: Face = Face {
    provider: "linkedin",
    refresh_token: RefreshTokenCondition::Never,
    access_lives: Some(5_184_000),
    perform,
    ..Face::USUAL
};

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    let place = match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/rest/posts") => "/commentary",
        ("POST", "/v2/ugcPosts") => {
            "/specificContent/com.linkedin.ugc.ShareContent/shareCommentary/text"
        }
        _ => return None,
    };
    Some(post(call, place))
}

/// Writes a post, whose text is at a place of the body.
fn post(call: &mut Call<'_>, place: &str) -> Answer {
    let text = call.text_at(place).to_owned();
    if text.is_empty() {
        let message = format!("{place} is required");
        return Err(Reply::json(422, &json!({"status": 422, "message": message})));
    }
    let id = format!("urn:li:share:{}", call.world.post(&call.me, &text, None, call.now));
    Ok(Reply::json(201, &json!({"id": id})).with_header("x-restli-id", id))
}
