//! A habit and its meaning.

/// The meaning of a habit.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Meaning {
    /// These words, which take its place.
    Same(&'static [&'static str]),
    /// The option of this name, with the same value.
    Renamed(&'static str),
    /// The value that follows, as an argument.
    Argument,
    /// A command, to be typed with what was typed after the habit.
    Command {
        words: &'static [&'static str],
        /// Stands for what was not typed, or is not shown; `None` takes nothing of what was typed.
        rest: Option<&'static str>,
        /// Completes the sentence that begins with the command.
        does: &'static str,
    },
    /// An option to type instead, with the same value.
    Option {
        name: &'static str,
        /// Stands for a value that was not typed, or is not shown.
        value: &'static str,
        /// Completes the sentence that begins with the option.
        does: &'static str,
    },
    /// A sentence.
    Advice(&'static str),
}

/// Words in the place of a command, and their meaning.
pub(in crate::cli) struct CommandHabit {
    /// The command below which they stand; none is xreq itself.
    pub below: Option<&'static str>,
    pub typed: &'static [&'static [&'static str]],
    pub meaning: Meaning,
}

/// Names in the place of an option, and their meaning.
pub(in crate::cli) struct OptionHabit {
    /// The commands that it is a habit of; none is any command.
    pub of: &'static [&'static str],
    /// The option that a command needs for it to make sense.
    pub needs: Option<&'static str>,
    pub typed: &'static [&'static str],
    pub meaning: Meaning,
}
