//! The parser of command lines, which corrects wrong ones: [habits](super::habits) that mean exactly one
//! thing are replaced, and complaints get the line to type.

mod tips;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::habits::{COMMANDS, CommandHabit, Meaning, OPTIONS, OptionHabit};
use super::launch_line::LaunchLine;
use super::program::{self, Cli, Everywhere};

/// A command line that names nothing to do.
#[derive(Debug)]
pub(crate) struct Unparsed {
    /// The complaint, or what is to be shown.
    pub error: clap::Error,
    /// The words of the command line, with habits replaced.
    pub arguments: Vec<OsString>,
}

impl Cli {
    /// Parses a command line, the program first.
    ///
    /// `run` is on everybody's hot path, so its command line is first parsed as if there were no other
    /// command: to define these costs more memory than the rest of a launch. Where that fails, the whole
    /// definition decides, which also words help and errors.
    pub(crate) fn of(arguments: &[OsString]) -> Result<Self, Unparsed> {
        match LaunchLine::of(arguments) {
            Some(LaunchLine { everywhere, run }) => {
                Ok(Self { everywhere, command: program::Command::Run(run) })
            }
            None => parse(arguments),
        }
    }
}

/// Parses a command line whose habits may have to be replaced.
fn parse(arguments: &[OsString]) -> Result<Cli, Unparsed> {
    let mut line = arguments.to_vec();
    // Each word is replaced once at most.
    for _ in arguments {
        match Cli::try_parse_from(&line) {
            Ok(cli) => return Ok(cli),
            Err(error) if error.use_stderr() => {
                let Some(replaced) = Line::of(&line).replaced(&error) else {
                    let error = Line::of(&line).answered(error);
                    return Err(Unparsed { error, arguments: line });
                };
                line = replaced;
            }
            Err(error) => return Err(Unparsed { error, arguments: line }),
        }
    }
    Cli::try_parse_from(&line).map_err(|error| Unparsed { error, arguments: line })
}

/// A command line, and the commands that it names.
struct Line<'a> {
    arguments: &'a [OsString],
    /// The places of the words that are no options, up to `--`.
    words: Vec<usize>,
    /// The definition of the deepest command that is named.
    command: Command,
    /// The names of the commands, such as `secret` and `set`.
    path: Vec<String>,
}

impl<'a> Line<'a> {
    fn of(arguments: &'a [OsString]) -> Self {
        let words = Everywhere::words(arguments);
        let mut command = Cli::command();
        command.build();
        let mut path = Vec::new();
        for at in &words {
            let Some(next) = arguments[*at].to_str().and_then(|it| command.find_subcommand(it))
            else {
                break;
            };
            path.push(next.get_name().to_owned());
            command = next.clone();
        }
        Self { arguments, words, command, path }
    }

    fn is(&self, path: &[&str]) -> bool {
        self.path == path
    }

    fn has_option(&self, name: &str) -> bool {
        self.command.get_arguments().any(|it| it.get_long() == Some(name))
    }

    /// Returns the words that are no options, from the one that is no command.
    fn rest(&self) -> impl Iterator<Item = &'a str> {
        let rest = self.words.iter().skip(self.path.len());
        rest.map_while(|at| self.arguments[*at].to_str())
    }

    /// Returns the habit in the place of a command, and the number of its words.
    fn command_habit(&self) -> Option<(&'static CommandHabit, usize)> {
        let below = self.path.last().map(String::as_str).filter(|it| *it != "help");
        let rest: Vec<_> = self.rest().collect();
        COMMANDS.iter().filter(|habit| habit.below == below).find_map(|habit| {
            let typed = habit.typed.iter().find(|typed| rest.starts_with(typed))?;
            Some((habit, typed.len()))
        })
    }

    /// Returns the habit in the place of an option.
    fn option_habit(&self, option: &str) -> Option<&'static OptionHabit> {
        OPTIONS.iter().find(|habit| {
            habit.typed.contains(&option)
                && habit.needs.is_none_or(|needed| self.has_option(needed))
                && (habit.of.is_empty()
                    || self.path.first().is_some_and(|it| habit.of.contains(&it.as_str())))
        })
    }

    /// Returns the place of an option, and the value that is joined to it.
    fn place_of(&self, option: &str) -> Option<(usize, Option<&'a str>)> {
        let options = self.arguments.iter().take_while(|word| *word != "--").enumerate().skip(1);
        options.filter_map(|(at, word)| Some((at, word.to_str()?))).find_map(|(at, word)| {
            let rest = word.strip_prefix(option)?;
            match rest.strip_prefix('=') {
                Some(value) => Some((at, Some(value))),
                None if rest.is_empty() => Some((at, None)),
                None if !option.starts_with("--") => Some((at, Some(rest))),
                None => None,
            }
        })
    }

    /// Returns the line without a habit that means exactly one thing.
    fn replaced(&self, error: &clap::Error) -> Option<Vec<OsString>> {
        let (at, words) = match error.kind() {
            ErrorKind::InvalidSubcommand => {
                let (CommandHabit { meaning: Meaning::Same(words), .. }, 1) =
                    self.command_habit()?
                else {
                    return None;
                };
                let at = self.words[self.path.len()];
                (at, words.iter().map(OsString::from).collect::<Vec<_>>())
            }
            ErrorKind::UnknownArgument => {
                let option = context(error, ContextKind::InvalidArg)?;
                let (at, value) = self.place_of(option)?;
                let words = match (self.option_habit(option)?.meaning, value) {
                    (Meaning::Same(words), None) => words.iter().map(OsString::from).collect(),
                    (Meaning::Renamed(name), None) => vec![name.into()],
                    (Meaning::Renamed(name), Some(value)) => vec![format!("{name}={value}").into()],
                    (Meaning::Argument, value) => value.iter().map(OsString::from).collect(),
                    _ => return None,
                };
                (at, words)
            }
            _ => return None,
        };
        let mut line = self.arguments.to_vec();
        line.remove(at);
        // The options of a command stand behind it.
        let behind = self.path.len().checked_sub(1).map_or(1, |last| self.words[last] + 1);
        let place = if at < behind && !self.path.is_empty() { behind - 1 } else { at };
        line.splice(place..place, words);
        Some(line)
    }
}

impl Everywhere {
    /// Returns the places of the words of a command line that are no options, up to `--`. Of the options
    /// that have values, those of every command are known here.
    pub(crate) fn words(arguments: &[OsString]) -> Vec<usize> {
        let mut words = Vec::new();
        let mut at = 1;
        while let Some(word) = arguments.get(at).filter(|word| *word != "--") {
            if word == "--color" || word == "--trust-owner" {
                at += 1;
            } else if word == "-" || !word.as_encoded_bytes().starts_with(b"-") {
                words.push(at);
            }
            at += 1;
        }
        words
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}
