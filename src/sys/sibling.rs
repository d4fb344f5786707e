//! The other program of the package, in the folder that this one lies in.
//!
//! `xreq` does a launch and becomes `xreq-main` for all else, never the other way round.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::{env, io, process};

use nix::unistd::execve;

use crate::error::{Code, Error, Result};

/// The whole program.
const MAIN: &str = "xreq-main";

/// The variable by which `xreq` says of which version it is. It is meant for one process, whose id
/// stands before the version: others inherit it.
pub(super) const STARTED_BY: &str = "XREQ_STARTED_BY";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Replaces this process by the whole program, with these arguments, the program first. The environment,
/// the working directory, open descriptors and the signal mask stay.
///
/// Returns only if that failed.
pub(crate) fn take_over(arguments: &[OsString]) -> Error {
    let path = match folder() {
        Ok(folder) => folder.join(MAIN),
        Err(error) => return missing(&format!("`{MAIN}` cannot be looked for"), error),
    };
    match execute(&path, arguments) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            missing(&format!("the program `{}` is missing", path.display()), error)
        }
        Err(error) => {
            missing(&format!("the program `{}` cannot be started: {error}", path.display()), error)
        }
    }
}

/// Fails if this process was taken over from a program of another version.
///
/// # Errors
///
/// [`Code::ProgramMismatch`], which names both versions.
pub(crate) fn is_of_this_version() -> Result<()> {
    let Some(started_by) = env::var_os(STARTED_BY) else { return Ok(()) };
    let started_by = started_by.to_string_lossy();
    match started_by.split_once(' ') {
        Some((process, version)) if process == process::id().to_string() && version != VERSION => {
            let message =
                format!("`xreq` is of version {version}, `{MAIN}` beside it of {VERSION}");
            Err(Error::new(Code::ProgramMismatch, message)
                .with_hint("install both programs of the package `xreq` in one version"))
        }
        _ => Ok(()),
    }
}

/// Returns the folder that this program lies in, without links.
fn folder() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    let path = path.canonicalize().unwrap_or(path);
    Ok(path.parent().map(Path::to_owned).unwrap_or_default())
}

/// Executes a program with the environment as it is: its order and names that are there twice, too.
fn execute(path: &Path, arguments: &[OsString]) -> io::Result<Infallible> {
    let text = |bytes: Vec<u8>| CString::new(bytes).map_err(io::Error::from);
    let path = text(path.as_os_str().to_owned().into_vec())?;
    let words = arguments.iter().map(|word| text(word.clone().into_vec()));
    let words = words.collect::<io::Result<Vec<_>>>()?;
    let own = (STARTED_BY.into(), format!("{} {VERSION}", process::id()).into());
    let inherited = env::vars_os().filter(|(name, _)| name != STARTED_BY);
    let variables = inherited.chain([own]).map(|(mut variable, value): (OsString, OsString)| {
        variable.push("=");
        variable.push(value);
        text(variable.into_vec())
    });
    let variables = variables.collect::<io::Result<Vec<_>>>()?;
    Ok(execve(&path, &words, &variables)?)
}

fn missing(message: &str, error: io::Error) -> Error {
    Error::new(Code::ProgramMissing, message).with_source(error).with_hint(
        "it is of the package `xreq`, as this one, and lies beside it: `cargo build --release` makes both, \
         `cargo install --path .` installs both",
    )
}
