//! The input that a person pastes: the URL that the browser ended on, its query, or the bare code.

use super::authorization::{Authorization, RedirectAnswer};

/// The fewest characters of a bare code: fewer are a word that was typed.
const SHORTEST_CODE: usize = 8;

/// Judges a line.
///
/// A URL or a query has to have the right state, as in a browser's redirect. A bare code has none,
/// and is taken all the same: the code challenge binds it to this attempt. (A URL without a state is
/// refused, because it is not what the provider sent.)
pub fn read(authorization: &Authorization, line: &str) -> RedirectAnswer {
    let line = line.trim().trim_matches(['"', '\'', '<', '>', '`']);
    if line.contains(char::is_whitespace) {
        return RedirectAnswer::Foreign;
    }
    if let Some((_, query)) = line.split_once('?') {
        return authorization.read(without_fragment(query));
    }
    if line.contains("://") {
        return RedirectAnswer::Foreign;
    }
    if line.contains("state=") && line.contains('&') {
        return authorization.read(without_fragment(line));
    }
    let code = line.strip_prefix("code=").unwrap_or(line);
    if code.len() < SHORTEST_CODE || code.contains('&') {
        return RedirectAnswer::Foreign;
    }
    authorization.bare_code(&percent_decoded(without_fragment(code)))
}

fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or(text)
}

/// Decodes a code that was copied out of a URL, where it is percent-encoded.
fn percent_decoded(code: &str) -> String {
    let query = format!("code={}", code.replace('+', "%2B"));
    form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
