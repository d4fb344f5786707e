//! One operation of a provider's API, and which one a request path means.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::field::{present, truth};

/// An operation of a provider's API, and the credentials that it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a provider file says each on its own")]
pub struct Operation {
    /// Its HTTP method.
    pub method: Method,
    /// Its path below the provider's `api_url`; a segment in braces is a parameter:
    /// `/2/users/{id}/likes`.
    pub path: String,
    /// A summary in a few words.
    pub summary: String,
    /// The capabilities that it is meant for. Empty where no single key is: see
    /// [`Provider::keys_for`](super::Provider::keys_for).
    #[serde(default)]
    pub keys: Vec<String>,
    /// The scopes that it demands of an OAuth 2.0 user token: all of a set. The empty set: any user
    /// token will do. `None`: it accepts no user token at all.
    #[serde(default, deserialize_with = "present")]
    pub user: Option<Demand>,
    /// `true` if it accepts an app-only bearer token, which acts for no account.
    #[serde(default, deserialize_with = "truth")]
    pub app_only: bool,
    /// `true` if it accepts requests signed with an OAuth 1.0a user token.
    #[serde(default, deserialize_with = "truth")]
    pub oauth1: bool,
    /// `true` if it needs no credential.
    #[serde(default, deserialize_with = "truth")]
    pub public: bool,
    /// `true` if it makes authority that outlives the call: a key, a member, a webhook, a watch, a
    /// share, a policy, a job. Only a key that lists it gives it.
    #[serde(default, deserialize_with = "truth")]
    pub standing: bool,
}

/// The method of an HTTP request (RFC 9110 section 9: names are case-sensitive).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers alone.
    Head,
    /// Creates or does.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Returns the name on the wire, in upper case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Operation {
    /// Writes its name: `POST /2/tweets`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.path)
    }
}

impl Operation {
    /// Returns whether a path has the form of this operation's template.
    fn matches(&self, path: &str) -> bool {
        let mut given = path.split('/');
        let fits = self.path.split('/').all(|expected| {
            given.next().is_some_and(|segment| {
                if is_parameter(expected) { is_argument(segment) } else { segment == expected }
            })
        });
        fits && given.next().is_none()
    }

    /// Returns the template with every parameter's name taken out: two operations with the same
    /// method and the same shape cannot be told apart.
    pub(super) fn shape(&self) -> Vec<Option<&str>> {
        self.path.split('/').map(|part| (!is_parameter(part)).then_some(part)).collect()
    }
}

/// Returns the operation that a request means. `path` is the path alone, concrete or a template,
/// without a query; it is compared as it stands, nothing is decoded. If several templates match,
/// the one that is literal where the others first have a parameter wins: `/2/users/me` before
/// `/2/users/{id}`.
pub(super) fn route<'a>(
    operations: &'a [Operation],
    method: &str,
    path: &str,
) -> Option<&'a Operation> {
    operations
        .iter()
        .filter(|operation| operation.method.name() == method && operation.matches(path))
        .max_by_key(|operation| {
            operation.path.split('/').map(|part| !is_parameter(part)).collect::<Vec<_>>()
        })
}

/// Returns whether a segment of a template stands for any value.
pub(super) fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// Returns whether a segment of a request can be a parameter's value: a dot segment would mean
/// another path, a query or a fragment is none.
fn is_argument(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(['?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(paths: &[&str]) -> Vec<Operation> {
        let operation = |path: &&str| Operation {
            method: Method::Get,
            path: (*path).to_owned(),
            summary: String::new(),
            keys: Vec::new(),
            user: None,
            app_only: false,
            oauth1: false,
            public: true,
            standing: false,
        };
        paths.iter().map(operation).collect()
    }

    #[test]
    fn the_most_literal_template_wins_in_any_order() {
        let mut all =
            operations(&["/a/{x}/c", "/a/b/{y}", "/{z}/b/c", "/a/{x}", "/a/b", "/a/{x}/{y}"]);
        for _ in 0..2 {
            for (path, expected) in [
                ("/a/b/c", Some("/a/b/{y}")),
                ("/a/1/c", Some("/a/{x}/c")),
                ("/a/1/2", Some("/a/{x}/{y}")),
                ("/1/b/c", Some("/{z}/b/c")),
                ("/a/b", Some("/a/b")),
                ("/a/b1", Some("/a/{x}")),
                ("/a/{other}", Some("/a/{x}")),
                ("/a", None),
                ("/a/", None),
                ("/a//c", None),
                ("/a/..", None),
                ("/a/./c", None),
                ("/a/1?b=c", None),
                ("/a/1/2/3", None),
                ("a/b", None),
                ("", None),
            ] {
                let found = route(&all, "GET", path).map(|operation| operation.path.as_str());
                assert_eq!(found, expected, "{path}");
            }
            assert_eq!(route(&all, "POST", "/a/b"), None);
            assert_eq!(route(&all, "get", "/a/b"), None);
            all.reverse();
        }
    }

    #[test]
    fn an_empty_scope_list_is_not_the_same_as_none() {
        let read = |user| {
            let text = format!(r#"{{"method": "GET", "path": "/", "summary": "s"{user}}}"#);
            serde_json::from_str::<Operation>(&text).map(|operation| operation.user)
        };
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read(r#", "user": []"#).unwrap(), Some(Demand::default()));
        assert!(read(r#", "user": null"#).is_err());
    }
}
