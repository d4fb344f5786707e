//! Names of environment variables that steer programs, and so may not be named by any file.
//!
//! A secret or a token under such a name would reach every program that the agent starts as
//! something else: code to load, a machine to talk through, a certificate to trust. And a provider
//! file that removes one takes away what the user has set for all programs, such as their proxy.
//!
//! The table has exact names where it can, and prefixes where programs make names up. Names that
//! only look alike stay free: `LD_SDK_KEY`, `GIT_TOKEN`, `PYTHONANYWHERE_API_TOKEN`. It was put
//! together from what glibc drops for programs that run as somebody else (`unsecvars.h`), what sudo
//! removes (`env_delete`, `env_check`), what systemd sets (systemd.exec(5)), and the manuals of the
//! programs.

mod table;
#[cfg(test)]
mod tests;

use table::TABLE;

/// What variables of a group do to the programs that get them.
#[derive(Debug, PartialEq, Eq)]
pub struct Steering {
    /// What such a variable decides: completes "it decides …".
    pub decides: &'static str,
    names: &'static [&'static str],
    prefixes: &'static [&'static str],
    suffixes: &'static [&'static str],
    /// Whether programs read the names in either case.
    any_case: bool,
}

/// What a group has where it says nothing.
const NOTHING: Steering =
    Steering { decides: "", names: &[], prefixes: &[], suffixes: &[], any_case: false };

/// What a variable of this name does to programs that get it, if it steers any.
pub fn steering(name: &str) -> Option<&'static Steering> {
    TABLE.iter().find(|group| group.has(name))
}

/// A regular expression, in the dialect of JSON Schema, which matches the names that steer programs.
pub fn pattern() -> String {
    TABLE.iter().flat_map(Steering::patterns).collect::<Vec<_>>().join("|")
}

/// Whether a variable is one of xreq's own.
pub fn is_own(name: &str) -> bool {
    name.starts_with("XREQ_")
}

impl Steering {
    fn has(&self, name: &str) -> bool {
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

    fn patterns(&self) -> impl Iterator<Item = String> {
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

    /// A part of a name as a regular expression: letters, digits and `_` stand for themselves.
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
