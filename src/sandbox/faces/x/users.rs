//! Looking up users.

use serde_json::json;

use super::arguments::{is_id, not_found};
use super::fields::Fields;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::http::Reply;

pub(super) fn me(call: &Call<'_>) -> Reply {
    one(call, &call.me, "id")
}

pub(super) fn by_id(call: &Call<'_>) -> Answer {
    is_id("id", call.argument(0))?;
    Ok(one(call, call.argument(0), "id"))
}

pub(super) fn by_username(call: &Call<'_>) -> Reply {
    let username = call.argument(0);
    match call.world.user_named(username) {
        Some(user) => one(call, &user.id, "id"),
        None => Reply::json(200, &json!({"errors": [not_found("user", "username", username)]})),
    }
}

fn one(call: &Call<'_>, id: &str, parameter: &str) -> Reply {
    let fields = Fields::of(&call.query);
    let body = match call.world.user(id) {
        Some(user) => json!({"data": fields.user(user, call.world)}),
        None => json!({"errors": [not_found("user", parameter, id)]}),
    };
    Reply::json(200, &body)
}
