//! Refusals of the API, as X words them, and the header that tells a level.

use serde_json::json;

use super::http::Reply;

/// The place of the types of problems.
pub(super) const PROBLEMS: &str = "https://api.x.com/2/problems/";

/// The header that tells the level of a token of OAuth 1.0a.
pub(super) const ACCESS_LEVEL: &str = "x-access-level";

/// Returns an error of the older API.
pub(super) fn error(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, &json!({"errors": [{"code": code, "message": message}]}))
}

/// Returns the refusal of a request whose time is not now.
pub(super) fn other_clock() -> Reply {
    error(401, 135, "Timestamp out of bounds.")
}

/// Returns the refusal of a token of OAuth 1.0a whose level is too low.
pub(super) fn level_too_low() -> Reply {
    let detail = "Your client app is not configured with the appropriate oauth1 app permissions for \
                  this endpoint.";
    let problem = json!({
        "title": "Forbidden",
        "detail": detail,
        "type": format!("{PROBLEMS}oauth1-permissions"),
        "status": 403,
    });
    Reply::json(403, &problem)
}
