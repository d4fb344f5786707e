//! GitHub: scopes that others include are dropped, errors come with status 200, tokens do not end.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{AnsweredScopes, Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;
use crate::sandbox::world::User;

pub(super) const FACE: Face = Face {
    provider: "github",
    refresh_token: RefreshTokenCondition::Never,
    answered_scopes: AnsweredScopes::WithoutIncluded,
    scope_separator: ",",
    access_lives: None,
    errors_are_successes: true,
    code_error: "bad_verification_code",
    device_page: "/login/device",
    completes_device_page: false,
    schemes: &["bearer", "token"],
    tells_scopes: true,
    profile,
    perform,
    ..Face::USUAL
};

fn profile(user: &User) -> Value {
    json!({"id": user.id.parse::<u64>().unwrap_or_default(), "name": user.name, "type": "User"})
}

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    match (operation.method.name(), operation.path.as_str()) {
        ("POST", "/gists") => Some(Ok(create_gist(call))),
        ("GET", "/gists") => Some(Ok(gists(call))),
        _ => None,
    }
}

/// Makes a gist: a post, whose text is its description.
fn create_gist(call: &mut Call<'_>) -> Reply {
    let text = call.text_at("/description").to_owned();
    let id = call.world.post(&call.me, &text, None, call.now);
    let gist = json!({"id": id, "description": text, "files": call.body["files"], "public": false});
    Reply::json(201, &gist)
}

fn gists(call: &Call<'_>) -> Reply {
    let own = call.world.posts().filter(|post| post.author_id == call.me);
    let gists = own.map(|post| json!({"id": post.id, "description": post.text, "files": {}}));
    Reply::json(200, &gists.collect())
}
