//! The tips of complaints about command lines: the line to type, where one is meant.
//!
//! A line to type has the words that were typed, unless one may be a secret: of an agent's arguments those
//! behind an option are left out, and a value in the place of an argument is not repeated.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::super::habits::{BY_STDIN, Meaning, UNPRINTED};
use super::super::program::Cli;
use super::{Line, context};
use crate::model::name::Slug;
use crate::text::nearest::{is_slip, nearest};
use crate::text::redact::looks_secret;
use crate::text::shell;

/// The shells, and the line for each.
const SHELLS: &str = "name the shell: `xreq completions bash`, `zsh` or `fish`; `xreq completions --help` has the \
                      line for the file that each reads";

impl Line<'_> {
    /// Returns the complaint with the line to type, where there is one.
    pub(super) fn answered(&self, mut error: clap::Error) -> clap::Error {
        drop_guesses(&mut error);
        let tip = match error.kind() {
            ErrorKind::InvalidSubcommand => self.command_tip(),
            ErrorKind::UnknownArgument => {
                // That of the parser is a line that would be parsed, such as `xreq --version`.
                let usage = ContextValue::StyledStr(self.command.clone().render_usage());
                error.insert(ContextKind::Usage, usage);
                let Some(word) = context(&error, ContextKind::InvalidArg).map(str::to_owned) else {
                    return error;
                };
                if word.starts_with('-') {
                    self.option_tip(&word)
                } else {
                    if self.takes_secret() {
                        // A value that was typed is not repeated.
                        let value = ContextValue::String("VALUE".to_owned());
                        error.insert(ContextKind::InvalidArg, value);
                    }
                    self.argument_tip(&word)
                }
            }
            ErrorKind::MissingRequiredArgument if self.is(&["completions"]) => {
                Some(SHELLS.to_owned())
            }
            _ => None,
        };
        if let Some(tip) = tip {
            error.remove(ContextKind::SuggestedSubcommand);
            error.remove(ContextKind::SuggestedArg);
            let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
            error.insert(ContextKind::Suggested, tips);
        }
        error
    }

    fn command_tip(&self) -> Option<String> {
        if self.path.first().is_some_and(|first| first == "help") {
            return self.help_tip();
        }
        let (habit, length) = self.command_habit()?;
        Some(match habit.meaning {
            Meaning::Command { words, rest, does } => {
                format!("`{}`{does}", self.command_line(words, length, rest))
            }
            Meaning::Advice(advice) => advice.to_owned(),
            _ => return None,
        })
    }

    /// Returns the tip of a word behind `help` that is no command there.
    fn help_tip(&self) -> Option<String> {
        let word = self.rest().next()?;
        let mut whole = Cli::command();
        whole.build();
        let name = match (whole.find_subcommand(word), self.command_habit()) {
            (Some(other), _) => other.get_name().to_owned(),
            (None, Some((habit, _))) => match habit.meaning {
                Meaning::Command { words, .. } => {
                    let names = words.iter().take_while(|word| !word.starts_with('-'));
                    names.copied().collect::<Vec<_>>().join(" ")
                }
                Meaning::Advice(advice) => return Some(advice.to_owned()),
                _ => return None,
            },
            (None, None) => {
                let names = whole.get_subcommands().map(Command::get_name);
                return likely(word, names).map(|it| format!("did you mean `xreq {it} --help`?"));
            }
        };
        Some(format!("`xreq {name} --help` is what that is called here"))
    }

    /// Returns a command with what was typed after a habit of `length` words, as far as that makes a
    /// command line.
    fn command_line(&self, words: &[&str], length: usize, rest: Option<&str>) -> String {
        let habit = self.words[self.path.len() + length - 1];
        let typed = &self.arguments[habit + 1..];
        let quoted = |rest: &str| {
            let line = format!("xreq {} {rest}", words.join(" "));
            line.trim_end().to_owned()
        };
        let Some(rest) = rest else { return quoted("") };
        if words.last() == Some(&"--") {
            let end = typed.iter().position(|word| word == "--");
            let (before, command) = end.map_or((&typed[..0], typed), |at| typed.split_at(at));
            let agent = agent(command);
            let agent = if agent.is_empty() { rest } else { &agent };
            return match chosen(before) {
                Some(options) => {
                    let command = words[..words.len() - 1].join(" ");
                    format!("xreq {command} {options} -- {agent}")
                }
                None => quoted(agent),
            };
        }
        // All of it, or the first word, if that is a command line.
        let first = self.rest().nth(length).map(OsString::from);
        let first: Vec<_> = first.into_iter().collect();
        for tried in [typed, &first] {
            let shown: Option<Vec<_>> = tried.iter().map(|word| told(word.to_str()?)).collect();
            let names_few =
                tried.len() <= 1 || tried[1..].iter().all(|word| is_telling(word, tried));
            let Some(shown) = shown.filter(|_| names_few && !tried.is_empty()) else { continue };
            let mut line: Vec<_> = ["xreq"].iter().chain(words).map(OsString::from).collect();
            line.extend(tried.iter().cloned());
            let is_no_provider = words == ["connect"]
                && tried[0].to_str().is_none_or(|word| word.parse::<Slug>().is_err());
            if !is_no_provider && Cli::try_parse_from(&line).is_ok() {
                return quoted(&shown.join(" "));
            }
        }
        quoted(rest)
    }

    fn option_tip(&self, option: &str) -> Option<String> {
        match self.option_habit(option)?.meaning {
            Meaning::Advice(advice) => Some(advice.to_owned()),
            Meaning::Option { name, value, does } => {
                let (at, joined) = self.place_of(option)?;
                let next = || self.arguments.get(at + 1).and_then(|word| word.to_str());
                let typed = joined.or_else(next).filter(|it| !it.starts_with('-')).and_then(plain);
                Some(format!("`{name} {}`{does}", typed.as_deref().unwrap_or(value)))
            }
            _ => None,
        }
    }

    /// Returns whether a secret may have been typed where no argument is expected.
    fn takes_secret(&self) -> bool {
        [&["secret", "set"][..], &["client", "set"], &["import"]].iter().any(|path| self.is(path))
    }

    /// Returns the tip for an argument too many.
    fn argument_tip(&self, word: &str) -> Option<String> {
        if self.is(&["run"]) {
            return self.agent_tip(word);
        }
        if self.takes_secret() {
            let name = self.rest().next().and_then(plain);
            let command = match self.path[0].as_str() {
                "secret" => format!("xreq secret set {}", name.as_deref().unwrap_or("NAME")),
                "client" => {
                    let provider = name.as_deref().unwrap_or("PROVIDER");
                    return Some(format!(
                        "a client's id is an option, and its secret is asked for, or read from a pipe: \
                         `xreq client set {provider} --id ID`"
                    ));
                }
                _ => format!("xreq import {}", name.as_deref().unwrap_or("PROVIDER")),
            };
            return Some(format!("{BY_STDIN}: `{command}` asks for it, or reads a pipe"));
        }
        if self.is(&["secret", "list"]) {
            return Some(UNPRINTED.to_owned());
        }
        if self.is(&["init"]) {
            let folder = plain(word)?;
            return Some(format!(
                "it begins in the folder that it is started in: `mkdir {folder} && cd {folder} && xreq init`"
            ));
        }
        if self.is(&["check"]) {
            return Some(
                "one manifest at a time is held against the store; `xreq validate` takes several"
                    .to_owned(),
            );
        }
        let provider = self.rest().next().and_then(plain)?;
        let takes_provider = self.command.get_positionals().any(|it| it.get_id() == "provider");
        (takes_provider && self.has_option("account")).then_some(())?;
        let path = self.path.join(" ");
        Some(format!("did you mean `xreq {path} {provider} --account {}`?", plain(word)?))
    }

    /// Returns the tip for an agent that does not stand behind `--`. It is not taken for one: of the
    /// options behind it, nobody could say whose they are.
    fn agent_tip(&self, word: &str) -> Option<String> {
        let agent_begins = |at: &usize| {
            let mut line = self.arguments[..*at].to_vec();
            line.extend(["--", "agent"].map(OsString::from));
            self.arguments[*at] == word && Cli::try_parse_from(line).is_ok()
        };
        let at = self.words.iter().copied().find(agent_begins)?;
        let options: Option<Vec<_>> =
            self.arguments[1..at].iter().map(|word| plain(word.to_str()?)).collect();
        let options = options.unwrap_or_else(|| vec!["run".to_owned()]).join(" ");
        Some(format!("did you mean `xreq {options} -- {}`?", agent(&self.arguments[at..])))
    }
}

