//! Templates of paths, and the requests that they stand for.
//!
//! A segment is a text, or a parameter in braces with a text behind it: `{range}:append`. The last
//! one may take the rest of a path: `{name+}`.

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex_lite::Regex;
use serde::Deserialize;

use super::field::present;
use super::url_variable::whole;

/// A parameter of a path.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathParameter {
    /// A regular expression that the whole value matches, where not every value is one.
    #[serde(default, deserialize_with = "present")]
    pub pattern: Option<String>,
    /// The same, made ready once a value is held against it; `None` if it is none.
    #[serde(skip)]
    ready: OnceLock<Option<Regex>>,
}

impl PathParameter {
    /// Returns whether a text can be its value.
    fn takes(&self, value: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        let ready = self.ready.get_or_init(|| whole(pattern).ok());
        ready.as_ref().is_some_and(|pattern| pattern.is_match(value))
    }
}

impl PartialEq for PathParameter {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for PathParameter {}

impl fmt::Debug for PathParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PathParameter").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

/// The way in which a path is held against the fixed texts of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literals {
    /// They are the same (RFC 3986 section 6.2.2.1).
    Exact,
    /// Their case does not count: so do some servers.
    AnyCase,
}

impl Literals {
    fn are_equal(self, own: &str, given: &str) -> bool {
        own == given || self == Self::AnyCase && own.eq_ignore_ascii_case(given)
    }

    fn strip<'v>(self, value: &'v str, suffix: &str) -> Option<&'v str> {
        let at = value.len().checked_sub(suffix.len())?;
        let (value, given) = value.split_at_checked(at)?;
        self.are_equal(suffix, given).then_some(value)
    }
}

/// The parameters of a path of which something is known, by their names.
pub type PathParameters = IndexMap<String, PathParameter>;

/// A segment of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// It stands for itself.
    Literal(&'a str),
    /// It stands for a value with a text behind it.
    Parameter {
        /// The name of the value.
        name: &'a str,
        /// The text behind it.
        suffix: &'a str,
        /// Whether the value may have several segments.
        takes_rest: bool,
    },
}

/// The form of a segment without its name: two templates of the same forms cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Literal(String),
    Parameter { suffix: String, takes_rest: bool, pattern: Option<String> },
}

impl<'a> Segment<'a> {
    fn of(text: &'a str) -> Self {
        let Some((name, suffix)) = text.strip_prefix('{').and_then(|text| text.split_once('}'))
        else {
            return Self::Literal(text);
        };
        let rest = name.strip_suffix('+');
        Self::Parameter { name: rest.unwrap_or(name), suffix, takes_rest: rest.is_some() }
    }

    /// Returns how literal it is: of two templates that match, the one that is more literal where they
    /// first differ is meant.
    fn rank(self, parameters: &PathParameters) -> (u8, usize, bool) {
        match self {
            Self::Literal(_) => (3, 0, false),
            Self::Parameter { name, suffix, takes_rest } => {
                let kind = match (takes_rest, suffix) {
                    (true, _) => 0,
                    (false, "") => 1,
                    (false, _) => 2,
                };
                (kind, suffix.len(), pattern(parameters, name).is_some())
            }
        }
    }
}

/// Returns the segments of a template.
pub(super) fn segments(template: &str) -> impl Iterator<Item = Segment<'_>> {
    template.split('/').map(Segment::of)
}

/// Returns how literal the segments of a template are.
pub(super) fn rank(template: &str, parameters: &PathParameters) -> Vec<(u8, usize, bool)> {
    segments(template).map(|segment| segment.rank(parameters)).collect()
}

/// Returns the form of a template.
pub(super) fn shape(template: &str, parameters: &PathParameters) -> Vec<Shape> {
    segments(template)
        .map(|segment| match segment {
            Segment::Literal(text) => Shape::Literal(text.to_owned()),
            Segment::Parameter { name, suffix, takes_rest } => Shape::Parameter {
                suffix: suffix.to_owned(),
                takes_rest,
                pattern: pattern(parameters, name).map(str::to_owned),
            },
        })
        .collect()
}

/// Returns whether a path has the form of a template. It is compared as it stands, nothing is decoded;
/// a template has the form of itself.
pub(super) fn matches(
    template: &str,
    parameters: &PathParameters,
    path: &str,
    literals: Literals,
) -> bool {
    let mut given = path.split('/');
    for segment in segments(template) {
        let fits = match segment {
            Segment::Literal(text) => {
                given.next().is_some_and(|given| literals.are_equal(text, given))
            }
            Segment::Parameter { name, suffix, takes_rest: false } => given
                .next()
                .and_then(|segment| literals.strip(segment, suffix))
                .is_some_and(|value| is_argument(value) && is_value(parameters, name, value)),
            Segment::Parameter { name, suffix, takes_rest: true } => {
                let rest = given.by_ref().collect::<Vec<_>>().join("/");
                let value = literals.strip(&rest, suffix);
                value.is_some_and(|value| {
                    value.split('/').all(is_argument) && is_value(parameters, name, value)
                })
            }
        };
        if !fits {
            return false;
        }
    }
    given.next().is_none()
}

/// Returns the reason why a text is no template, if it is none.
pub(super) fn fault(template: &str) -> Option<&'static str> {
    const FORM: &str = "must be like `/things/{id}`: it begins with `/`, and a parameter begins a \
                        segment";
    let literal = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"{}?#%".contains(&b));
    let Some(path) = template.strip_prefix('/') else { return Some(FORM) };
    let mut names = HashSet::new();
    let last = path.split('/').count();
    for (at, segment) in (1..).zip(segments(path)) {
        match segment {
            Segment::Literal(text) if literal(text) && !matches!(text, "." | "..") => {}
            Segment::Literal(_) => return Some(FORM),
            Segment::Parameter { name, suffix, takes_rest } => {
                let is_name = !name.is_empty() && literal(name) && !name.contains('+');
                if !is_name || !literal(suffix) {
                    return Some(FORM);
                }
                if takes_rest && at != last {
                    return Some("has a parameter that takes the rest, and something behind it");
                }
                if !names.insert(name) {
                    return Some("has two parameters of one name");
                }
            }
        }
    }
    None
}

