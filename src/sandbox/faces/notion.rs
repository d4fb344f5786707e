//! Notion: JSON at the token endpoint, a version in each request, pages in the place of scopes.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::Face;
use crate::sandbox::http::Reply;
use crate::sandbox::world::{BOT, Post, User};

pub(super) const FACE: Face = Face {
    provider: "notion",
    access_lives: None,
    static_token: Some("sandbox-internal-integration-known-to-everybody"),
    without_header,
    beside_tokens,
    profile,
    perform,
    ..Face::USUAL
};

fn without_header(missing: &str) -> Reply {
    refused(400, "missing_version", &format!("{missing} header should be defined."))
}

fn beside_tokens(user: &User) -> Value {
    json!({
        "bot_id": user.id,
        "workspace_id": "sandbox",
        "workspace_name": "Sandbox",
        "workspace_icon": null,
        "duplicated_template_id": null,
        "owner": owner(user),
    })
}

/// Whoever calls is a bot: of a person, or of the workspace.
fn profile(user: &User) -> Value {
    let bot = json!({"owner": owner(user), "workspace_name": "Sandbox"});
    json!({"object": "user", "type": "bot", "bot": bot})
}

fn owner(user: &User) -> Value {
    if user.username == BOT {
        return json!({"type": "workspace", "workspace": true});
    }
    let person = json!({"object": "user", "id": user.id, "type": "person", "name": user.name});
    json!({"type": "user", "user": person})
}

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/v1/pages") => Some(create_page(call)),
        ("GET", "/v1/pages/{page_id}") => Some(page(call)),
        _ => None,
    }
}

/// Makes a page, which is a post: its title is the text.
fn create_page(call: &mut Call<'_>) -> Answer {
    let title = call.text_at("/properties/title/title/0/text/content").to_owned();
    if title.is_empty() || !call.body["parent"].is_object() {
        return Err(refused(400, "validation_error", "body.parent and a title should be defined."));
    }
    let id = call.world.post(&call.me, &title, None, call.now);
    let made = call.world.find_post(&id).map(told);
    Ok(Reply::json(200, &made.unwrap_or_default()))
}

fn page(call: &Call<'_>) -> Answer {
    match call.world.find_post(call.argument(0)) {
        Some(post) => Ok(Reply::json(200, &told(post))),
        None => Err(refused(404, "object_not_found", "Could not find page.")),
    }
}

fn told(page: &Post) -> Value {
    let text = json!({"type": "text", "text": {"content": page.text}, "plain_text": page.text});
    json!({
        "object": "page",
        "id": page.id,
        "created_time": page.created_at,
        "properties": {"title": {"id": "title", "type": "title", "title": [text]}},
    })
}

/// Returns a refusal, as Notion words it.
fn refused(status: u16, code: &str, message: &str) -> Reply {
    let error = json!({"object": "error", "status": status, "code": code, "message": message});
    Reply::json(status, &error)
}
