//! Asking a person for a passphrase.

use std::ffi::OsStr;
use std::mem;
use std::sync::OnceLock;

use age::secrecy::SecretString;

use crate::env::Env;
use crate::error::{Code, Error, Result};
use crate::prompt;

/// Whoever knows the passphrase of an identity.
pub trait Passphrase {
    /// Asks for the passphrase of `what`, which is a path or the name of a variable.
    fn ask(&self, what: &str) -> Result<SecretString>;
}

/// Nobody: an identity with a passphrase stays shut.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Passphrase for Nobody {
    fn ask(&self, what: &str) -> Result<SecretString> {
        Err(Error::new(Code::PassphraseNeeded, format!("{what} has a passphrase")))
    }
}

/// The variable that holds the passphrase of an identity, for the processes that xreq starts itself.
pub const VARIABLE: &str = "XREQ_PASSPHRASE";

/// What answers before the terminal does, and remembers what was typed: a process that stays needs
/// the identity again when nobody is there to be asked.
#[derive(Default)]
pub struct Remembered {
    stated: Option<SecretString>,
    /// What was asked for first, and the answer.
    typed: OnceLock<(String, SecretString)>,
}

impl Remembered {
    /// With the passphrase that the environment states, if it does.
    pub fn of(env: &Env) -> Self {
        let stated = env.get(VARIABLE).and_then(OsStr::to_str).map(SecretString::from);
        Self { stated, typed: OnceLock::new() }
    }

    /// The passphrase that an identity of this process needed, where it needed one.
    pub fn passphrase(&self) -> Option<&SecretString> {
        self.stated.as_ref().or_else(|| self.typed.get().map(|(_, typed)| typed))
    }
}

impl Passphrase for Remembered {
    fn ask(&self, what: &str) -> Result<SecretString> {
        if let Some(stated) = &self.stated {
            return Ok(stated.clone());
        }
        if let Some((_, known)) = self.typed.get().filter(|(asked, _)| asked == what) {
            return Ok(known.clone());
        }
        let typed = Terminal.ask(what)?;
        let _ = self.typed.set((what.to_owned(), typed.clone()));
        Ok(typed)
    }
}

/// The person at the terminal of this process, whatever its standard streams are.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

impl Passphrase for Terminal {
    fn ask(&self, what: &str) -> Result<SecretString> {
        prompt::ask(&format!("Passphrase of {what}: "))
            .map(|mut typed| SecretString::from(mem::take(&mut *typed)))
            .map_err(|error| {
                Error::new(
                    Code::PassphraseNeeded,
                    format!(
                        "{what} has a passphrase, and there is no terminal to ask for it: {error}"
                    ),
                )
                .with_hint(
                    "run xreq in a terminal, or name an identity without a passphrase with \
                     `XREQ_IDENTITY_FILE`",
                )
            })
    }
}
