//! The rules for a provider file beyond its form: names that exist, URLs that are safe to send
//! secrets to, operations that can be told apart.

use std::collections::HashMap;
use std::fmt;

use regex_lite::Regex;

use super::locate::Place;
use super::operation::{Operation, is_parameter};
use super::provider::{Capability, Provider};
use super::url::{issuer_fault, url_fault};
use crate::model::name::Slug;
use crate::model::variable;
use crate::model::variable::Steering;
use crate::text::nearest::suggestion;

mod implications;
mod scopes;

/// The maximum number of problems that are reported at a time: more than anybody reads, few enough
/// to locate quickly.
const MAX_PROBLEMS: usize = 20;

/// One thing that is wrong with a provider, and where.
pub(super) struct Problem {
    pub place: Place,
    what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.place, self.what)
    }
}

/// Returns the problems of a provider: all of them, up to a limit.
pub(super) fn problems(provider: &Provider) -> Vec<Problem> {
    let mut check = Check { provider, problems: Vec::new() };
    check.names();
    check.urls();
    check.environment();
    check.oauth();
    check.scopes();
    check.implications();
    for (key, capability) in &provider.capabilities {
        check.capability(key, capability);
    }
    let operations =
        || (0..).map(|at| Place::top("operations").index(at)).zip(provider.operations());
    for (place, operation) in operations() {
        check.operation(&place, operation);
    }
    check.operations_differ();
    if check.problems.is_empty() {
        // Only now: a mistyped scope would be reported once more for every operation.
        for (place, operation) in operations() {
            check.coverage(&place, operation);
        }
    }
    check.problems
}

