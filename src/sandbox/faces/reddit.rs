//! Reddit: refresh tokens for those who ask for a lasting grant, and nothing for programs without a name.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;
use crate::sandbox::world::Post;

pub(super) const FACE: Face = Face {
    provider: "reddit",
    refresh_token: RefreshTokenCondition::Permanent,
    without_header: |_| Reply::problem(429),
    perform,
    ..Face::USUAL
};

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/api/submit") => Some(Ok(submit(call))),
        ("GET", "/new") => Some(Ok(newest(call))),
        _ => None,
    }
}

/// Writes a post, which is a form: its title is the text. What is wrong with it is told with status 200.
fn submit(call: &mut Call<'_>) -> Reply {
    let Some(title) = call.form.get("title") else {
        let errors = json!([["NO_TEXT", "we need something here", "title"]]);
        return Reply::json(200, &json!({"json": {"errors": errors}}));
    };
    let id = call.world.post(&call.me, title, None, call.now);
    let data = json!({"id": id, "name": format!("t3_{id}")});
    Reply::json(200, &json!({"json": {"errors": [], "data": data}}))
}

fn newest(call: &Call<'_>) -> Reply {
    let told = |post: &Post| json!({"kind": "t3", "data": {"id": post.id, "title": post.text, "author": post.author}});
    let children: Value = call.world.posts().map(told).collect();
    Reply::json(200, &json!({"kind": "Listing", "data": {"children": children}}))
}
