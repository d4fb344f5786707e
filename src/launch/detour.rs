//! Programs that start others in an environment that is not their own, and their ways to hand a
//! variable on.

use std::ffi::OsString;
use std::path::Path;

use crate::error::{Advice, Parameter, advice};

/// A program, or some of its subcommands, behind which an agent lacks the variables of the launch.
struct Detour {
    programs: &'static [&'static str],
    /// The subcommands or options by which it does so; none is always.
    words: &'static [&'static str],
    /// The options that name variables, one or several.
    naming: &'static [&'static str],
    /// The options by which nothing is lost.
    keeping: &'static [&'static str],
    way: Way,
}

/// A way to hand variables on that shows their values to nobody.
enum Way {
    /// This before the name of each.
    Each(&'static str),
    /// This before all names, with commas.
    List(&'static str),
    /// Another way, in words.
    Words(&'static str),
    /// A launch that leaves out all else.
    Pristine,
}

const DETOURS: [Detour; 12] = [
    Detour {
        programs: &["docker", "podman", "nerdctl"],
        words: &["run", "create", "exec"],
        naming: &["-e", "--env"],
        keeping: &["--env-file", "--env-host"],
        way: Way::Each("-e "),
    },
    Detour {
        programs: &["sudo"],
        words: &[],
        naming: &["--preserve-env"],
        keeping: &["-E", "--preserve-env"],
        way: Way::List("--preserve-env="),
    },
    Detour {
        programs: &["doas"],
        words: &[],
        naming: &[],
        keeping: &[],
        way: Way::Words("a rule with `setenv` or `keepenv` in doas.conf lets it through"),
    },
    Detour {
        programs: &["su", "runuser"],
        words: &["-", "-l", "--login"],
        naming: &["-w", "--whitelist-environment"],
        keeping: &[],
        way: Way::List("--whitelist-environment="),
    },
    Detour {
        programs: &["ssh"],
        words: &[],
        naming: &["-o", "-oSendEnv", "SendEnv"],
        keeping: &[],
        way: Way::Each("-o SendEnv="),
    },
    Detour {
        programs: &["tmux"],
        words: &["new", "new-session", "neww", "new-window", "splitw", "split-window"],
        naming: &["-e"],
        keeping: &["-L", "-S"],
        way: Way::Words("a server of its own has it: `tmux -L NAME …`"),
    },
    Detour {
        programs: &["screen"],
        words: &["-X"],
        naming: &[],
        keeping: &[],
        way: Way::Words("a session of its own has it: `screen -S NAME …`"),
    },
    Detour {
        programs: &["pm2"],
        words: &["start", "restart", "reload"],
        naming: &[],
        keeping: &["--update-env"],
        way: Way::Words("`--update-env` has a process that is known already take it"),
    },
    Detour {
        programs: &["systemd-run"],
        words: &[],
        naming: &["-E", "--setenv"],
        keeping: &["--scope"],
        way: Way::Each("--setenv="),
    },
    Detour {
        programs: &["kubectl", "oc"],
        words: &["run"],
        naming: &["--env"],
        keeping: &[],
        way: Way::Words(
            "a Secret of the cluster holds it: `--env` would show it to other processes",
        ),
    },
    Detour {
        programs: &["kubectl", "oc"],
        words: &["exec"],
        naming: &[],
        keeping: &[],
        way: Way::Words("a Secret of the cluster holds it, which the pod names"),
    },
    Detour {
        programs: &["env"],
        words: &["-i", "-", "--ignore-environment"],
        naming: &[],
        keeping: &[],
        way: Way::Pristine,
    },
];

/// The number of words without a dash among which a subcommand is looked for: options may have
/// values.
const EARLY: usize = 3;

/// Returns the advice for a command line behind which the agent lacks some of these variables.
pub(crate) fn advice<'v>(
    command: &[OsString],
    variables: impl Iterator<Item = &'v str>,
) -> Option<Advice> {
    let (program, arguments) = command.split_first()?;
    let program = Path::new(program).file_name()?.to_str()?;
    let mut detours = DETOURS.iter().filter(|detour| detour.programs.contains(&program));
    detours.next().is_some().then_some(())?;
    let arguments: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    let mut detours = DETOURS.iter().filter(|detour| detour.programs.contains(&program));
    let (detour, word) = detours.find_map(|detour| Some((detour, detour.taken(&arguments)?)))?;
    let lost: Vec<_> = variables.filter(|name| !detour.hands_on(name, &arguments)).collect();
    if lost.is_empty() {
        return None;
    }
    let called = [program, word].join(" ");
    let said =
        format!("`{}` does not hand {} on to what it starts: ", called.trim(), lost.join(", "));
    Some(match detour.way {
        Way::Each(option) => {
            let options: Vec<_> = lost.iter().map(|name| format!("{option}{name}")).collect();
            advice![said, format!("add `{}`", options.join(" "))]
        }
        Way::List(option) => advice![said, format!("add `{option}{}`", lost.join(","))],
        Way::Words(words) => advice![said, words],
        Way::Pristine => advice![said, Parameter::Pristine, " leaves out all else"],
    })
}

impl Detour {
    /// Returns the word by which an agent is led astray, empty where none is needed; `None` if it is
    /// not.
    fn taken<'a>(&self, arguments: &[&'a str]) -> Option<&'a str> {
        if self.words.is_empty() {
            return Some("");
        }
        let own = arguments.iter().take_while(|word| **word != "--");
        let is_option = |word: &str| word.starts_with('-');
        let mut options = own.clone().filter(|word| is_option(word));
        let mut early = own.clone().filter(|word| !is_option(word)).take(EARLY);
        let is_one = |word: &&&str| self.words.contains(*word);
        options.find(is_one).or_else(|| early.find(is_one)).copied()
    }

    /// Returns whether a command line hands a variable on.
    fn hands_on(&self, variable: &str, arguments: &[&str]) -> bool {
        let keeps = |word: &&str| {
            self.keeping.iter().any(|option| {
                word == option || (option.starts_with("--env") && word.starts_with(option))
            })
        };
        let is_assigned =
            |word: &&str| word.strip_prefix(variable).is_some_and(|rest| rest.starts_with('='));
        let is_named = |(at, word): (usize, &&str)| {
            self.naming.iter().any(|option| match word.strip_prefix(option) {
                Some("") => arguments.get(at + 1).is_some_and(|next| names(next, variable)),
                Some(joined) => names(joined.strip_prefix('=').unwrap_or(joined), variable),
                None => false,
            })
        };
        arguments.iter().any(keeps)
            || arguments.iter().any(is_assigned)
            || arguments.iter().enumerate().any(is_named)
    }
}

/// Returns whether a list names a variable, by itself, with a value or by a pattern.
fn names(list: &str, variable: &str) -> bool {
    let list =
        list.strip_prefix("SendEnv").map_or(list, |rest| rest.trim_start_matches(['=', ' ']));
    list.split([',', ' ']).any(|item| {
        let name = item.split('=').next().unwrap_or_default();
        match name.strip_suffix('*') {
            Some(start) => variable.starts_with(start),
            None => name == variable,
        }
    })
}

#[cfg(test)]
mod tests;
