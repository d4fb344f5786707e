//! Asking a person for a passphrase.

use std::mem;

use age::secrecy::SecretString;

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
