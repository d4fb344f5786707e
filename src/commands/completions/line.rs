//! The words of a line that bash gives as it was typed.

/// Returns the words of a line up to the cursor, without their quotes. The last one is the word at the
/// cursor, which may be empty. Nothing is expanded.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut is_begun = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (' ' | '\t' | '\n', None) => {
                if is_begun {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
                continue;
            }
            // A new command begins.
            ('|' | '&' | ';' | '(', None) => {
                words.clear();
                word.clear();
                is_begun = false;
                continue;
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.extend(chars.next()),
            _ => word.push(c),
        }
        is_begun = true;
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_line_is_split_as_by_a_shell() {
        for (line, expected) in [
            ("xreq ", &["xreq", ""][..]),
            ("xreq  run -", &["xreq", "run", "-"]),
            ("sleep 1 && xreq check --account=x", &["xreq", "check", "--account=x"]),
            ("xreq validate 'a b'\"c\"d\\ e", &["xreq", "validate", "a bcd e"]),
            ("xreq validate 'a b", &["xreq", "validate", "a b"]),
            ("xreq explain '' ", &["xreq", "explain", "", ""]),
            ("xreq explain $(xreq cat", &["xreq", "cat"]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }
}
