//! Attempts to log in, and what comes back. If a test shows a rule of the security specification
//! that the project keeps, its name begins with the rule's number.

mod attempt;
mod garbage;
mod listening;
mod redirects;
mod requests;
mod strays;
mod waiting;

use std::collections::BTreeMap;
use std::path::Path;

use crate::catalog::{Catalog, Provider};
use crate::error::Result;
use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::oauth::consent::authorization::{Authorization, Wish};
use crate::oauth::consent::redirect_uri::RedirectUri;

const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";

/// A provider that keeps to the standards, in which a text of its file is replaced.
fn catalog(from: &str, to: &str) -> Catalog {
    let file = include_str!("../../../examples/providers/minimal.yaml").replace(from, to);
    let mut catalog = Catalog::builtin();
    catalog.add_file(Path::new("photos.yaml"), file.as_bytes()).unwrap();
    catalog
}

/// An attempt with the built-in provider, which takes its redirect URI literally.
fn authorization(redirect_uri: &str) -> Authorization {
    let scopes = ScopeSet::parse("tweet.read users.read");
    let redirect_uri = RedirectUri::parse(redirect_uri).unwrap();
    attempt(Catalog::builtin().provider("x").unwrap(), redirect_uri, &scopes).unwrap()
}

/// An attempt with a provider whose URLs have no variables.
fn attempt(provider: &Provider, uri: RedirectUri, scopes: &ScopeSet) -> Result<Authorization> {
    let urls = provider.urls(&BTreeMap::new())?;
    let wish = Wish { scopes: &[(Part::main(), scopes)], adds: false, account: None };
    Authorization::new(provider, &urls, "client", uri, &wish)
}

/// Returns the value that the authorization request has under a name.
fn parameter(authorization: &Authorization, name: &str) -> Option<String> {
    let (_, query) = authorization.url().split_once('?').unwrap();
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = found.next().map(|(_, value)| value.into_owned());
    assert_eq!(found.next(), None, "`{name}` stands twice in {}", authorization.url());
    value
}

fn state(authorization: &Authorization) -> String {
    parameter(authorization, "state").unwrap()
}
