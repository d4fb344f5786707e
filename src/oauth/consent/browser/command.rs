//! Commands of `$BROWSER`: a list between colons, each a program and its arguments.
//!
//! A command is no shell script, but it is quoted like one: in single or double quotes, or with
//! backslashes. A path with spaces may also stand unquoted, if there is such a file.

use std::fmt;
use std::path::Path;

use crate::text::shell;

/// A command that may open a browser: the program, then its arguments. `%s` stands for the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrowserCommand {
    words: Vec<String>,
}

/// A command that has a quotation mark, or a backslash, to which the other half is missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbalanced(pub(super) String);

impl BrowserCommand {
    /// Returns the command that is one program without arguments.
    pub(super) fn program_only(program: &str) -> Self {
        Self { words: vec![program.to_owned()] }
    }

    /// Returns the commands of a list, in its order.
    pub(super) fn list(text: &str) -> Vec<Result<Self, Unbalanced>> {
        let commands = between_colons(text).into_iter().map(str::trim);
        commands.filter(|command| !command.is_empty()).map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, Unbalanced> {
        let unbalanced = || Unbalanced(text.to_owned());
        let words = match program_with_spaces(text) {
            Some(program) => {
                let arguments = words(&text[program.len()..]).ok_or_else(unbalanced)?;
                std::iter::once(program.to_owned()).chain(arguments).collect()
            }
            None => words(text).filter(|words| !words.is_empty()).ok_or_else(unbalanced)?,
        };
        Ok(Self { words })
    }

    pub(super) fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Returns the program and its arguments, the URL among them: at `%s`, else as the last one.
    pub(super) fn with_url(&self, url: &str) -> Vec<String> {
        let mut words: Vec<_> = self.words.iter().map(|word| word.replace("%s", url)).collect();
        if !self.words.iter().any(|word| word.contains("%s")) {
            words.push(url.to_owned());
        }
        words
    }
}

impl fmt::Display for BrowserCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.words.iter().map(|word| shell::word(word)).collect();
        f.write_str(&words.join(" "))
    }
}

/// The state of a scan of a text: the meaning of the next character.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    Single,
    Double,
    /// Behind a backslash, of which the second one is within double quotes.
    Escaped,
    EscapedInDouble,
}

impl State {
    /// Returns the state behind a character, and whether that character is part of the text.
    fn step(self, c: char) -> (Self, bool) {
        match (self, c) {
            (Self::Plain, '\'') => (Self::Single, false),
            (Self::Plain, '"') => (Self::Double, false),
            (Self::Plain, '\\') => (Self::Escaped, false),
            (Self::Single, '\'') | (Self::Double, '"') => (Self::Plain, false),
            (Self::Double, '\\') => (Self::EscapedInDouble, false),
            (Self::Escaped, _) => (Self::Plain, true),
            (Self::EscapedInDouble, _) => (Self::Double, true),
            (state, _) => (state, true),
        }
    }
}

fn between_colons(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut state) = (Vec::new(), 0, State::default());
    for (at, c) in text.char_indices() {
        if state == State::Plain && c == ':' {
            parts.push(&text[start..at]);
            start = at + 1;
        }
        state = state.step(c).0;
    }
    parts.push(&text[start..]);
    parts
}

/// Returns the words of a command (POSIX shell, 2.2: quoting); none, where a quotation does not end.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut state) = (Vec::new(), None::<String>, State::default());
    for c in text.chars() {
        if state == State::Plain && c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let before = state;
        let (after, is_text) = state.step(c);
        state = after;
        let word = word.get_or_insert_default();
        // Within double quotes a backslash is one, unless what follows it would mean something.
        if before == State::EscapedInDouble && !['"', '\\', '$', '`'].contains(&c) {
            word.push('\\');
        }
        if is_text {
            word.push(c);
        }
    }
    words.extend(word);
    (state == State::Plain).then_some(words)
}

/// Returns the path that a command begins with, where it has spaces that are not quoted, and there is
/// such a file: the shortest one.
fn program_with_spaces(text: &str) -> Option<&str> {
    let ends = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at);
    ends.chain([text.len()])
        .map(|end| &text[..end])
        .find(|path| path.contains('/') && Path::new(path).is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Returns the commands of a list, each as its words with the URL among them.
    fn commands(text: &str) -> Vec<Result<Vec<String>, String>> {
        let with_url = |command: BrowserCommand| command.with_url("URL");
        let list = BrowserCommand::list(text).into_iter();
        list.map(|command| command.map(with_url).map_err(|unbalanced| unbalanced.0)).collect()
    }

    #[test]
    fn commands_are_quoted_as_in_a_shell() {
        for (text, expected) in [
            ("firefox", &[&["firefox", "URL"][..]][..]),
            ("a --url=%s -x: : b", &[&["a", "--url=URL", "-x"], &["b", "URL"]]),
            ("\"/a b/c\" --new", &[&["/a b/c", "--new", "URL"]]),
            ("'/a b/c' \"d e\" %s", &[&["/a b/c", "d e", "URL"]]),
            (r"/a\ b/c d", &[&["/a b/c", "d", "URL"]]),
            ("'a:b':\"c:d\":e\\:f", &[&["a:b", "URL"], &["c:d", "URL"], &["e:f", "URL"]]),
            (r#""a\"b\\c\d" 'e\f'"#, &[&[r#"a"b\c\d"#, r"e\f", "URL"]]),
            ("a '' b", &[&["a", "", "b", "URL"]]),
            ("a\t b", &[&["a", "b", "URL"]]),
            ("$(x);`y` %s", &[&["$(x);`y`", "URL"]]),
            ("", &[]),
            (" : ", &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|words| Ok(words.iter().map(|&word| word.to_owned()).collect()))
                .collect();
            assert_eq!(commands(text), expected, "{text}");
        }
        for text in ["\"a b", "a 'b", "a\\"] {
            assert_eq!(commands(text), [Err(text.to_owned())]);
        }
        assert_eq!(commands("a:'b"), [Ok(vec!["a".into(), "URL".into()]), Err("'b".into())]);
    }

    #[test]
    fn a_path_with_spaces_needs_no_quotes_where_there_is_such_a_file() {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("Program Files/My Browser/b.exe");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        let path = program.to_str().unwrap();
        for (text, arguments) in [
            (path.to_owned(), &["URL"][..]),
            (format!("{path} --new"), &["--new", "URL"]),
            (format!("{path}  %s \"a b\""), &["URL", "a b"]),
            (format!("'{path}' a"), &["a", "URL"]),
        ] {
            let words = [&[path], arguments].concat();
            assert_eq!(
                commands(&text),
                [Ok(words.iter().map(|&w| w.to_owned()).collect())],
                "{text}"
            );
        }
        // There is no such file: it is taken apart, and then said to be missing.
        let first = path.split(' ').next().unwrap();
        let command = &BrowserCommand::list(&format!("{path}.missing"))[0];
        assert_eq!(command.as_ref().unwrap().program(), first);
    }

    #[test]
    fn commands_are_shown_so_that_they_can_be_typed() {
        let command = BrowserCommand::list("'/a b/c' %s d").remove(0).unwrap();
        assert_eq!(command.to_string(), "'/a b/c' %s d");
    }
}
