//! The paths of a face's endpoints.

use super::device;
use super::face::Face;
use crate::catalog::Provider;

/// A path, in which a place may be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EndpointPath {
    /// The path in the URLs that the sandbox tells, where every place has its usual value.
    pub(super) usual: String,
    template: String,
}

/// The paths of a face's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paths {
    pub(super) authorize: EndpointPath,
    pub(super) token: EndpointPath,
    pub(super) revoke: Option<EndpointPath>,
    /// The endpoint that gives codes for other devices.
    pub(super) device: Option<EndpointPath>,
    /// The page where they are typed.
    pub(super) device_page: &'static str,
    pub(super) metadata: Option<EndpointPath>,
    /// The path of the API's URL, below which its operations are.
    pub(super) root: String,
    /// The path that tells whose a token is.
    pub(super) me: String,
    /// The beginning of all others.
    pub(super) api: String,
}

impl EndpointPath {
    fn of(url: &str, provider: &Provider, client_id: &str) -> Self {
        let template = path_of(url).to_owned();
        let mut usual = template.replace("{client_id}", client_id);
        for (name, variable) in &provider.url_variables {
            let value = variable.default.as_deref().unwrap_or("sandbox");
            usual = usual.replace(&format!("{{{name}}}"), value);
        }
        Self { usual, template }
    }

    /// Returns whether a path is this one.
    pub(super) fn is(&self, path: &str) -> bool {
        let (mut places, mut given) = (self.template.split('/'), path.split('/'));
        loop {
            match (places.next(), given.next()) {
                (None, None) => return true,
                (Some(place), Some(given)) => {
                    let is_open = place.starts_with('{') && !given.is_empty();
                    if !is_open && place != given {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }
}

impl Paths {
    /// Returns those of a provider's file, with this client's id in them.
    pub(super) fn of(face: &Face, provider: &Provider, client_id: &str) -> Self {
        let path = |url: &str| EndpointPath::of(url, provider, client_id);
        let endpoints = &provider.endpoints;
        let stated = |url: &Option<String>| path(url.as_deref().unwrap_or_default());
        let codes = endpoints.device_authorization_url.as_deref();
        let is_usual = face.device_page == device::PAGE;
        let root = path_of(&endpoints.api_url).trim_end_matches('/').to_owned();
        let me = provider.account.as_ref().map(|account| account.path.as_str());
        Self {
            authorize: stated(&endpoints.authorize_url),
            token: stated(&endpoints.token_url),
            revoke: provider.revocation().map(|revocation| path(&revocation.url)),
            device: codes.or(is_usual.then_some(device::REQUEST)).map(path),
            device_page: face.device_page,
            metadata: face.metadata.map(path),
            me: format!("{root}{}", me.unwrap_or_default()),
            api: format!("{root}{}", face.api),
            root,
        }
    }
}

/// Returns the path of a URL, or of what is one already.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn paths(slug: &str) -> Paths {
        let catalog = Catalog::builtin();
        let face = Face::of(slug).expect(slug);
        Paths::of(face, catalog.provider(slug).expect(slug), "id")
    }

    #[test]
    fn a_face_has_the_paths_of_its_providers_file() {
        let x = paths("x");
        assert_eq!(
            (x.authorize.usual.as_str(), x.me.as_str()),
            ("/i/oauth2/authorize", "/2/users/me")
        );
        let usual = |path: Option<EndpointPath>| path.map(|path| path.usual);
        assert_eq!(usual(x.revoke).as_deref(), Some("/2/oauth2/revoke"));
        assert_eq!(usual(x.device).as_deref(), Some("/i/oauth2/device/code"));
        let github = paths("github");
        assert_eq!(usual(github.revoke).as_deref(), Some("/applications/id/token"));
        assert_eq!(usual(github.device).as_deref(), Some("/login/device/code"));
        assert_eq!(paths("google").token.usual, "/token");
        let discord = paths("discord");
        assert_eq!(
            (discord.root.as_str(), discord.me.as_str()),
            ("/api/v10", "/api/v10/users/@me")
        );
    }

    #[test]
    fn a_tenant_is_any_segment() {
        let token = paths("microsoft").token;
        assert_eq!(token.usual, "/common/oauth2/v2.0/token");
        assert!(token.is("/contoso.example/oauth2/v2.0/token"));
        for other in [
            "//oauth2/v2.0/token",
            "/oauth2/v2.0/token",
            "/a/b/oauth2/v2.0/token",
            "/a/oauth2/v2.0/token/",
        ] {
            assert!(!token.is(other), "{other}");
        }
    }
}
