//! A call that waits for an approval, as lines for a person: each is one line, whatever the agent wrote.

use jiff::SignedDuration;

use crate::broker::approvals::Shown;
use crate::text::count::count;
use crate::text::escape::on_one_line;
use crate::text::time::in_words;

/// The mark before each line that the agent wrote.
const MARK: &str = "| ";

/// Returns what a call does, for which account.
pub(crate) fn heading(call: &Shown) -> String {
    let account = call.account.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
    on_one_line(&format!("{}  {}{account}", call.operation, call.provider)).into_owned()
}

/// Returns its target, its size and its text; of a text that is not shown as a whole, how much is left.
pub(crate) fn details(call: &Shown) -> Vec<String> {
    let mut lines = vec![on_one_line(&format!("{} {}", call.method, call.url)).into_owned()];
    if call.bytes > 0 {
        let media_type = call.content_type.as_deref().unwrap_or("of no media type");
        let size = format!("{}, {media_type}", count(call.bytes, "byte"));
        lines.push(on_one_line(&size).into_owned());
        let text = call.text.split('\n');
        lines.extend(text.map(|line| format!("{MARK}{}", on_one_line(line))));
    }
    if call.more > 0 {
        lines.push(format!("and {} more", count(call.more, "character")));
    }
    lines
}

/// Returns how long a person has to decide, and whether the agent waits.
pub(crate) fn time_left(call: &Shown) -> String {
    let left = in_words(SignedDuration::from_secs(i64::try_from(call.expires_in).unwrap_or(0)));
    let agent = if call.is_held { "the agent waits" } else { "the agent comes again" };
    format!("{left} left, {agent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_an_agent_looks_like_a_line_of_another() {
        let call = Shown {
            id: "a".to_owned(),
            provider: "x".to_owned(),
            account: Some("default".to_owned()),
            operation: "POST /2/tweets".to_owned(),
            key: None,
            method: "POST".to_owned(),
            url: "https://api.x.com/2/tweets".to_owned(),
            content_type: Some("text/plain\u{1b}[2J".to_owned()),
            bytes: 9,
            text: "hi\nGET https://a\r\u{202e}b\u{1b}[1m".to_owned(),
            more: 1,
            is_held: true,
            expires_in: 61,
        };
        assert_eq!(heading(&call), "POST /2/tweets  x (default)");
        assert_eq!(
            details(&call),
            [
                "POST https://api.x.com/2/tweets",
                "9 bytes, text/plain\\u{1b}[2J",
                "| hi",
                "| GET https://a\\r\\u{202e}b\\u{1b}[1m",
                "and 1 character more",
            ]
        );
        assert_eq!(time_left(&call), "1m 1s left, the agent waits");
    }
}
