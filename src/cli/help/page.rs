//! The help of a command as a page of text.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory};

use super::manual::Manual;
use super::shelf::manual_of;
use crate::cli::program::{Cli, GLOBAL_OPTIONS};
use crate::text::layout::{Layout, Phrase, Style, lines, width};

/// The widest page: longer lines are hard to read.
const WIDEST: usize = 100;

/// A space at which clap breaks no line.
const GLUE: &str = "\u{a0}";

/// The longest default of several words that is kept together.
const LONGEST_WHOLE: usize = 24;

/// The width of a page that no terminal shows.
const USUAL: usize = 80;

/// The options that every command has, and help that is not in their definition.
const GLOBAL: [(&str, Option<&str>); 4] = [
    ("color", None),
    ("trusted_owners", None),
    ("help", Some("Print this help; `-h` prints less of it")),
    ("version", Some("Print the version")),
];

/// The help that a command line asks for.
#[derive(Debug)]
pub(crate) struct Help {
    command: Command,
    manual: Option<&'static Manual>,
    /// The path of the command, from the program on.
    path: Vec<String>,
    is_short: bool,
    columns: usize,
}

impl Help {
    /// Finds the command that a command line asks about; the program comes first.
    pub(crate) fn of(arguments: &[OsString], columns: Option<usize>) -> Self {
        let columns = columns.unwrap_or(USUAL).min(WIDEST);
        let mut command = Cli::command().term_width(columns);
        command.build();
        let words = arguments.iter().skip(1).map_while(|word| word.to_str());
        let words: Vec<_> = words.take_while(|word| *word != "--").collect();
        let mut path = vec![command.get_name().to_owned()];
        for word in words.iter().filter(|word| **word != "help") {
            if let Some(found) = command.find_subcommand(word) {
                path.push(found.get_name().to_owned());
                command = found.clone();
            }
        }
        let manual = manual_of(&path[1..].join(" "));
        Self { command, manual, path, is_short: words.contains(&"-h"), columns }
    }

    /// Returns the page, in the colours of xreq.
    pub(crate) fn page(self) -> String {
        let Self { mut command, manual, path, is_short, columns } = self;
        // What is changed moves behind what is not: these options are the last.
        for (name, help) in GLOBAL {
            if command.get_arguments().any(|argument| argument.get_id() == name) {
                command = command.mut_arg(name, |argument| {
                    let argument = argument.help_heading(GLOBAL_OPTIONS);
                    match help {
                        Some(help) => argument.help(help),
                        None => argument,
                    }
                });
            }
        }
        let command = &mut command.mut_args(with_whole_default);
        let options = command.render_help().ansi().to_string().replace(GLUE, " ");
        let is_too_wide = |line: &str| (width(line) > columns).then_some("Usage: ".len());
        let options = lines(&options, Some(columns), is_too_wide);
        let rest = match manual {
            Some(_) if is_short => more(&path),
            Some(manual) => manual.layout(),
            None => Layout::default(),
        };
        format!("{}\n{}", options.trim_end(), rest.shown(Some(columns)))
    }
}

/// Keeps a default together where a line ends: clap would break it as any other text.
fn with_whole_default(argument: Arg) -> Arg {
    if argument.get_long_help().is_some() {
        return argument;
    }
    let stated: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let is_shown = argument.get_action().takes_values() && !argument.is_hide_default_value_set();
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let glued = |text: &str| text.replace(' ', GLUE);
    let help = match help.split_once("[default: ") {
        Some((before, rest)) => {
            let (stated, after) = rest.split_once(']').unwrap_or((rest, ""));
            let stated =
                if stated.len() > LONGEST_WHOLE { stated.to_owned() } else { glued(stated) };
            format!("{before}[default:{GLUE}{stated}]{after}")
        }
        None if is_shown && !stated.is_empty() => {
            format!("{help} [default:{GLUE}{}]", glued(&stated.join(" ")))
        }
        None => return argument,
    };
    argument.hide_default_value(true).help(help)
}

/// Says where the rest is.
fn more(path: &[String]) -> Layout {
    let mut layout = Layout::default();
    layout.gap();
    let command = Phrase::command(&format!("{} --help", path.join(" ")));
    layout.line(0, command.then(Style::Plain, " has examples and exit statuses"));
    layout
}
