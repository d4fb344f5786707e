//! The rules for a provider file beyond its form: names that exist, URLs that are safe to send
//! secrets to, operations that can be told apart.

mod brokered;
mod environment;
mod implications;
mod kinds;
mod oauth;
mod parts;
mod paths;
mod requests;
mod scopes;
mod urls;

use std::collections::HashMap;
use std::fmt;

use super::capability::Capability;
use super::demand::Demand;
use super::locate::Place;
use super::operation::Operation;
use super::provider::Provider;
use crate::model::credential_id::Kind;
use crate::model::name::Slug;
use crate::text::nearest::suggestion;

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
    check.consent();
    check.kinds();
    check.placeholders();
    check.error_shape();
    check.oauth();
    check.parts();
    check.authorize();
    check.token();
    check.revoke();
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
    check.parameter_names(&Place::top("query"), &provider.query);
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
        let operations = || self.provider.operations().iter();
        if capability.published.is_empty()
            && capability.kinds().contains(&Kind::Oauth2)
            && !operations().any(|it| it.keys.iter().any(|k| k == key))
        {
            let what = "must name at least one scope, or else operations must list the key";
            self.report(place.field("published"), what);
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
        self.accepted_kinds(&place, key, capability);
        self.serving_parts(&place, capability);
        if let Some(note) = &capability.note {
            self.text(place.field("note"), note);
        }
    }

    fn operation(&mut self, place: &Place, operation: &Operation) {
        self.path(place, operation);
        self.parameter_names(&place.field("query"), &operation.query);
        self.repeated(place, operation);
        if let Some(body) = &operation.body {
            self.body(&place.field("body"), body);
        }
        self.text(place.field("summary"), &operation.summary);
        if operation.public == Kind::ALL.into_iter().any(|kind| operation.accepts(kind)) {
            let what = "must accept `user`, `parts`, `app_only`, `oauth1`, `static` or `service_account`, or \
                        else be `public`";
            self.report(place.clone(), what);
        }
        if let Some(demand) = &operation.user {
            self.demand(&place.field("user"), demand);
        }
        self.demanded_parts(place, operation);
        let provider = self.provider;
        for key in &operation.keys {
            if self.is_full() {
                return;
            }
            if let Some(capability) = provider.capability(key) {
                if operation.standing && !capability.standing {
                    let what = format!("has `{key}`, which is not `standing`, as the operation is");
                    self.report(place.field("keys").item(key), what);
                }
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
            let Some(capability) = self.provider.capability(key) else { continue };
            let kinds = capability.kinds();
            if !kinds.contains(&Kind::Oauth2) || !operation.accepts(Kind::Oauth2) {
                if kinds == [Kind::Oauth2] {
                    self.report(place, format!("has `{key}`, but no user token is accepted"));
                } else if !kinds.iter().any(|kind| operation.accepts(*kind)) {
                    let what = format!("has `{key}`, and accepts no kind that the key does");
                    self.report(place, what);
                }
                continue;
            }
            for part in self.provider.serving_parts(capability) {
                if let Some(needed) = operation.demand(&part) {
                    self.part_coverage(&place, (key, capability), needed);
                } else {
                    let part = part.as_str();
                    let what =
                        format!("has `{key}`, and accepts no `{part}`, which serves the key");
                    self.report(place.clone(), what);
                }
            }
        }
    }

    /// Checks that what an operation demands is covered by each alternative of one of its keys.
    fn part_coverage(
        &mut self,
        place: &Place,
        (key, capability): (&str, &Capability),
        needed: &Demand,
    ) {
        let missing = self.provider.coverage(needed.alternatives(), &capability.api()).missing;
        if !missing.is_empty() {
            let way_out = "add it to the key's `api`, or leave the key out";
            self.report(place.clone(), format!("has `{key}`, which lacks `{missing}`: {way_out}"));
            return;
        }
        for (at, scopes) in capability.others().iter().enumerate() {
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

    fn operations_differ(&mut self) {
        let provider = self.provider;
        let mut seen = HashMap::new();
        for (index, operation) in provider.operations().iter().enumerate() {
            if let Some(first) = seen.insert(operation.shape(), index) {
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
