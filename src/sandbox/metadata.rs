//! The metadata of an authorization server (RFC 8414 section 2), for libraries that
//! look for its endpoints there.

use serde_json::json;

use super::http::Reply;
use super::state::State;

/// Tells the endpoints.
pub(super) fn answer(state: &State, base_url: &str) -> Reply {
    let url = |path: &str| format!("{base_url}{path}");
    let paths = &state.paths;
    let mut metadata = json!({
        "issuer": base_url,
        "authorization_endpoint": url(&paths.authorize.usual),
        "token_endpoint": url(&paths.token.usual),
        "response_types_supported": ["code"],
    });
    if let Some(device) = &paths.device {
        metadata["device_authorization_endpoint"] = url(&device.usual).into();
    }
    Reply::json(200, &metadata)
}
