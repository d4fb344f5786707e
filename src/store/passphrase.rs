//! Asking a person for a passphrase.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use age::secrecy::SecretString;

use super::personal;
use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::sys::prompt;
use crate::sys::prompt::PromptFailure;
use crate::text::encoding;

/// A source that knows the passphrase of an identity.
pub trait Passphrase {
    /// Asks for the passphrase of `what`, which is a path or the name of a variable.
    fn ask(&self, what: &str) -> Result<SecretString>;

    /// Takes note that the answer was wrong.
    fn refuse(&self) {}
}

/// Nobody: an identity with a passphrase stays shut.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Passphrase for Nobody {
    fn ask(&self, what: &str) -> Result<SecretString> {
        Err(Error::new(Code::PassphraseNeeded, format!("{what} has a passphrase")))
    }
}

/// The variable that names a file with the passphrase of the identity, for where nobody can be asked.
pub const VARIABLE: &str = "XREQ_PASSPHRASE_FILE";

/// A file that answers before the person at the terminal does, and a memory of what was answered: a
/// process that stays needs the identity again when nobody is there to be asked.
#[derive(Default)]
pub struct PassphraseCache {
    /// The answer that another process remembers.
    given: Option<SecretString>,
    file: Option<PathBuf>,
    /// The first question, and its answer.
    first: OnceLock<(String, SecretString)>,
}

impl PassphraseCache {
    /// Creates one with the file that the environment names, if it names one.
    pub fn of(env: &Env) -> Self {
        Self { given: None, file: env.get(VARIABLE).map(PathBuf::from), first: OnceLock::new() }
    }

    /// Returns the same source with the answer that another process remembers, where it does.
    #[must_use]
    pub fn given(self, answer: Option<SecretString>) -> Self {
        Self { given: answer, ..self }
    }

    /// Returns the passphrase that the identity of this process needed, where it needed one.
    pub fn passphrase(&self) -> Option<&SecretString> {
        self.first.get().map(|(_, answer)| answer)
    }
}

impl Passphrase for PassphraseCache {
    fn ask(&self, what: &str) -> Result<SecretString> {
        if let Some((_, known)) = self.first.get().filter(|(asked, _)| asked == what) {
            return Ok(known.clone());
        }
        let answer = match (&self.given, &self.file) {
            (Some(given), _) => given.clone(),
            (None, Some(file)) => first_line(file)?,
            (None, None) => Terminal.ask(what)?,
        };
        let _ = self.first.set((what.to_owned(), answer.clone()));
        Ok(answer)
    }

    fn refuse(&self) {
        if self.file.is_none() {
            Terminal.refuse();
        }
    }
}

/// Reads the first line of a file.
fn first_line(file: &Path) -> Result<SecretString> {
    let unusable = |what: &str| {
        let message = format!("the passphrase in `{}` {what}", file.display());
        Error::new(Code::PassphraseNeeded, message)
            .with_hint(format!("`{VARIABLE}` names a file whose first line is the passphrase"))
    };
    let (content, _) =
        personal::named(file).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    let text = encoding::decode(&content).map_err(unusable)?;
    Ok(text.lines().next().unwrap_or_default().into())
}

/// The person at the terminal of this process, whatever its standard streams are.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

impl Passphrase for Terminal {
    fn ask(&self, what: &str) -> Result<SecretString> {
        prompt::ask(&format!("Passphrase of {what}: "))
            .map(|mut typed| SecretString::from(mem::take(&mut *typed)))
            .map_err(|failure| match failure {
                PromptFailure::Terminal(error) => Error::new(
                    Code::PassphraseNeeded,
                    format!(
                        "{what} has a passphrase, and there is no terminal to ask for it: {error}"
                    ),
                )
                .with_hint(
                    "run xreq in a terminal, or name an identity without a passphrase with \
                     `XREQ_IDENTITY_FILE`",
                ),
                refused => refused.error(
                    &format!("the passphrase of {what}"),
                    &format!("a passphrase is one line; `{VARIABLE}` names a file that has it"),
                ),
            })
    }

    /// Drops the rest of a paste behind a wrong answer, so that it does not get to the shell.
    fn refuse(&self) {
        prompt::drop_typed();
    }
}