/// Removes the parser's tips that help nobody: words that no slip of a finger makes of one another, and
/// how an option is passed as a value.
fn drop_guesses(error: &mut clap::Error) {
    const AS_VALUE: &str = "as a value, use '-- ";
    let bare = |word: &str| word.trim_start_matches('-').to_owned();
    for (typed, guessed) in [
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ] {
        let word = context(error, typed).map(bare).unwrap_or_default();
        let is_likely = |guess: &String| likely(&word, [&*bare(guess)]).is_some();
        let guesses = match error.remove(guessed) {
            Some(ContextValue::String(guess)) => vec![guess],
            Some(ContextValue::Strings(guesses)) => guesses,
            _ => continue,
        };
        let mut guesses: Vec<_> = guesses.into_iter().filter(is_likely).collect();
        if guessed == ContextKind::SuggestedSubcommand && !guesses.is_empty() {
            error.insert(guessed, ContextValue::Strings(guesses));
        } else if let Some(guess) = guesses.pop() {
            error.insert(guessed, ContextValue::String(guess));
        }
    }
    if let Some(ContextValue::StyledStrs(mut tips)) = error.remove(ContextKind::Suggested) {
        tips.retain(|tip| !tip.to_string().contains(AS_VALUE));
        if !tips.is_empty() {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        }
    }
}

