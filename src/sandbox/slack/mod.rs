//! Slack's face, which the other ones have little in common with: a consent gives two tokens, every error
//! has status 200, and the API has methods, all of which are called by `GET` or `POST` as one likes.
//!
//! Tokens do not end and cannot be refreshed, unless the sandbox is told how long they live: then they
//! rotate, as those of an app do that switched it on.

mod consent;
mod identity;
mod methods;
mod page;
mod refusal;
mod request;
mod tokens;
mod workspace;

use serde_json::json;

use self::refusal::Refusal;
use super::grants::Moment;
use super::http::{Reply, Request};
use super::log::LogEntry;
use super::state::State;
pub(super) use workspace::Workspace;

/// The provider whose face it is.
pub(super) const PROVIDER: &str = "slack";

/// Answers a request to any endpoint.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    if state.paths.authorize.is(&request.path) {
        return consent::answer(state, request, logged, now);
    }
    let path = request.path.strip_prefix("/api").unwrap_or(&request.path);
    let answered = match path {
        "/oauth.v2.access" => tokens::access(state, request, logged, now),
        path => methods::answer(state, path, request, logged, now),
    };
    let body = answered.unwrap_or_else(|Refusal { error, more }| {
        let mut body = json!({"ok": false, "error": error});
        for (name, value) in more {
            body[name] = value;
        }
        body
    });
    Reply::json(200, &body).with_header("cache-control", "no-store")
}
