//! One operation of a provider's API, and which one a request path means.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::field::{present, truth};
use super::template;
use super::template::{Literals, PathParameters, Shape};
use crate::model::credential_id::{Kind, Part};

/// An operation of a provider's API, and the credentials that it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a provider file says each on its own")]
pub struct Operation {
    /// Its HTTP method.
    pub method: Method,
    /// The service that it belongs to; none is the API at the provider's `api_url`.
    #[serde(default, deserialize_with = "present")]
    pub service: Option<String>,
    /// Its path below the service's URL; a name in braces is a parameter: `/2/users/{id}/likes`.
    pub path: String,
    /// The parameters of its path of which more is known than their names.
    #[serde(default)]
    pub parameters: PathParameters,
    /// The names of the parameters that its query may have.
    #[serde(default)]
    pub query: Vec<String>,
    /// Those of them that may stand several times, a value each.
    #[serde(default)]
    pub repeated: Vec<String>,
    /// The body of its requests, where they have one.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<RequestBody>,
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
    /// The same for the parts of a consent, where it gives several tokens: those that it accepts, in the
    /// place of `user`.
    #[serde(default)]
    pub parts: IndexMap<Part, Demand>,
    /// `true` if it accepts an app-only bearer token, which acts for no account.
    #[serde(default, deserialize_with = "truth")]
    pub app_only: bool,
    /// `true` if it accepts requests signed with an OAuth 1.0a user token.
    #[serde(default, deserialize_with = "truth")]
    pub oauth1: bool,
    /// `true` if it accepts a bot token or an API key.
    #[serde(default, rename = "static", deserialize_with = "truth")]
    pub static_token: bool,
    /// `true` if it accepts a token of a service account.
    #[serde(default, deserialize_with = "truth")]
    pub service_account: bool,
    /// `true` if it needs no credential.
    #[serde(default, deserialize_with = "truth")]
    pub public: bool,
    /// `true` if it makes authority that outlives the call: a key, a member, a webhook, a watch, a
    /// share, a policy, a job. Only a key that lists it gives it.
    #[serde(default, deserialize_with = "truth")]
    pub standing: bool,
    /// Whether it changes nothing, where its method says otherwise.
    #[serde(default, deserialize_with = "present")]
    pub reads: Option<bool>,
}

/// The body of an operation's requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestBody {
    /// Its media types; `*` stands for any type or subtype.
    pub types: Vec<String>,
    /// The names at the top of a form or an object of JSON.
    #[serde(default)]
    pub fields: Vec<String>,
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
    /// Returns whether a credential of a kind can call it.
    pub fn accepts(&self, kind: Kind) -> bool {
        match kind {
            Kind::Oauth2 => self.user.is_some() || !self.parts.is_empty(),
            Kind::Oauth1 => self.oauth1,
            Kind::AppOnly => self.app_only,
            Kind::Static => self.static_token,
            Kind::ServiceAccount => self.service_account,
        }
    }

    /// Returns whether a credential of a kind, and of a part of a consent, can call it.
    pub fn takes(&self, kind: Kind, part: &Part) -> bool {
        match kind {
            Kind::Oauth2 => self.demand(part).is_some(),
            kind => self.accepts(kind),
        }
    }

    /// Returns whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        self.reads.unwrap_or(matches!(self.method, Method::Get | Method::Head))
    }

    /// Returns the scopes that it demands of a part of a consent; `None` if it does not accept that.
    pub fn demand(&self, part: &Part) -> Option<&Demand> {
        if part.is_main() { self.user.as_ref() } else { self.parts.get(part) }
    }

    /// Returns the parts of a consent that it accepts, each with the scopes that it demands.
    pub fn demands(&self) -> impl Iterator<Item = (&Part, &Demand)> {
        self.user.iter().map(|demand| (Part::main(), demand)).chain(&self.parts)
    }

    /// Returns the same demands, to be changed.
    pub(super) fn demands_mut(&mut self) -> impl Iterator<Item = &mut Demand> {
        self.user.iter_mut().chain(self.parts.values_mut())
    }

    /// Returns the form of its requests: two operations of the same form cannot be told apart.
    pub(super) fn shape(&self) -> (Method, Option<&str>, Vec<Shape>) {
        let path = template::shape(&self.path, &self.parameters);
        (self.method, self.service.as_deref(), path)
    }
}

/// Returns the operation that a request means. `path` is the path alone, concrete or a template,
/// without a query; it is compared as it stands, nothing is decoded. If several templates match,
/// the one that is more literal where they first differ wins: `/2/users/me` before `/2/users/{id}`.
pub(super) fn route<'a>(
    operations: &'a [Operation],
    method: &str,
    path: &str,
) -> Option<&'a Operation> {
    most_literal(operations, method, |operation| {
        template::matches(&operation.path, &operation.parameters, path, Literals::Exact)
    })
}

/// Returns the same where the patterns of parameters do not count.
pub(super) fn route_by_form<'a>(
    operations: &'a [Operation],
    method: &str,
    path: &str,
) -> Option<&'a Operation> {
    most_literal(operations, method, |operation| {
        template::matches(&operation.path, &PathParameters::new(), path, Literals::Exact)
    })
}

fn most_literal<'a>(
    operations: &'a [Operation],
    method: &str,
    matches: impl Fn(&Operation) -> bool,
) -> Option<&'a Operation> {
    // Of equals the first.
    let found = operations.iter().rev().filter(|it| it.method.name() == method && matches(it));
    found.max_by_key(|operation| template::rank(&operation.path, &operation.parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(paths: &[&str]) -> Vec<Operation> {
        let operation = |path: &&str| Operation {
            method: Method::Get,
            service: None,
            path: (*path).to_owned(),
            parameters: PathParameters::new(),
            query: Vec::new(),
            repeated: Vec::new(),
            body: None,
            summary: String::new(),
            keys: Vec::new(),
            user: None,
            parts: IndexMap::new(),
            app_only: false,
            oauth1: false,
            static_token: false,
            service_account: false,
            public: true,
            standing: false,
            reads: None,
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
    fn a_suffix_is_more_literal_than_a_parameter_and_that_than_the_rest() {
        let mut all = operations(&["/v/{a}", "/v/{a}:x", "/v/{a}:y:x", "/v/{a+}", "/v/{a}/b"]);
        for _ in 0..2 {
            for (path, expected) in [
                ("/v/1", "/v/{a}"),
                ("/v/1:x", "/v/{a}:x"),
                ("/v/1:y:x", "/v/{a}:y:x"),
                ("/v/1/b", "/v/{a}/b"),
                ("/v/1/c", "/v/{a+}"),
            ] {
                let found = route(&all, "GET", path).map(|operation| operation.path.as_str());
                assert_eq!(found, Some(expected), "{path}");
            }
            all.reverse();
        }
    }

    #[test]
    fn the_method_says_what_reads_unless_the_operation_does() {
        let read = |method: &str, reads: &str| {
            let text = format!(r#"{{"method": "{method}", "path": "/", "summary": "s"{reads}}}"#);
            serde_json::from_str::<Operation>(&text).expect("it is one").only_reads()
        };
        for (method, by_method) in
            [("GET", true), ("HEAD", true), ("POST", false), ("PUT", false), ("DELETE", false)]
        {
            assert_eq!(read(method, ""), by_method, "{method}");
            assert!(read(method, r#", "reads": true"#) && !read(method, r#", "reads": false"#));
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
