//! A group of variables that steer programs in one way.

/// The effect of the variables of a group on the programs that get them.
#[derive(Debug, PartialEq, Eq)]
pub struct Steering {
    /// The choice that such a variable makes: completes "it decides …".
    pub decides: &'static str,
    pub(super) names: &'static [&'static str],
    pub(super) prefixes: &'static [&'static str],
    pub(super) suffixes: &'static [&'static str],
    /// `true` if programs read the names in either case.
    pub(super) any_case: bool,
}

/// The defaults of a group.
pub(super) const NOTHING: Steering =
    Steering { decides: "", names: &[], prefixes: &[], suffixes: &[], any_case: false };

impl Steering {
    /// Returns whether a variable is in the group.
    pub(super) fn has(&self, name: &str) -> bool {
        let is_start =
            |start: &str| name.get(..start.len()).is_some_and(|own| self.same(own, start));
        let is_end = |end: &str| {
            let start = name.len().checked_sub(end.len());
            start.and_then(|at| name.get(at..)).is_some_and(|own| self.same(own, end))
        };
        self.names.iter().any(|known| self.same(name, known))
            || self.prefixes.iter().any(|prefix| is_start(prefix))
            || self.suffixes.iter().any(|suffix| is_end(suffix))
    }

    fn same(&self, name: &str, known: &str) -> bool {
        if self.any_case { name.eq_ignore_ascii_case(known) } else { name == known }
    }

    /// Returns regular expressions that match the names of the group.
    pub(super) fn patterns(&self) -> impl Iterator<Item = String> {
        let one_of = |parts: &[&str], before: &str, after: &str| {
            let parts: Vec<_> = parts.iter().map(|part| self.pattern(part)).collect();
            (!parts.is_empty()).then(|| format!("{before}({}){after}", parts.join("|")))
        };
        [
            one_of(self.names, "^", "$"),
            one_of(self.prefixes, "^", ""),
            one_of(self.suffixes, "", "$"),
        ]
        .into_iter()
        .flatten()
    }

    /// Returns a part of a name as a regular expression: letters, digits and `_` stand for
    /// themselves.
    fn pattern(&self, part: &str) -> String {
        if !self.any_case {
            return part.to_owned();
        }
        let either = |letter: char| match letter {
            'A'..='Z' => format!("[{letter}{}]", letter.to_ascii_lowercase()),
            other => other.to_string(),
        };
        part.chars().map(either).collect()
    }
}
