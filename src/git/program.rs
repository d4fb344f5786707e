//! The `git` program, and the environment that it is started in.

use std::env::split_paths;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::fs::{Access, access};

use super::fault::{bare, no_tree};
use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::text::escape::legible;

/// The variables that `git` gets: how it finds itself, its user, its user's settings and the bounds
/// of a search. None of them says where a repository is, and none is a place for a token.
const VARIABLES: [&str; 14] = [
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DEVELOPER_DIR",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    // By which root is taken for the user who became it.
    "SUDO_UID",
];

/// The variables that are the same for every question: no lock is taken that can be done without,
/// nothing is fetched (by a `git` that knows no `GIT_NO_LAZY_FETCH`, since no protocol is allowed),
/// and nobody is asked.
const FIXED: [(&str, &str); 5] = [
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Settings that come before those of all files. A `git` that does not know one ignores it.
const SETTINGS: [&str; 5] = [
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.relative=false",
];

/// The search path for programs, if nothing sets one.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The program, and the variables that it is started with.
#[derive(Debug)]
pub(super) struct Program {
    file: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Program {
    /// Finds `git` in the absolute folders of `PATH`: one that is relative, or empty, would be a
    /// folder of the repository.
    pub(super) fn found(env: &Env) -> Result<Self> {
        let folders: Vec<_> = split_paths(env.get("PATH").unwrap_or(OsStr::new(USUAL_PATH)))
            .filter(|folder| folder.is_absolute())
            .collect();
        let program = |folder: &PathBuf| Some(folder.join("git")).filter(|file| is_program(file));
        let Some(file) = folders.iter().find_map(program) else {
            return Err(Error::new(Code::GitFailed, "there is no `git` on the PATH")
                .with_hint("install git, or name the files to check"));
        };
        let path = std::env::join_paths(&folders).expect("they were parts of one text");
        let known = VARIABLES.iter().filter_map(|name| Some((name.into(), env.get(name)?.into())));
        let fixed = FIXED.iter().map(|(name, value)| (name.into(), value.into()));
        let variables = known.chain(fixed).chain([("PATH".into(), path)]).collect();
        Ok(Self { file, variables })
    }

    /// Creates a question to `git` in a folder, without its words.
    pub(super) fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.file);
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .arg("--no-pager")
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn is_program(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}

/// Runs `git` to its end, and returns what it printed.
///
/// # Errors
///
/// It cannot be started, or fails.
pub(super) fn answer(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().map_err(|error| not_started(&error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(refused(&output)) }
}

/// Returns the failure to start `git`.
pub(super) fn not_started(error: &io::Error) -> Error {
    Error::of_system(Code::GitFailed, "cannot start `git`", error)
}

/// Returns the failure that `git` reported, with a hint for the usual ones.
fn refused(output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or_default();
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    if first.starts_with("not a git repository") {
        return no_tree();
    }
    if first.starts_with("cannot use bare repository") {
        return bare();
    }
    let error = Error::new(Code::GitFailed, format!("git: {}", legible(first)));
    let trust = said.lines().map(str::trim).find(|line| line.starts_with("git config --global"));
    match trust {
        Some(command) => {
            error.with_hint(format!("if you trust that folder: `{}`", legible(command)))
        }
        None => error,
    }
}
