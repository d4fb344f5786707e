//! Text in HTML: the pages of the sandbox, and the one that the browser shows in the end.

/// Returns a text as text of HTML, or as the value of an attribute in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns the text that [`escaped`] made into HTML.
pub(crate) fn unescaped(html: &str) -> String {
    let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_escaped_comes_back() {
        let text = "<a b='c' d=\"e\">&amp;";
        assert_eq!(unescaped(&escaped(text)), text);
    }

    #[test]
    fn nothing_gets_out_of_a_text() {
        assert_eq!(escaped("<a href='\"&"), "&lt;a href=&#39;&quot;&amp;");
        assert_eq!(escaped("</a>"), "&lt;/a&gt;");
    }
}
