//! Slack, as far as it is like others; [`slack`](crate::sandbox::slack) has the rest.

use crate::sandbox::face::{Face, RefreshTokenCondition};

pub(super) const FACE: Face = Face {
    provider: "slack",
    refresh_token: RefreshTokenCondition::Never,
    scope_separator: ",",
    access_lives: None,
    errors_are_successes: true,
    code_error: "invalid_code",
    static_token: Some("xoxb-sandbox-known-to-everybody"),
    ..Face::USUAL
};
