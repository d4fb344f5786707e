//! The body of a call as a person reads it: nothing is left out, nothing is put in another order.

use std::borrow::Cow;

use crate::text::escape::{is_odd, on_one_line};

/// Returns the body of a call as a person reads it: of JSON the characters that its escapes stand for, of a
/// form a line for each field, of anything else the text. Bytes that are no text are shown by their number.
pub(super) fn legible(content_type: Option<&str>, body: &[u8]) -> String {
    let text = text(body);
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    if media_type == "application/x-www-form-urlencoded" {
        return fields(body);
    }
    if media_type.ends_with("json") { unescaped(&text) } else { text }
}

/// Returns bytes as text; those that are none by their number.
fn text(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Returns the fields of a form, a line each.
fn fields(body: &[u8]) -> String {
    let fields = form_urlencoded::parse(body);
    let lines: Vec<_> = fields
        .map(|(name, value)| on_one_line(&format!("{name} = {value}")).into_owned())
        .collect();
    lines.join("\n")
}

/// Returns JSON in which characters stand for themselves that were written by their number. Those that mean
/// something to JSON or a terminal, or that show nothing, stay as they are written.
fn unescaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        shown.push_str(&rest[..at]);
        let (written, meant) = escape(&rest[at..]);
        let meant = meant.filter(|c| !matches!(c, '"' | '\\') && !is_odd(*c));
        match meant {
            Some(character) => shown.push(character),
            None => shown.push_str(written),
        }
        rest = &rest[at + written.len()..];
    }
    shown.push_str(rest);
    shown
}

/// Returns the escape at the beginning of a text, and the character that it stands for by its number.
fn escape(text: &str) -> (&str, Option<char>) {
    let units = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = units(0) else {
        let length = text.chars().nth(1).map_or(1, |second| 1 + second.len_utf8());
        return (&text[..length], None);
    };
    let pair = units(6).map(|second| [first, second]);
    let of_pair = pair.and_then(|pair| char::decode_utf16(pair).next()?.ok());
    match char::from_u32(u32::from(first)) {
        Some(character) => (&text[..6], Some(character)),
        None if of_pair.is_some() => (&text[..12], of_pair),
        None => (&text[..6], None),
    }
}

/// Returns the beginning of a text, and how many characters are left of it.
pub(super) fn excerpt(text: &str, longest: usize) -> (Cow<'_, str>, usize) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (text[..end].into(), text[end..].chars().count()),
        None => (text.into(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_by_what_it_means() {
        for (json, shown) in [
            (r#"{"text":"h\u0069 \u00e9"}"#, r#"{"text":"hi é"}"#),
            (r#"{"t\u0065xt":"\ud83d\ude00\/"}"#, r#"{"text":"😀\/"}"#),
            (r#"{"a":"\u0022,\u005c\"b\\u0069\n"}"#, r#"{"a":"\u0022,\u005c\"b\\u0069\n"}"#),
            (r#"{"a":"\u202eb\u001b[2J\u200b"}"#, r#"{"a":"\u202eb\u001b[2J\u200b"}"#),
            (
                r#"{"n":123456789012345678901234567890,"z":1,"a":2}"#,
                r#"{"n":123456789012345678901234567890,"z":1,"a":2}"#,
            ),
            (r#""\ud83d""#, r#""\ud83d""#),
            ("\\", "\\"),
            ("\\é\\u12", "\\é\\u12"),
        ] {
            assert_eq!(legible(Some("Application/JSON; charset=utf-8"), json.as_bytes()), shown);
        }
    }

    #[test]
    fn a_field_of_a_form_cannot_look_like_two() {
        let form = b"text=hello+w%6Frld&to=a%0Ato+%3D+b&x";
        let shown = legible(Some("application/x-www-form-urlencoded"), form);
        assert_eq!(shown, "text = hello world\nto = a\\nto = b\nx = ");
    }

    #[test]
    fn other_bodies_are_shown_as_they_are() {
        assert_eq!(legible(Some("text/plain"), br"a\u0062"), r"a\u0062");
        assert_eq!(legible(None, b"a\xffb"), r"a\xffb");
    }

    #[test]
    fn what_is_left_of_a_long_text_is_counted() {
        assert_eq!(excerpt("héllo", 2), ("hé".into(), 3));
        assert_eq!(excerpt("hé", 2), ("hé".into(), 0));
    }
}
