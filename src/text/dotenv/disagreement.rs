//! The reasons why readers of assignments disagree.

use std::fmt;

/// The reason why readers see different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// The line is no assignment of a variable.
    NoAssignment,
    /// A quote is opened and not closed, or closed within a line.
    Unclosed,
    /// There is a carriage return within a line.
    CarriageReturn,
    /// There is no `=`.
    NoValue,
    /// A value without quotes has a `#`.
    Comment,
    /// A comment follows a value without quotes.
    TrailingComment,
    /// A value without quotes has white space around it.
    Blanks,
    /// A value without quotes has other white space than blanks, or control characters.
    OddCharacter,
    /// A variable is named in the value.
    Variable,
    /// A value in quotes has a backslash.
    Escape,
    /// Backticks are around the value.
    Backtick,
    /// Something stands behind the closing quote.
    Tail,
}

impl Disagreement {
    /// Returns what makes all readers see the same.
    pub fn mend(self) -> &'static str {
        match self {
            Self::TrailingComment => "give the comment a line of its own",
            _ => "put plain quotes around the value",
        }
    }
}

/// Words that follow the name of a place.
impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAssignment => "this is no assignment that every reader takes for one",
            Self::Unclosed => "a quote is not closed, or something stands behind the closing one",
            Self::CarriageReturn => "a carriage return is not at the end of a line",
            Self::NoValue => "there is no value: docker takes that of its own variable",
            Self::Comment => {
                "`#` begins a comment for npm's dotenv, for python-dotenv only behind white space, for \
                 docker never"
            }
            Self::TrailingComment => {
                "a comment follows for python-dotenv and npm's dotenv, and docker's `--env-file` takes it for a \
                 part of the value"
            }
            Self::Blanks => "docker keeps white space around the `=` and the value, others do not",
            Self::OddCharacter => "readers differ on its white space and control characters",
            Self::Variable => "python-dotenv puts a variable's value for `${…}`, others do not",
            Self::Escape => "python-dotenv and npm's dotenv differ on a backslash in quotes",
            Self::Backtick => "backticks are quotes for npm's dotenv alone",
            Self::Tail => "something stands behind the closing quote, and readers differ on it",
        })
    }
}
