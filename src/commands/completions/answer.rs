//! The answer to a shell that asks what may be typed.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::cursor::{Cursor, Place};
use super::known::{self, Values, Word};
use super::line;
use crate::app::context::Context;
use crate::cli::Cli;
use crate::text::escape::on_one_line;

/// The most characters of a description.
const LONGEST: usize = 60;

/// Returns what may follow. Bash gives its line up to the cursor, and what it takes for the last word;
/// the others give words.
pub(super) fn to(shell: Shell, words: Vec<String>, context: &Context) -> String {
    let (words, replaced) = match (shell, words.as_slice()) {
        (Shell::Bash, [typed, replaced]) => (line::words(typed), Some(replaced.clone())),
        _ => (words, None),
    };
    let current = words.last().cloned().unwrap_or_default();
    let mut program = Cli::command();
    program.build();
    let cursor = Cursor::find(&program, &words);
    let words = match &cursor.place {
        Place::Program(first) => return format!("command {first}\n"),
        Place::Nothing => Vec::new(),
        Place::Word => subcommands_and_options(&cursor, &current),
        Place::Value { argument, before } if argument.get_id() == "command" => {
            prefixed(before, commands(&program))
        }
        Place::Value { argument, before } => match known::values(argument, &cursor, context) {
            Ok(Values::Words(words)) => prefixed(before, words),
            Ok(Values::Files) => return "files\n".to_owned(),
            Ok(Values::Folders) => return "folders\n".to_owned(),
            Ok(Values::Manifests) => return "manifests\n".to_owned(),
            Err(_) => Vec::new(),
        },
    };
    // Bash divides words at `=` and `:` too, and replaces the last part alone.
    let kept = replaced.and_then(|part| current.strip_suffix(&part).map(str::len)).unwrap_or(0);
    let mut answer = "words\n".to_owned();
    for (word, help) in words {
        if word.starts_with(&current) && is_read_as_written(&word) {
            answer.push_str(&format!("{}\t{}\n", &word[kept..], short(&help)));
        }
    }
    answer
}

fn prefixed(before: &str, words: Vec<Word>) -> Vec<Word> {
    words.into_iter().map(|(word, help)| (format!("{before}{word}"), help)).collect()
}

fn subcommands_and_options(cursor: &Cursor<'_>, current: &str) -> Vec<Word> {
    let mut words = commands(cursor.command);
    if words.is_empty() || current.starts_with('-') {
        let options = cursor.command.get_arguments().filter(|option| !option.is_hide_set());
        words.extend(options.filter(|option| cursor.may_follow(option)).filter_map(|option| {
            let help = option.get_help().map(ToString::to_string).unwrap_or_default();
            Some((format!("--{}", option.get_long()?), help))
        }));
    }
    words
}

fn commands(of: &Command) -> Vec<Word> {
    let shown = of.get_subcommands().filter(|command| !command.is_hide_set());
    let about = |command: &Command| command.get_about().map(ToString::to_string);
    shown.map(|it| (it.get_name().to_owned(), about(it).unwrap_or_default())).collect()
}

/// Returns a description for a line beside a word.
fn short(help: &str) -> String {
    let mut chars = help.chars().filter(|c| *c != '`');
    let mut short: String = chars.by_ref().take(LONGEST).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    on_one_line(&short).into_owned()
}

/// Returns whether each shell reads a word as it is written, with nothing in it to expand or to run.
fn is_read_as_written(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || "._:/=@,+-".contains(c))
}
