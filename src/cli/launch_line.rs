//! The command lines of plain launches, read without the definition of all options.
//!
//! To define the options of `run` takes as much memory as the rest of a launch. What is read here is read
//! as clap reads it; whatever is rare, wrong or needs the whole program is left to that definition.

use std::ffi::OsString;
use std::path::PathBuf;

use jiff::SignedDuration;

use super::arguments::{Against, CatalogFiles, ManifestFile};
use super::launching::{Brokering, Isolation, OnDead, Run, Staying};
use super::program::{Colour, Everywhere};
use crate::text::time::duration;

/// A command line of `run`.
#[derive(Debug)]
pub(crate) struct LaunchLine {
    pub everywhere: Everywhere,
    pub run: Run,
}

impl LaunchLine {
    /// Parses a command line, the program first; `None` where the definition of all options has to decide.
    pub(crate) fn of(arguments: &[OsString]) -> Option<Self> {
        let (name, words) = arguments.get(1..)?.split_first()?;
        let end = words.iter().position(|word| word == "--")?;
        let (options, command) = (&words[..end], &words[end + 1..]);
        if name != "run" || command.is_empty() {
            return None;
        }
        let mut line = Self::without_options(command.to_vec());
        let mut colour = None;
        let mut min_ttl = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let option = option.to_str()?;
            let (option, joined) = match option.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (option, None),
            };
            let mut value = || {
                let value = joined.or_else(|| options.next()?.to_str())?;
                let is_plain = value == "-" || !value.starts_with('-');
                (is_plain && !value.is_empty()).then_some(value)
            };
            match option {
                "--strict" if joined.is_none() => set(&mut line.run.against.strict)?,
                "--pristine" if joined.is_none() => set(&mut line.run.pristine)?,
                "--manifest" => once(&mut line.run.manifest.path, PathBuf::from(value()?))?,
                "--account" => line.run.against.accounts.push(value()?.parse().ok()?),
                "--min-ttl" => once(&mut min_ttl, duration(value()?).ok()?)?,
                "--color" => once(&mut colour, Colour::of(value()?)?)?,
                "--trust-owner" => line.everywhere.trusted_owners.push(value()?.parse().ok()?),
                _ => return None,
            }
        }
        if let Some(colour) = colour {
            line.everywhere.color = colour;
        }
        if let Some(min_ttl) = min_ttl {
            line.run.against.min_ttl = min_ttl;
        }
        Some(line)
    }

    /// Returns the command line that launches an agent, with the defaults of all options.
    fn without_options(command: Vec<OsString>) -> Self {
        let against = Against { min_ttl: SignedDuration::from_mins(5), ..Against::default() };
        let run = Run {
            manifest: ManifestFile::default(),
            against,
            pristine: false,
            dry_run: false,
            catalog: CatalogFiles::default(),
            command,
            staying: Staying {
                keep_fresh: false,
                deliver: Vec::new(),
                on_refresh: None,
                grace: SignedDuration::from_secs(10),
                on_dead: OnDead::default(),
                redact: false,
                broker: false,
                brokering: Brokering {
                    ask_wait: SignedDuration::from_secs(25),
                    ask_timeout: SignedDuration::from_mins(10),
                    ..Brokering::default()
                },
            },
            isolation: Isolation::default(),
        };
        Self { everywhere: Everywhere { color: Colour::Auto, trusted_owners: Vec::new() }, run }
    }
}

/// Sets a flag that may be there once.
fn set(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

/// Puts a value in the place of an option that may be there once.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;

    use super::*;
    use crate::cli::program::{Cli, Command};

    /// Returns whether a line is read here; if so, it is read as among all commands.
    fn is_read(words: &[&str]) -> bool {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        let Some(LaunchLine { everywhere, run }) = LaunchLine::of(&words) else { return false };
        let itself = Cli { everywhere, command: Command::Run(run) };
        let whole = Cli::try_parse_from(&words).expect("it is a command line");
        assert_eq!(format!("{itself:?}"), format!("{whole:?}"), "{words:?}");
        true
    }

    #[test]
    fn plain_launches_are_read_as_among_all_commands() {
        for line in [
            "xreq run -- agent",
            "xreq run -- agent --color never -h",
            "xreq run -- agent -- --strict",
            "xreq run --color never --trust-owner 7 --trust-owner=8 -- agent",
            "xreq run --account x=work --account google=home --min-ttl 30m --strict --pristine -- a",
            "xreq run --manifest - -- agent",
            "xreq run --manifest=a=b.yaml -- agent",
        ] {
            assert!(is_read(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
    }

    #[test]
    fn all_else_is_left_to_the_whole_program() {
        for line in [
            "xreq --color never run --trust-owner 7 -- agent",
            "xreq run --keep-fresh --deliver env,file --on-dead exit --grace 5s -- agent",
            "xreq run --catalog a --dry-run --redact -- agent",
            "xreq run",
            "xreq run agent",
            "xreq run --",
            "xreq run --help",
            "xreq run -h",
            "xreq run --version",
            "xreq run --colour never -- agent",
            "xreq run --color blue -- agent",
            "xreq run --color never --color never -- agent",
            "xreq run --strict --strict -- agent",
            "xreq run --strict=true -- agent",
            "xreq run --manifest -- agent",
            "xreq run --manifest --strict -- agent",
            "xreq run --manifest= -- agent",
            "xreq run --manifest a --manifest b -- agent",
            "xreq run --account x= -- agent",
            "xreq run --trust-owner you -- agent",
            "xreq run --min-ttl soon -- agent",
            "xreq help run",
            "xreq validate run",
            "xreq runs -- agent",
        ] {
            assert!(!is_read(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
    }

    proptest! {
        /// Whatever is read here is a command line, and read as among all commands.
        #[test]
        fn no_line_is_read_otherwise(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "--strict", "--pristine", "--manifest", "--manifest=m", "--account", "--account=x=w",
                    "--min-ttl", "--min-ttl=2m", "--color", "--color=never", "--trust-owner", "7", "5m",
                    "always", "work", "-", "--", "", "-x", "--redact", "agent", "--account=", "--strict=",
                ]),
                0..8,
            ),
        ) {
            let line: Vec<_> = ["xreq", "run"].into_iter().chain(words).collect();
            is_read(&line);
        }
    }
}
