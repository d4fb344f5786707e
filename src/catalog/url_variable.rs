//! Variables of a provider's URLs: places of a template in which a value of the client stands.
//!
//! Codes, tokens and secrets go to these URLs, so that a value must not choose the server. In a host
//! a variable is the first label, before at least two that are fixed; in a path it is a whole segment.
//! A value has the variable's pattern, and never a character that ends a host or a segment. The
//! finished URL is checked once more.

use regex_lite::Regex;
use serde::Deserialize;

use super::field::present;
use super::url::url_fault;

/// The longest value, in bytes: that of a name of a host (RFC 1035 section 2.3.4).
const LONGEST: usize = 253;

/// A variable of a provider's URLs, whose value belongs to the client.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlVariable {
    /// Its meaning for people.
    pub title: String,
    /// A regular expression that the whole value matches; none is one label of a host.
    #[serde(default, deserialize_with = "present")]
    pub pattern: Option<String>,
    /// Its value for a client that states none.
    #[serde(default, deserialize_with = "present")]
    pub default: Option<String>,
}

impl UrlVariable {
    /// Returns the reason why a text is no value, if it is none.
    pub(super) fn fault(&self, value: &str) -> Option<String> {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_plain = (1..=LONGEST).contains(&value.len()) && value.bytes().all(inside);
        if !is_plain || value.split('.').any(str::is_empty) {
            return Some("is no name of a host and no segment of a path".to_owned());
        }
        let Some(pattern) = &self.pattern else {
            return (!is_label(value)).then(|| "is no label of a host".to_owned());
        };
        let matches = whole(pattern).is_ok_and(|pattern| pattern.is_match(value));
        (!matches).then(|| format!("does not match `{pattern}`"))
    }
}

/// Returns the names of the variables in a template.
pub(super) fn variables_of(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Returns the reason why a template must not be used, if there is one. Its variables are among these.
pub(super) fn template_fault(template: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    if !template.contains(['{', '}']) {
        return url_fault(template).map(str::to_owned);
    }
    let (_, rest) = template.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(unknown) = variables_of(template).find(|name| !known(name)) {
        return Some(format!("has `{{{unknown}}}`, which is not under `url_variables`"));
    }
    let literal = |text: &str| !text.contains(['{', '}']);
    let fixed = match host.strip_prefix('{').and_then(|host| host.split_once('}')) {
        Some((_, fixed)) => {
            let labels = fixed.strip_prefix('.').unwrap_or_default();
            let labels = labels.split(':').next().unwrap_or_default();
            let count = labels.split('.').filter(|label| is_label(label)).count();
            let is_fixed = literal(fixed) && count > 1 && labels.split('.').all(is_label);
            if !is_fixed || !template.starts_with("https://") {
                return Some(
                    "must have at least two fixed labels behind the variable of its host, as \
                     `https://{name}.example.com` has"
                        .to_owned(),
                );
            }
            format!("x{fixed}")
        }
        None => host.to_owned(),
    };
    let is_variable = |text: &str| {
        text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).is_some_and(literal)
    };
    let in_path = path.split('/').all(|part| literal(part) || is_variable(part));
    if !literal(&fixed) || !in_path || !literal(query) {
        return Some(
            "must have its variables as the first label of the host or as whole segments of the \
             path"
                .to_owned(),
        );
    }
    url_fault(&template.replacen(host, &fixed, 1).replace(['{', '}'], "")).map(str::to_owned)
}

/// Returns the regular expression that matches a pattern as a whole.
pub(super) fn whole(pattern: &str) -> std::result::Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

/// Returns whether a text is one label of a host (RFC 1123 section 2.1).
pub(super) fn is_label(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: UrlVariable = UrlVariable { title: String::new(), pattern: None, default: None };

    #[test]
    fn a_value_never_ends_its_place() {
        let anything = UrlVariable { pattern: Some("(?s).*".to_owned()), ..PLAIN };
        for value in [
            "",
            ".",
            "..",
            "a..b",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "a:b",
            "a b",
            "a%2fb",
            "a\\b",
            "é",
            "evil.com/?",
            "169.254.169.254#",
            "{a}",
            &"a".repeat(254),
        ] {
            assert!(anything.fault(value).is_some(), "{value:?}");
            assert!(PLAIN.fault(value).is_some(), "{value:?}");
        }
        for value in ["-a", "a-", "a.b", "a_b"] {
            assert!(PLAIN.fault(value).is_some(), "{value:?}");
        }
        assert_eq!((PLAIN.fault("acme-1"), anything.fault("a.b")), (None, None));
        let short = UrlVariable { pattern: Some("a|b".to_owned()), ..PLAIN };
        assert!(short.fault("ab").is_some() && short.fault("b").is_none(), "the whole value");
    }

    #[test]
    fn the_server_is_not_a_variable() {
        let fault = |template: &str| template_fault(template, |name| name == "t");
        for sound in [
            "https://example.com/{t}/token",
            "https://{t}.example.com/token",
            "https://{t}.example.com:8443/{t}",
            "http://127.0.0.1:80/{t}",
        ] {
            assert_eq!(fault(sound), None, "{sound}");
        }
        for unsound in [
            "https://{t}/token",
            "https://{t}.com/token",
            "https://{t}example.com/",
            "https://a.{t}.example.com/",
            "https://{t}.{t}.example.com/",
            "https://example.{t}/",
            "http://{t}.example.com/",
            "{t}://example.com/",
            "https://{t}@example.com/",
            "https://example.com:{t}/",
            "https://example.com/a{t}",
            "https://example.com/{t}{t}",
            "https://example.com/?a={t}",
            "https://example.com/{u}",
            "https://example.com/{t",
            "https://example.com/t}",
        ] {
            assert!(fault(unsound).is_some(), "{unsound}");
        }
    }
}
