//! The input that a person pastes: the URL that the browser ended on, its query, or the bare code.

use super::awaited::{Awaited, RedirectAnswer};

/// Judges a line.
///
/// A URL or a query has to have what binds it to the attempt, as in a browser's redirect. A bare code has
/// nothing of it, and is for the request to judge. (A URL without it is refused, because it is not what
/// the provider sent.)
pub fn read(awaited: &dyn Awaited, line: &str) -> RedirectAnswer {
    let line = line.trim().trim_matches(['"', '\'', '<', '>', '`']);
    if line.contains(char::is_whitespace) {
        return RedirectAnswer::Foreign;
    }
    if let Some((_, query)) = line.split_once('?') {
        return awaited.read(without_fragment(query));
    }
    if line.contains("://") {
        return RedirectAnswer::Foreign;
    }
    let is_query = line.contains('&') && line.contains(&format!("{}=", awaited.binding()));
    if is_query {
        return awaited.read(without_fragment(line));
    }
    let code = line.strip_prefix("code=").unwrap_or(line);
    if code.contains('&') {
        return RedirectAnswer::Foreign;
    }
    awaited.bare(&percent_decoded(without_fragment(code)))
}

fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or(text)
}

/// Decodes a code that was copied out of a URL, where it is percent-encoded.
fn percent_decoded(code: &str) -> String {
    let query = format!("code={}", code.replace('+', "%2B"));
    form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
