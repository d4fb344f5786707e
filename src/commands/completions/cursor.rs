//! The place in a command line that a word is typed at.

use clap::{Arg, ArgAction, Command};

/// A place in a command line.
pub(super) struct Cursor<'a> {
    /// The command, or the subcommand, whose arguments are typed.
    pub(super) command: &'a Command,
    /// The values of arguments before this place, each with its argument.
    pub(super) given: Vec<(&'a Arg, String)>,
    pub(super) place: Place<'a>,
}

/// What may be typed at a place.
pub(super) enum Place<'a> {
    /// A value. What stands before it in its word is as it is, such as `--account=`.
    Value { argument: &'a Arg, before: String },
    /// A subcommand, or an option.
    Word,
    /// A word of another program, which begins with the word of this index.
    Program(usize),
    /// Nothing that is known.
    Nothing,
}

impl<'a> Cursor<'a> {
    /// Finds the place of the last word in a line, the program first.
    pub(super) fn find(program: &'a Command, words: &[String]) -> Self {
        let mut cursor = Self { command: program, given: Vec::new(), place: Place::Nothing };
        let (current, before) = words.split_last().map_or(("", &[][..]), |(c, b)| (c.as_str(), b));
        let mut awaiting = None;
        let mut escaped = None;
        let mut positionals = 0;
        for (index, word) in before.iter().enumerate().skip(1) {
            if let Some(argument) = awaiting.take() {
                cursor.given.push((argument, word.clone()));
            } else if escaped.is_some() {
                positionals += 1;
            } else if word == "--" {
                escaped = Some(index + 1);
            } else if let Some(option) = word.strip_prefix("--") {
                match option.split_once('=') {
                    Some((name, value)) => {
                        let option = cursor.option(name);
                        cursor.given.extend(option.map(|option| (option, value.to_owned())));
                    }
                    None => match cursor.option(option) {
                        Some(option) if option.get_action().takes_values() => {
                            awaiting = Some(option)
                        }
                        flag => cursor.given.extend(flag.map(|flag| (flag, String::new()))),
                    },
                }
            } else if let Some(subcommand) =
                cursor.command.find_subcommand(word).filter(|_| positionals == 0)
            {
                cursor.command = subcommand;
            } else if !word.starts_with('-') || word == "-" {
                let argument = cursor.positional(positionals, false);
                cursor.given.extend(argument.map(|argument| (argument, word.clone())));
                positionals += 1;
            }
        }
        cursor.place = match (awaiting, escaped) {
            (Some(argument), _) => Place::value(argument, "", current),
            (None, Some(first)) => match cursor.positional(positionals, true) {
                Some(argument) if argument.is_last_set() => Place::Program(first),
                Some(argument) => Place::value(argument, "", current),
                None => Place::Nothing,
            },
            (None, None) if current.starts_with('-') && current != "-" => {
                match current.split_once('=') {
                    Some((option, value)) => {
                        let found = cursor.option(option.trim_start_matches('-'));
                        found.map_or(Place::Nothing, |argument| {
                            Place::value(argument, &format!("{option}="), value)
                        })
                    }
                    None => Place::Word,
                }
            }
            (None, None) => match cursor.positional(positionals, false) {
                _ if positionals == 0 && cursor.command.has_subcommands() => Place::Word,
                None => Place::Word,
                Some(argument) => Place::value(argument, "", current),
            },
        };
        cursor
    }

    /// Returns the first value that was given to the argument of this id.
    pub(super) fn value_given(&self, id: &str) -> Option<&str> {
        let mut given = self.given.iter();
        given.find(|(argument, _)| argument.get_id() == id).map(|(_, value)| value.as_str())
    }

    /// Returns whether an option may be typed once more.
    pub(super) fn may_follow(&self, option: &Arg) -> bool {
        let repeats = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        repeats || !self.given.iter().any(|(given, _)| given.get_id() == option.get_id())
    }

    fn option(&self, long: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|argument| {
            argument.get_long() == Some(long)
                || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&long))
        })
    }

    /// Returns the positional argument that a word is for, when so many came before.
    fn positional(&self, before: usize, escaped: bool) -> Option<&'a Arg> {
        let mut all = self.command.get_positionals();
        let is_there = |argument: &&Arg| escaped || !argument.is_last_set();
        let several = |argument: &Arg| argument.get_num_args().is_some_and(|n| n.max_values() > 1);
        let mut left = before;
        all.by_ref().filter(is_there).find(|argument| {
            let found = left == 0 || several(argument) || argument.is_last_set();
            left = left.saturating_sub(1);
            found
        })
    }
}

impl<'a> Place<'a> {
    /// Returns the place of a value behind an option with its `=`, or by itself.
    fn value(argument: &'a Arg, option: &str, typed: &str) -> Self {
        let delimiter = argument.get_value_delimiter();
        let list = delimiter.and_then(|delimiter| typed.rfind(delimiter)).map_or(0, |at| at + 1);
        Self::Value { argument, before: format!("{option}{}", &typed[..list]) }
    }
}