/// Returns whether a template has a parameter of this name.
pub(super) fn has_parameter(template: &str, name: &str) -> bool {
    segments(template)
        .any(|segment| matches!(segment, Segment::Parameter { name: own, .. } if own == name))
}

fn pattern<'a>(parameters: &'a PathParameters, name: &str) -> Option<&'a str> {
    parameters.get(name)?.pattern.as_deref()
}

/// Returns whether a text can be the value of a parameter. In braces it is a parameter itself.
fn is_value(parameters: &PathParameters, name: &str, value: &str) -> bool {
    let Some(parameter) = parameters.get(name) else { return true };
    let is_parameter = value.starts_with('{') && value.ends_with('}');
    is_parameter || parameter.takes(value)
}

/// Returns whether a segment of a request can be a parameter's value: a dot segment would mean
/// another path, a query or a fragment is none.
fn is_argument(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(['?', '#'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers() -> PathParameters {
        let pattern = Some("[0-9]{1,19}".to_owned());
        let parameter = PathParameter { pattern, ready: OnceLock::new() };
        [("id".to_owned(), parameter)].into_iter().collect()
    }

    #[test]
    fn a_parameter_may_have_a_suffix_or_take_the_rest() {
        for (template, path, expected) in [
            ("/v/{range}:append", "/v/A1:append", true),
            ("/v/{range}:append", "/v/A1:B2:append", true),
            ("/v/{range}:append", "/v/:append", false),
            ("/v/{range}:append", "/v/A1", false),
            ("/v/{range}:append", "/v/A1:append/x", false),
            ("/v/{range}:append", "/v/{range}:append", true),
            ("/v/{range}:append", "/v/..:append", false),
            ("/v1/{name+}", "/v1/a", true),
            ("/v1/{name+}", "/v1/a/b/c", true),
            ("/v1/{name+}", "/v1/", false),
            ("/v1/{name+}", "/v1", false),
            ("/v1/{name+}", "/v1/a//b", false),
            ("/v1/{name+}", "/v1/a/../b", false),
            ("/v1/{name+}", "/v1/a?b", false),
            ("/v1/{name+}", "/v1/{name+}", true),
            ("/v1/{name+}:predict", "/v1/a/b:predict", true),
            ("/v1/{name+}:predict", "/v1/a/b", false),
        ] {
            let found = matches(template, &PathParameters::new(), path, Literals::Exact);
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn a_value_has_the_pattern_of_its_parameter_as_a_whole() {
        let matched = |path| matches("/2/tweets/{id}", &numbers(), path, Literals::Exact);
        assert!(matched("/2/tweets/12") && matched("/2/tweets/{id}") && matched("/2/tweets/{x}"));
        assert!(!matched("/2/tweets/search") && !matched("/2/tweets/12a"));
    }

    #[test]
    fn the_case_of_fixed_texts_counts_unless_it_is_told_not_to() {
        let parameters = PathParameters::new();
        for (template, path) in [
            ("/v/{range}:append", "/V/A1:Append"),
            ("/v1/{name+}:predict", "/v1/a/b:PREDICT"),
            ("/gists/public", "/gists/PUBLIC"),
        ] {
            assert!(!matches(template, &parameters, path, Literals::Exact), "{path}");
            assert!(matches(template, &parameters, path, Literals::AnyCase), "{path}");
        }
        assert!(!matches("/v/{a}:b", &parameters, "/v/é", Literals::AnyCase));
    }

    #[test]
    fn templates_that_say_nothing_clear_are_refused() {
        for sound in ["/", "/a", "/a/{b}", "/a/{b}:c", "/{b+}", "/a/{b+}:c", "/a/"] {
            assert_eq!(fault(sound), None, "{sound}");
        }
        for unsound in [
            "", "a", "/..", "/a/.", "/{}", "/{+}", "/{a", "/a}", "/x{a}", "/{a}{b}", "/{a+}/b",
            "/{a}/{a}", "/a?b", "/a%20b", "/{a b}", "/{a++}",
        ] {
            assert!(fault(unsound).is_some(), "{unsound}");
        }
    }

    proptest! {
        /// What a template is filled with comes back to it, and to no template of other literals.
        #[test]
        fn a_filled_template_matches(
            parts in proptest::collection::vec(("[a-z]{1,3}", any::<bool>(), "(:[a-z]{1,3})?"), 1..5),
            values in proptest::collection::vec("[A-Za-z0-9:]{1,5}", 5),
        ) {
            let (mut template, mut path) = (String::new(), String::new());
            for (at, (word, is_parameter, suffix)) in parts.iter().enumerate() {
                if *is_parameter {
                    template.push_str(&format!("/{{{word}{at}}}{suffix}"));
                    path.push_str(&format!("/{}{suffix}", values[at]));
                } else {
                    template.push_str(&format!("/{word}"));
                    path.push_str(&format!("/{word}"));
                }
            }
            prop_assert_eq!(fault(&template), None);
            let matched =
                |template: &str, path: &str| matches(template, &PathParameters::new(), path, Literals::Exact);
            let (longer, other) = (format!("{path}/x"), format!("/0{template}"));
            prop_assert!(matched(&template, &path));
            prop_assert!(matched(&template, &template));
            prop_assert!(!matched(&template, &longer));
            prop_assert!(!matched(&other, &path));
        }
    }
}