/// Returns the candidate that a slip of a finger makes the word of.
fn likely<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, candidates).filter(|meant| is_slip(word, meant))
}

/// Returns what stands before `--` as options of a launch; a word by itself is the label of an account.
fn chosen(before: &[OsString]) -> Option<String> {
    let options = match before {
        [] => return None,
        [only] if !only.as_encoded_bytes().starts_with(b"-") => {
            vec![OsString::from("--account"), only.clone()]
        }
        options => options.to_vec(),
    };
    let mut line = ["xreq", "run"].map(OsString::from).to_vec();
    line.extend(options.iter().cloned());
    line.extend(["--", "agent"].map(OsString::from));
    Cli::try_parse_from(&line).ok()?;
    let shown: Option<Vec<_>> = options.iter().map(|word| told(word.to_str()?)).collect();
    Some(shown?.join(" "))
}

/// Returns a word as it is typed, if it can be shown.
fn plain(word: &str) -> Option<String> {
    const LONGEST: usize = 100;
    (word.len() <= LONGEST && !looks_secret(word)).then(|| shell::word(word))
}

/// Returns an argument or an option as it is typed, if it can be shown: in `NAME=VALUE`, the value may be
/// a secret.
fn told(word: &str) -> Option<String> {
    plain(word).filter(|_| word.starts_with('-') || !word.contains('='))
}

/// Returns whether a word behind the first may be repeated: an option, the value of one, or a key of
/// the provider that stands first.
fn is_telling(word: &OsString, typed: &[OsString]) -> bool {
    let at = typed.iter().position(|it| std::ptr::eq(it, word)).unwrap_or_default();
    let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    let is_of_first = || {
        let (word, first) = (word.to_str()?, typed[0].to_str()?);
        word.strip_prefix(first)?.strip_prefix('.')
    };
    is_option(word) || at > 0 && is_option(&typed[at - 1]) || is_of_first().is_some()
}

/// Returns the command line of an agent up to the first word that may be the value of an option.
fn agent(words: &[OsString]) -> String {
    let mut shown = Vec::new();
    let mut is_behind_option = false;
    for word in words.iter().filter(|word| *word != "--") {
        let told =
            word.to_str().filter(|it| !is_behind_option && !it.contains('=')).and_then(plain);
        let Some(told) = told else {
            shown.push("…".to_owned());
            break;
        };
        is_behind_option = told.starts_with('-');
        shown.push(told);
    }
    shown.join(" ")
}
