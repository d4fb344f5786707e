//! The faces of a sandbox: the providers that it can look like, and where each departs from X.
//!
//! Most of a face is the provider's file: its paths, scopes, lifetimes and quirks. Here stands what a
//! client of it stumbles over, and no provider file says.

use std::path::PathBuf;

use crate::catalog::Provider;
use crate::error::Remedy;

/// A provider that a sandbox can look like.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Face {
    /// The provider.
    pub provider: &'static str,
    /// The condition on which a consent gives a refresh token.
    pub(super) refresh_token: RefreshTokenCondition,
    /// Whether a code challenge is demanded.
    pub(super) demands_challenge: bool,
    /// Whether answers leave out scopes that others include.
    pub(super) drops_included_scopes: bool,
    /// The text between the scopes of an answer.
    pub(super) scope_separator: &'static str,
    /// Whether access tokens end, and answers say when.
    pub tokens_expire: bool,
    /// Whether errors of the token endpoint come with status 200.
    pub(super) errors_are_successes: bool,
    /// The error of a code that is none.
    pub(super) code_error: &'static str,
    /// The beginning of the API's paths.
    pub(super) api: &'static str,
}

/// The condition on which a consent gives a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshTokenCondition {
    /// The provider's scope for it was granted.
    Scope,
    /// `access_type=offline` was asked for; a second time, `prompt=consent` beside it.
    Offline,
    /// None gives one.
    Never,
}

/// All faces, the usual one first.
pub const FACES: [Face; 4] = [
    Face {
        provider: "x",
        refresh_token: RefreshTokenCondition::Scope,
        demands_challenge: true,
        drops_included_scopes: false,
        scope_separator: " ",
        tokens_expire: true,
        errors_are_successes: false,
        code_error: "invalid_request",
        api: "/2/",
    },
    Face {
        provider: "github",
        refresh_token: RefreshTokenCondition::Never,
        demands_challenge: false,
        drops_included_scopes: true,
        scope_separator: ",",
        tokens_expire: false,
        errors_are_successes: true,
        code_error: "bad_verification_code",
        api: "/",
    },
    Face {
        provider: "google",
        refresh_token: RefreshTokenCondition::Offline,
        demands_challenge: false,
        drops_included_scopes: false,
        scope_separator: " ",
        tokens_expire: true,
        errors_are_successes: false,
        code_error: "invalid_grant",
        api: "/",
    },
    // What it does is in `slack`.
    Face {
        provider: "slack",
        refresh_token: RefreshTokenCondition::Never,
        demands_challenge: false,
        drops_included_scopes: false,
        scope_separator: ",",
        tokens_expire: false,
        errors_are_successes: true,
        code_error: "invalid_code",
        api: "/",
    },
];

impl Face {
    /// Returns what starts a sandbox with this face, which makes the home if one is named.
    pub fn start(&self, home: Option<PathBuf>) -> Remedy {
        let provider = (*self != FACES[0]).then(|| self.provider.to_owned());
        Remedy::StartSandbox { provider, home }
    }

    /// Returns the face of a provider.
    pub fn of(provider: &str) -> Option<&'static Self> {
        FACES.iter().find(|face| face.provider == provider)
    }
}

/// The paths of a provider's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paths {
    pub(super) authorize: String,
    pub(super) token: String,
    pub(super) revoke: Option<String>,
    pub(super) me: String,
    pub(super) api: &'static str,
}

impl Paths {
    /// Returns those of a provider's file, with this client's id in them.
    pub(super) fn of(face: &Face, provider: &Provider, client_id: &str) -> Self {
        let path = |url: &str| {
            let (_, rest) = url.split_once("://").unwrap_or_default();
            let path = rest.find('/').map_or("/", |at| &rest[at..]);
            path.replace("{client_id}", client_id)
        };
        let endpoints = &provider.endpoints;
        Self {
            authorize: endpoints.authorize_url.as_deref().map(path).unwrap_or_default(),
            token: endpoints.token_url.as_deref().map(path).unwrap_or_default(),
            revoke: provider.revocation().map(|revocation| path(&revocation.url)),
            me: provider.account.as_ref().map(|account| account.path.clone()).unwrap_or_default(),
            api: face.api,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn a_face_has_the_paths_of_its_providers_file() {
        let catalog = Catalog::builtin();
        let paths = |slug: &str| {
            let face = Face::of(slug).expect(slug);
            Paths::of(face, catalog.provider(slug).expect(slug), "id")
        };
        let x = paths("x");
        assert_eq!((x.authorize.as_str(), x.me.as_str()), ("/i/oauth2/authorize", "/2/users/me"));
        assert_eq!(x.revoke.as_deref(), Some("/2/oauth2/revoke"));
        assert_eq!(paths("github").revoke.as_deref(), Some("/applications/id/token"));
        assert_eq!(paths("google").token, "/token");
        for face in &FACES {
            assert!(catalog.provider(face.provider).is_some(), "{}", face.provider);
        }
    }
}
