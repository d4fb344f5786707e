//! Requests of tests, and the run that they belong to.

use std::sync::LazyLock;

use hyper::http::request::Parts;
use hyper::http::{HeaderName, HeaderValue, Method, Request, Uri, Version};

use crate::broker::{Admission, Expected, Refusal, Way};
use crate::broker::{Authority, BrokeredCredential, Placeholder, SatisfiedRequirement};
use crate::catalog::Catalog;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::scope::ScopeSet;
use crate::model::variable_content::VariableContent;

/// The placeholders of the run.
pub(super) const X: &str = "xreq-placeholder-of-x";
pub(super) const X_APP: &str = "xreq-placeholder-of-the-app";
pub(super) const X_SIGNED: &str = "12-xreq-placeholder-that-signs";
pub(super) const X_CONSUMER: &str = "xreq-placeholder-of-the-consumer";
pub(super) const DISCORD: &str = "xreq-placeholder-of-discord";
pub(super) const GOOGLE: &str = "xreq-placeholder-of-google";

/// The name of the broker itself.
pub(super) const BROKER: &str = "127.0.0.1:4711";

/// The built-in providers.
pub(super) static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// A run that reads and writes posts, and has a few credentials more.
pub(super) static RUN: LazyLock<Authority> = LazyLock::new(|| Authority {
    credentials: vec![
        credential("x", Kind::Oauth2, X, &["x.tweet.read", "x.tweet.write"]),
        credential("x", Kind::AppOnly, X_APP, &["x.webhook.write", "x.tweet.read"]),
        credential("x", Kind::Oauth1, X_SIGNED, &["x.tweet.write"]),
        credential("discord", Kind::Static, DISCORD, &["discord.bot"]),
        credential("google", Kind::Oauth2, GOOGLE, &["google.gmail.readonly", "google.sheets"]),
    ],
});

/// Makes a credential that satisfies some keys with all the scopes that they publish.
pub(super) fn credential(
    slug: &str,
    kind: Kind,
    placeholder: &str,
    keys: &[&str],
) -> BrokeredCredential {
    let provider = CATALOG.provider(slug).expect("it is built in");
    let requirement = |key: &&str| SatisfiedRequirement {
        key: (*key).to_owned(),
        scopes: provider.capability(key).map_or_else(ScopeSet::default, |it| it.published.clone()),
    };
    let mut texts = vec![(VariableContent::AccessToken, placeholder.to_owned())];
    if kind == Kind::Oauth1 {
        texts.push((VariableContent::ConsumerKey, X_CONSUMER.to_owned()));
    }
    BrokeredCredential {
        id: CredentialId {
            provider: slug.parse().expect("a name"),
            account: "default".parse().expect("a name"),
            kind,
            part: Part::default(),
        },
        placeholder: Placeholder::of(texts),
        requirements: keys.iter().map(requirement).collect(),
        url_values: std::collections::BTreeMap::new(),
    }
}

/// A way in, with a version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Tunnel1,
    Tunnel2,
    Base1,
    Base2,
    Socket1,
    Socket2,
}

impl Form {
    pub(super) const ALL: [Self; 6] =
        [Self::Tunnel1, Self::Tunnel2, Self::Base1, Self::Base2, Self::Socket1, Self::Socket2];

    fn is_multiplexed(self) -> bool {
        matches!(self, Self::Tunnel2 | Self::Base2 | Self::Socket2)
    }

    fn is_tunnel(self) -> bool {
        matches!(self, Self::Tunnel1 | Self::Tunnel2)
    }

    fn host(self) -> &'static str {
        match self {
            Self::Tunnel1 | Self::Tunnel2 => "api.x.com",
            Self::Base1 | Self::Base2 => BROKER,
            Self::Socket1 | Self::Socket2 => "localhost",
        }
    }
}

/// Makes the head of a request for the API of X. `edits` are lines: `+Name: value` adds a header, `-Name`
/// removes all of a name; `X-PLACEHOLDER` stands for that of X. `None` if no parser takes it.
pub(super) fn head(form: Form, method: &str, target: &str, edits: &str) -> Option<Parts> {
    let below = if form.is_tunnel() { target.to_owned() } else { format!("/x{target}") };
    let uri: Uri = if form.is_multiplexed() {
        let scheme = if form.is_tunnel() { "https" } else { "http" };
        let builder = Uri::builder().scheme(scheme).authority(form.host());
        builder.path_and_query(below.as_str()).build().ok()?
    } else {
        below.parse().ok()?
    };
    let version = if form.is_multiplexed() { Version::HTTP_2 } else { Version::HTTP_11 };
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let mut request = Request::builder().method(method).uri(uri).version(version).body(()).ok()?;
    let headers = request.headers_mut();
    if !form.is_multiplexed() {
        headers.insert("host", HeaderValue::from_static(form.host()));
    }
    let bearer = format!("Bearer {X}");
    headers.insert("authorization", HeaderValue::from_str(&bearer).expect("a header"));
    for edit in edits.lines().map(str::trim_start).filter(|edit| !edit.is_empty()) {
        if let Some(name) = edit.strip_prefix('-') {
            headers.remove(name);
        } else {
            let (name, value) = edit[1..].split_once(": ").expect("a name and a value");
            let value = value.replace("X-PLACEHOLDER", X);
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
    }
    Some(request.into_parts().0)
}

/// Judges a head with an authority.
pub(super) fn admit<'a>(
    catalog: &'a Catalog,
    authority: &'a Authority,
    way: Way<'_>,
    head: &Parts,
) -> Result<Admission<'a>, Refusal> {
    crate::broker::admit(catalog, authority, &Expected::of(catalog, authority), way, head)
}

/// Judges a head of the run.
pub(super) fn judged(form: Form, head: &Parts) -> Result<Admission<'static>, Refusal> {
    let authorities = [BROKER.to_owned(), "localhost:4711".to_owned(), "[::1]:4711".to_owned()];
    let way = match form {
        Form::Tunnel1 | Form::Tunnel2 => Way::Tunnel { host: form.host(), port: 443 },
        Form::Base1 | Form::Base2 => Way::BaseUrl { authorities: &authorities },
        Form::Socket1 | Form::Socket2 => Way::BaseUrl { authorities: &[] },
    };
    admit(&CATALOG, &RUN, way, head)
}

/// Returns what becomes of a request: the operation and the URL, or the code of the refusal.
pub(super) fn outcome(form: Form, method: &str, target: &str, edits: &str) -> String {
    let Some(head) = head(form, method, target, edits) else { return "parser".to_owned() };
    match judged(form, &head) {
        Ok(admission) => format!("{} at {}", admission.operation, admission.url),
        Err(refusal) => refusal.code.name().to_owned(),
    }
}
