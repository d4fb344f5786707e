//! Media types of bodies (RFC 9110 section 8.3.1).

/// A media type, without its parameters, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    essence: String,
    charset: Option<String>,
}

impl MediaType {
    /// Reads the value of a `Content-Type`.
    pub(super) fn of(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let mut parts = text.split(';');
        let essence = parts.next()?.trim_matches([' ', '\t']).to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        let is_part = |part: &str| {
            let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
            !part.is_empty() && part.bytes().all(inside)
        };
        if !is_part(kind) || !is_part(subtype) {
            return None;
        }
        let mut charset = None;
        for parameter in parts {
            let (name, value) = parameter.trim_matches([' ', '\t']).split_once('=')?;
            if name.eq_ignore_ascii_case("charset") {
                let value = value.trim_matches('"').to_ascii_lowercase();
                if charset.replace(value).is_some() {
                    return None;
                }
            }
        }
        Some(Self { essence, charset })
    }

    /// Returns whether it is one of the types of an operation, in which `*` stands for anything.
    pub(super) fn is_one_of(&self, types: &[String]) -> bool {
        let fits =
            |pattern: &str, given: &str| pattern == "*" || pattern.eq_ignore_ascii_case(given);
        types.iter().filter_map(|known| known.split_once('/')).any(|(kind, subtype)| {
            let own = self.essence.split_once('/').unwrap_or_default();
            fits(kind, own.0) && fits(subtype, own.1)
        })
    }

    /// Returns whether it is JSON (RFC 6839 section 3.1).
    pub(super) fn is_json(&self) -> bool {
        self.essence == "application/json" || self.essence.ends_with("+json")
    }

    /// Returns whether it is a form.
    pub(super) fn is_form(&self) -> bool {
        self.essence == "application/x-www-form-urlencoded"
    }

    /// Returns whether its text is in UTF-8, as far as it says.
    pub(super) fn is_utf8(&self) -> bool {
        self.charset.as_deref().is_none_or(|charset| matches!(charset, "utf-8" | "utf8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn a_type_is_one_of_those_of_the_operation() {
        let json = MediaType::of(b"Application/JSON; charset=\"UTF-8\"").expect("a media type");
        assert!(json.is_json() && json.is_utf8());
        for (known, expected) in [
            (&["application/json"][..], true),
            (&["text/plain", "*/*"], true),
            (&["application/*"], true),
            (&["text/*"], false),
            (&["application/jsonp"], false),
            (&[], false),
        ] {
            assert_eq!(json.is_one_of(&types(known)), expected, "{known:?}");
        }
    }

    #[test]
    fn what_is_no_type_is_none() {
        for value in [
            "",
            "json",
            "a/",
            "/b",
            "a/b/c",
            "a/b, c/d",
            "a/b; charset",
            "a /b",
            "*/*",
            "a/b; charset=x; charset=y",
        ] {
            assert_eq!(MediaType::of(value.as_bytes()), None, "{value}");
        }
        let other = MediaType::of(b"application/json;charset=utf-16").expect("a media type");
        assert!(!other.is_utf8());
        assert!(MediaType::of(b"multipart/form-data; boundary=\"a=b\"").is_some());
    }
}
