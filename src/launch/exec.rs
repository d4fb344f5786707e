//! The start of the agent: xreq becomes the agent, so that signals, the terminal, the exit status
//! and the process id are the agent's own, and no copy of a token stays behind.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::environment::Plan;
use crate::error::{Code, Error};

/// Replaces this process by `command`, the program first, with the environment of the plan.
///
/// The program is looked up in the `PATH` that the agent gets. Standard input, output and error,
/// the working directory, limits and open descriptors are inherited; the signal mask is empty and
/// SIGPIPE has its default action, as every program may expect.
///
/// Returns only where that failed.
pub fn replace_process(command: &[OsString], plan: &Plan) -> Error {
    let Some((program, arguments)) = command.split_first() else {
        return Error::new(Code::CommandNotFound, "no command to launch");
    };
    let set = plan.set.iter().map(|variable| (variable.name.as_str(), variable.value.reveal()));
    let error = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(plan.inherited.iter().map(|(name, value)| (name, value)))
        .envs(set)
        .exec();
    let name = program.to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Error::new(Code::CommandNotFound, format!("command `{name}` was not found")).with_hint(
                "check its spelling and PATH; of a script, check the interpreter in its first line",
            )
        }
        _ => Error::new(
            Code::CommandNotExecutable,
            format!("command `{name}` cannot be executed: {}", error_text(&error)),
        )
        .with_hint(format!("make it executable: `chmod +x {name}`")),
    }
}

fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
