//! Asking a person for a passphrase.

use age::secrecy::SecretString;

use crate::error::{Code, Error, Result};

/// Whoever knows the passphrase of an identity.
pub trait Passphrase {
    /// Asks for the passphrase of `what`, which is a path or the name of a variable.
    fn ask(&self, what: &str) -> Result<SecretString>;
}

/// The person at the terminal of this process, whatever its standard streams are.
#[derive(Clone, Copy, Debug)]
pub struct Terminal;

impl Passphrase for Terminal {
    fn ask(&self, what: &str) -> Result<SecretString> {
        rpassword::prompt_password(format!("Passphrase of {what}: "))
            .map(SecretString::from)
            .map_err(|error| {
                Error::new(
                    Code::PassphraseNeeded,
                    format!(
                        "{what} has a passphrase, and no terminal was there to ask for it: {error}"
                    ),
                )
                .with_hint(
                    "run xreq in a terminal, or name an identity without a passphrase with \
                     `XREQ_IDENTITY_FILE`",
                )
            })
    }
}
