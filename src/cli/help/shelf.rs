//! All manuals.

use super::manual::Manual;
use super::{brokers, grants, launching, manifests, others};

/// Returns the manual of a command, such as `secret set`; that of the program has an empty name.
pub(crate) fn manual_of(command: &str) -> Option<&'static Manual> {
    all().find(|manual| manual.command == command)
}

fn all() -> impl Iterator<Item = &'static Manual> {
    let shelves = [
        others::MANUALS,
        grants::MANUALS,
        manifests::MANUALS,
        launching::MANUALS,
        brokers::MANUALS,
    ];
    shelves.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_has_a_manual_and_no_manual_is_of_another() {
        let mut program = Cli::command();
        program.build();
        let mut names = vec![String::new()];
        commands(&program, "", &mut names);
        let mut manuals: Vec<_> = all().map(|manual| manual.command.to_owned()).collect();
        names.sort_unstable();
        manuals.sort_unstable();
        assert_eq!(manuals, names);
        for name in all().flat_map(|manual| manual.see_also) {
            let is_there = name.contains('/') || names.iter().any(|known| known == name);
            assert!(is_there, "no command is called {name}");
        }
    }

    fn commands(command: &Command, path: &str, names: &mut Vec<String>) {
        let shown = |sub: &&Command| sub.get_name() != "help" && !sub.is_hide_set();
        for sub in command.get_subcommands().filter(shown) {
            let name = format!("{path} {}", sub.get_name()).trim_start().to_owned();
            commands(sub, &name, names);
            names.push(name);
        }
    }

    #[test]
    fn every_example_can_be_typed() {
        for manual in all() {
            assert!(manual.examples.len() >= 3, "{}: three examples", manual.command);
            for (line, _) in manual.examples {
                for words in invocations(line) {
                    let parsed = Cli::try_parse_from(&words);
                    assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                }
            }
        }
    }

    /// Returns the command lines of xreq in a line for a shell, also those in a variable.
    fn invocations(line: &str) -> Vec<Vec<String>> {
        let words = words(line);
        let mut all = Vec::new();
        for command in words.split(|word| word == "|") {
            let begin = command.iter().position(|word| word == "xreq");
            let is_output = |word: &String| word.starts_with(['>', '<']);
            let words = begin.map_or(&[][..], |begin| &command[begin..]);
            let words =
                words.iter().take_while(|word| !is_output(word)).cloned().collect::<Vec<_>>();
            all.extend((!words.is_empty()).then_some(words));
            let values = command.iter().filter_map(|word| word.split_once('='));
            let values = values.map(|(_, value)| value).filter(|value| value.starts_with("xreq "));
            all.extend(values.flat_map(invocations));
        }
        all
    }

    /// Splits a line at spaces outside quotes.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        for c in line.chars() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), _) if open == c => quote = None,
                (None, ' ') => words.push(std::mem::take(&mut word)),
                _ => word.push(c),
            }
        }
        words.push(word);
        words
    }
}
