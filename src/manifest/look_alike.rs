//! Characters that look like those of YAML's syntax and are letters to it: what word processors,
//! chats and input methods write.

use crate::findings::{Diagnostic, Rule};

/// Such a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LookAlike {
    character: char,
    /// The character that it looks like; a space also stands for a character that is not seen at
    /// all.
    meant: char,
}

/// The characters, by what they look like.
const GROUPS: [(char, &str); 12] = [
    (
        ' ',
        "\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\
         \u{2009}\u{200a}\u{202f}\u{205f}\u{3000}\u{ad}\u{200b}\u{2060}",
    ),
    (':', "\u{ff1a}\u{fe55}\u{2236}\u{a789}"),
    (',', "\u{ff0c}\u{3001}\u{fe50}"),
    ('-', "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}\u{ff0d}\u{fe63}"),
    ('[', "\u{ff3b}\u{3010}"),
    (']', "\u{ff3d}\u{3011}"),
    ('{', "\u{ff5b}"),
    ('}', "\u{ff5d}"),
    ('#', "\u{ff03}"),
    ('"', "\u{201c}\u{201d}\u{201e}\u{201f}\u{ff02}\u{ab}\u{bb}"),
    ('\'', "\u{2018}\u{2019}\u{201a}\u{201b}\u{ff07}"),
    ('.', "\u{ff0e}\u{3002}"),
];

/// Returns the first such character of a line that stands where a part of the syntax would: at the
/// start of the line or of a value, or a colon behind a word.
pub(super) fn in_syntax(line: &str) -> Option<(usize, LookAlike)> {
    let (at, found) = first(line)?;
    let before = line[..at].trim_end();
    let is_at_start = before.is_empty() || before.ends_with([':', '-', '?', ',', '[', '{']);
    let is_behind_word =
        !before.trim_start_matches(['-', ' ', '{', '[']).contains([' ', ':', '"', '\'']);
    (is_at_start || found.meant == ':' && is_behind_word).then_some((at, found))
}

/// Returns the finding for a key that begins with what only looks like indentation.
pub(super) fn indentation(key: &str, at: usize) -> Option<Diagnostic> {
    let (_, found) = first(key).filter(|(at, found)| *at == 0 && found.meant == ' ')?;
    let place = at..at + found.length();
    Some(Diagnostic::new(Rule::Syntax, place, found.fault()).help(found.way_out()))
}

/// Returns the first such character of a text, and where it stands.
fn first(text: &str) -> Option<(usize, LookAlike)> {
    if text.is_ascii() {
        return None;
    }
    text.char_indices().find_map(|(at, character)| {
        let (meant, _) = GROUPS.iter().find(|(_, group)| group.contains(character))?;
        Some((at, LookAlike { character, meant: *meant }))
    })
}

/// Says of a finding about a word that a character of it only looks like what was meant.
pub(super) fn explain(finding: &mut Diagnostic, text: &str) {
    let is_about_a_word = matches!(
        finding.rule,
        Rule::BadKey
            | Rule::BadSecretName
            | Rule::UnknownField
            | Rule::WrongType
            | Rule::NotBoolean
    );
    let word = text.get(finding.span.clone()).unwrap_or_default();
    if !is_about_a_word || word.contains('\n') {
        return;
    }
    if finding.rule == Rule::WrongType {
        // Here it is why the value has another form than it seems to have.
        if let Some((at, found)) = in_syntax(word) {
            let start = finding.span.start + at;
            let hides = std::mem::take(&mut finding.hides);
            *finding = Diagnostic::new(Rule::Syntax, start..start + found.length(), found.fault())
                .help(found.way_out())
                .hides(hides);
        }
    } else if let Some((_, found)) = first(word) {
        finding.help = Some(format!("{}: {}", found.fault(), found.way_out()).into());
    }
}

impl LookAlike {
    /// Returns how many bytes it takes up.
    pub(super) fn length(self) -> usize {
        self.character.len_utf8()
    }

    /// Returns what is wrong with it.
    pub(super) fn fault(self) -> String {
        let code = u32::from(self.character);
        let name = name(self.character).map_or_else(String::new, |name| format!(" ({name})"));
        match self.meant {
            ' ' => {
                format!(
                    "U+{code:04X}{name} looks like a space or like nothing, and is a letter to YAML"
                )
            }
            meant => format!("U+{code:04X}{name} looks like `{meant}`, and is a letter to YAML"),
        }
    }

    /// Returns what to write instead.
    pub(super) fn way_out(self) -> String {
        match self.meant {
            ' ' => "write an ordinary space, or remove it".to_owned(),
            meant => format!("write `{meant}`"),
        }
    }
}

/// Returns the name of a character that is met often.
fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{200b}' => "zero-width space",
        '\u{2003}' => "em space",
        '\u{202f}' => "narrow no-break space",
        '\u{3000}' => "ideographic space",
        '\u{2013}' => "en dash",
        '\u{2014}' => "em dash",
        '\u{2212}' => "minus sign",
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => "typographic quote",
        '\u{ff0c}' => "full-width comma",
        '\u{ff1a}' => "full-width colon",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_syntax_is_found_and_what_does_not_is_not() {
        for (text, at, meant) in
            [("-\u{a0}x", 1, ' '), ("é：", 2, ':'), ("“a”", 0, '"'), ("a \u{2013} b", 2, '-')]
        {
            let (place, found) = first(text).expect(text);
            assert_eq!((place, found.meant), (at, meant), "{text}");
        }
        for line in ["a: b\u{a0}: c", "a: it’s: b", "a: b – c: d"] {
            assert_eq!(in_syntax(line), None, "{line}");
        }
        for line in ["\u{a0}\u{a0}a: b", "- key：b", "a: “b: c”", "  – b", "[“a”]"] {
            assert!(in_syntax(line).is_some(), "{line}");
        }
        assert_eq!(first("x.tweet.read \"é😀\" привет 你好"), None);
    }
}
