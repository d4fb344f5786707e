//! The start of the agent: xreq becomes the agent, so that signals, the terminal, the exit status
//! and the process id are the agent's own, and no copy of a token stays behind.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::environment::Plan;
use crate::error::{Code, Error, Parameter, advice};
use crate::text::shell;

/// Replaces this process by `command`, the program first, with the environment of the plan.
///
/// The program is looked up in the `PATH` that the agent gets. Standard input, output and error,
/// the working directory, limits, open descriptors, and ignored and blocked signals are inherited.
///
/// SIGPIPE has its default action, whether or not it was ignored before: the runtime of Rust sets it
/// to be ignored before `main`, for xreq itself, and keeps no record of what it was. Nothing but code
/// that runs before the runtime could know, and that cannot be written without `unsafe`.
///
/// Returns only if that failed.
pub fn replace_process(command: &[OsString], plan: &Plan) -> Error {
    replace_process_with(command, plan.variables())
}

/// Does the same, with these variables as the environment. Of a name that is there twice the last
/// counts.
pub(super) fn replace_process_with<'a>(
    command: &[OsString],
    variables: impl IntoIterator<Item = (&'a OsStr, &'a OsStr)>,
) -> Error {
    let Some((program, arguments)) = command.split_first() else {
        return Error::new(Code::CommandNotFound, "no command to launch");
    };
    let variables: Vec<_> = variables.into_iter().collect();
    let agent = variables.iter().copied();
    let error = Command::new(program).args(arguments).env_clear().envs(agent).exec();
    let name = program.to_string_lossy();
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(Code::CommandNotFound, format!("command `{name}` was not found"))
            .with_hint(not_found(&name, &path_of(&variables)));
    }
    let message = format!("command `{name}` cannot be executed: {}", error_text(&error));
    let failure = Error::new(Code::CommandNotExecutable, message);
    match error.kind() {
        io::ErrorKind::PermissionDenied if name.contains('/') && Path::new(program).is_file() => {
            failure.with_hint(format!(
                "make it executable: `chmod +x {}`",
                shell::path(Path::new(program))
            ))
        }
        io::ErrorKind::ArgumentListTooLong => failure.with_hint(advice![
            "its arguments and its environment are too large together; with ",
            Parameter::Pristine,
            " it inherits less"
        ]),
        _ => failure,
    }
}

/// Returns what to do about a program that was not found.
fn not_found(name: &str, path: &OsStr) -> String {
    /// Commands that every shell has, and that are seldom programs.
    const OF_SHELLS: [&str; 14] = [
        "cd", "export", "source", ".", "alias", "set", "unset", "eval", "exec", "exit", "ulimit",
        "umask", "trap", "read",
    ];
    if OF_SHELLS.contains(&name) {
        format!(
            "`{name}` is a command of shells, and no program: `sh -c '{name} …'` starts one for it"
        )
    } else if let Some(hint) = near(name, path) {
        hint
    } else if name.contains(char::is_whitespace) {
        "the quotes of the shell made one word of it: leave them out, or have a shell read it, as in \
         `sh -c '…'`"
            .to_owned()
    } else {
        "check its spelling and PATH; of a script, check the interpreter in its first line"
            .to_owned()
    }
}

/// Returns the folders in which the program was looked for.
fn path_of(variables: &[(&OsStr, &OsStr)]) -> OsString {
    let path = variables.iter().rev().find(|(name, _)| *name == "PATH");
    path.map(|(_, folders)| (*folders).to_owned()).unwrap_or_default()
}

/// Returns the program that is likely meant by a name that is none.
fn near(name: &str, path: &OsStr) -> Option<String> {
    // A system may have the one and not the other.
    const ALSO: [(&str, &str); 3] = [("python", "python3"), ("pip", "pip3"), ("node", "nodejs")];
    let is_there = |program: &str| env::split_paths(path).any(|at| at.join(program).is_file());
    let other = ALSO.iter().find(|(missing, other)| *missing == name && is_there(other));
    if let Some((_, other)) = other {
        return Some(format!("`{other}` is there: run that in its place"));
    }
    let lies_here = !name.contains('/') && Path::new(name).is_file();
    lies_here.then(|| {
        let here = shell::path(Path::new(name));
        format!("a program is looked for in PATH alone; the file of this folder is `./{here}`")
    })
}

fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