struct Check<'p> {
    provider: &'p Provider,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, place: Place, what: impl Into<String>) {
        if !self.is_full() {
            self.problems.push(Problem { place, what: what.into() });
        }
    }

    fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Checks a text, which is printed as it is: one line, and nothing that a terminal would obey.
    fn text(&mut self, place: Place, text: &str) {
        if text.trim().is_empty() || text.contains(char::is_control) {
            self.report(place, "must be one line of text");
        }
    }

    fn names(&mut self) {
        let provider = self.provider;
        if provider.slug.as_str().parse::<Slug>().is_err() {
            self.report(Place::top("provider"), "must be lower case letters, digits, `-` and `_`");
        }
        self.text(Place::top("title"), &provider.title);
        if let Some(specification) = &provider.specification {
            let place = Place::top("specification");
            self.text(place.field("title"), &specification.title);
            self.text(place.field("version"), &specification.version);
            let read = &specification.read;
            if read.len() != "2026-10-01".len() || read.parse::<jiff::civil::Date>().is_err() {
                self.report(place.field("read"), "must be a day such as `2026-10-01`");
            }
        }
    }

    fn urls(&mut self) {
        let Provider { endpoints, website, specification, .. } = self.provider;
        let place = Place::top("endpoints");
        let urls = [
            (place.field("authorize_url"), Some(&endpoints.authorize_url)),
            (place.field("token_url"), Some(&endpoints.token_url)),
            (place.field("revoke_url"), endpoints.revoke_url.as_ref()),
            (place.field("api_url"), Some(&endpoints.api_url)),
            (Place::top("redirect_uri"), Some(&self.provider.redirect_uri)),
            (Place::top("website"), website.as_ref()),
            (Place::top("specification").field("url"), specification.as_ref().map(|s| &s.url)),
        ];
        for (place, url) in urls {
            if let Some(fault) = url.and_then(|url| url_fault(url)) {
                self.report(place, fault);
            }
        }
        let issuer = endpoints.issuer.as_deref();
        if let Some(fault) = issuer.and_then(issuer_fault) {
            self.report(place.field("issuer"), fault);
        }
        if issuer.is_none() && self.provider.authorization_response_iss_parameter_supported {
            self.report(
                Place::top("authorization_response_iss_parameter_supported"),
                "needs `endpoints.issuer` to compare with",
            );
        }
        for host in &self.provider.api_hosts {
            let is_host = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte)
            };
            if host.is_empty() || !host.bytes().all(is_host) {
                let what = format!("has `{host}`, which is no host name in lower case");
                self.report(Place::top("api_hosts").item(host), what);
            }
        }
    }

    fn environment(&mut self) {
        let provider = self.provider;
        let prefix = &provider.env_prefix;
        let before = self.problems.len();
        if !is_variable(prefix) || prefix.ends_with('_') {
            self.report(
                Place::top("env_prefix"),
                "must be like `ACME`: upper case letters, digits, `_` between them",
            );
        } else if is_reserved(prefix) {
            self.report(
                Place::top("env_prefix"),
                "must not be `XREQ`: these variables are xreq's own",
            );
        } else if let Some((name, steering)) = steered(&provider.token_variables()) {
            let what = format!("gives `{name}`, which decides {}", steering.decides);
            self.report(Place::top("env_prefix"), what);
        }
        let has_prefix = self.problems.len() == before;
        for (index, removed) in provider.remove_env.iter().enumerate() {
            let place = Place::top("remove_env").index(index);
            if !is_variable(&removed.name) || is_reserved(&removed.name) {
                self.report(place.field("name"), "is no name of a variable that can be removed");
            } else if provider.token_variables().contains(&removed.name) {
                self.report(
                    place.field("name"),
                    format!("is `{}`, which the agent is to get", removed.name),
                );
            } else if let Some(steering) = variable::steering(&removed.name) {
                let what = format!("is `{}`, which decides {}", removed.name, steering.decides);
                self.report(place.field("name"), what);
            } else if has_prefix && !removed.name.starts_with(&format!("{prefix}_")) {
                let what = format!(
                    "is `{}`, which is not the provider's: it must begin with `{prefix}_`",
                    removed.name
                );
                self.report(place.field("name"), what);
            }
            self.text(place.field("reason"), &removed.reason);
        }
    }

    fn oauth(&mut self) {
        let provider = self.provider;
        let clients = &provider.client_authentication;
        if clients.confidential.is_none() && clients.public.is_none() {
            self.report(
                Place::top("client_authentication"),
                "must allow `confidential` or `public` clients",
            );
        }
        if let Some(scope) = &provider.offline_scope {
            self.scope_exists(Place::top("offline_scope"), scope);
        }
        if let Some(account) = &provider.account {
            let place = Place::top("account");
            for (field, pointer) in [("id", &account.id), ("handle", &account.handle)] {
                if !pointer.starts_with('/') {
                    self.report(place.field(field), "must be a JSON pointer such as `/data/id`");
                }
            }
            let operations = provider.operations();
            if !account.path.starts_with('/') {
                self.report(place.field("path"), "must begin with `/`");
            } else if !operations.is_empty() && provider.operation("GET", &account.path).is_none() {
                self.report(
                    place.field("path"),
                    format!("has `{}`, which no `GET` operation has", account.path),
                );
            }
        }
        let lifetimes = &provider.lifetimes;
        for (field, seconds) in [
            ("access_token", lifetimes.access_token),
            ("refresh_token", lifetimes.refresh_token),
            ("authorization_code", lifetimes.authorization_code),
        ] {
            if seconds == Some(0) {
                self.report(Place::top("lifetimes").field(field), "must not be 0");
            }
        }
        if lifetimes
            .access_token
            .is_some_and(|seconds| seconds > 0 && lifetimes.refresh_margin >= seconds)
        {
            self.report(
                Place::top("lifetimes").field("refresh_margin"),
                "must be less than `access_token`",
            );
        }
        for (index, shape) in provider.token_shapes.iter().enumerate() {
            let place = Place::top("token_shapes").index(index);
            if let Err(error) = Regex::new(&shape.pattern) {
                self.report(place.field("pattern"), format!("is no regular expression: {error}"));
            }
            if let Some(message) = &shape.message {
                self.text(place.field("message"), message);
            }
        }
    }

    fn capability(&mut self, key: &str, capability: &Capability) {
        let place = Place::top("capabilities").field(key);
        let slug = &self.provider.slug;
        let rest = key.strip_prefix(slug.as_str()).and_then(|rest| rest.strip_prefix('.'));
        if slug.as_str().parse::<Slug>().is_ok()
            && !rest.is_some_and(|rest| rest.split('.').all(is_word))
        {
            let what = format!("must be `{slug}.` and lower case words with dots between them");
            self.report(Place::top("capabilities").name(key), what);
        }
        self.text(place.field("title"), &capability.title);
        self.text(place.field("allows"), &capability.allows);
        if capability.published.is_empty() {
            self.report(place.field("published"), "must name at least one scope");
        }
        self.scopes_exist(&place.field("published"), &capability.published);
        if let Some(api) = capability.stated_api() {
            if api.is_empty() {
                self.report(place.field("api"), "must name at least one scope, or be left out");
            }
            self.scopes_exist(&place.field("api"), api);
        }
        for (at, scopes) in capability.others().iter().enumerate() {
            self.alternative(&place.field("any_of").index(at), scopes);
        }
        if let Some(note) = &capability.note {
            self.text(place.field("note"), note);
        }
    }

    fn operation(&mut self, place: &Place, operation: &Operation) {
        if !is_template(&operation.path) {
            self.report(place.field("path"), "must be like `/things/{id}`: it begins with `/`, and a parameter is a whole segment");
        }
        self.text(place.field("summary"), &operation.summary);
        let user = operation.user.as_ref();
        let credentials = user.is_some() || operation.app_only || operation.oauth1;
        if operation.public == credentials {
            self.report(
                place.clone(),
                "must accept `user`, `app_only` or `oauth1`, or else be `public`",
            );
        }
        if let Some(demand) = user {
            self.demand(&place.field("user"), demand);
        }
        let provider = self.provider;
        for key in &operation.keys {
            if provider.capability(key).is_some() || self.is_full() {
                continue;
            }
            let keys = provider.capabilities.keys().map(String::as_str);
            let what =
                format!("has `{key}`, which is not under `capabilities`{}", suggestion(key, keys));
            self.report(place.field("keys").item(key), what);
        }
    }

    /// Checks that an operation is allowed to each of its keys.
    fn coverage(&mut self, place: &Place, operation: &Operation) {
        for key in &operation.keys {
            let place = place.field("keys").item(key);
            let api = self.provider.capability(key).map(Capability::api).unwrap_or_default();
            let Some(needed) = &operation.user else {
                self.report(place, format!("has `{key}`, but no user token is accepted"));
                continue;
            };
            let missing = self.provider.coverage(needed.alternatives(), &api).missing;
            if !missing.is_empty() {
                let way_out = "add it to the key's `api`, or leave the key out";
                self.report(place, format!("has `{key}`, which lacks `{missing}`: {way_out}"));
                continue;
            }
            let others = self.provider.capability(key).map_or(&[][..], Capability::others);
            for (at, scopes) in others.iter().enumerate() {
                let missing = self.provider.coverage(needed.alternatives(), scopes).missing;
                if !missing.is_empty() {
                    let what = format!(
                        "has `{key}`, whose `any_of[{at}]` lacks `{missing}`: add it there, or leave \
                         the key out"
                    );
                    self.report(place.clone(), what);
                }
            }
        }
    }

    fn operations_differ(&mut self) {
        let provider = self.provider;
        let mut seen = HashMap::new();
        for (index, operation) in provider.operations().iter().enumerate() {
            let shape = (operation.method, operation.shape());
            if let Some(first) = seen.insert(shape, index) {
                let what = format!("matches the same requests as `operations[{first}]`");
                self.report(Place::top("operations").index(index), what);
            }
        }
    }
}

/// Returns whether a text can stand between the dots of a key.
fn is_word(text: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    text.bytes().all(inside) && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_variable(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(inside) && text.starts_with(|first: char| first.is_ascii_uppercase())
}

/// Returns the first of some variables that steers programs.
fn steered(names: &[String]) -> Option<(&str, &'static Steering)> {
    names.iter().find_map(|name| Some((name.as_str(), variable::steering(name)?)))
}

/// Returns whether a variable, or all that begin with a prefix, are xreq's own.
fn is_reserved(name: &str) -> bool {
    name == "XREQ" || variable::is_own(name)
}

fn is_template(path: &str) -> bool {
    let segment = |text: &str| {
        let literal =
            |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"{}?#%".contains(&b));
        if is_parameter(text) {
            text.len() > 2 && literal(&text[1..text.len() - 1])
        } else {
            literal(text) && !matches!(text, "." | "..")
        }
    };
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment))
}
