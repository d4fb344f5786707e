//! The choice of the recipients: those that are named, else the public side of the identity.

use super::identity::Identities;
use super::passphrase::Passphrase;
use super::recipients::Recipients;
use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::sys::home::Home;

impl Recipients {
    /// Loads the recipients of `recipients.txt`; where there is none, the public side of the
    /// identity, which is loaded only then.
    pub fn load(home: &Home, env: &Env, prompt: &dyn Passphrase) -> Result<Self> {
        match Self::named(home)? {
            Some(recipients) => Ok(recipients),
            None => Identities::locked(home, env, prompt)?.recipients(),
        }
    }

    /// Loads the recipients of `recipients.txt`; where there is none, the public side of these
    /// identities.
    pub fn beside(identities: &Identities, home: &Home) -> Result<Self> {
        match Self::named(home)? {
            Some(recipients) => Ok(recipients),
            None => identities.recipients(),
        }
    }

    /// Makes sure that what is sealed to them can be opened with these identities.
    ///
    /// # Errors
    ///
    /// [`Code::StoreSealed`]: others alone could.
    pub fn include(&self, identities: &Identities, home: &Home) -> Result<()> {
        let own = identities.recipients()?;
        if own.iter().any(|own| self.iter().any(|other| other.key() == own.key())) {
            return Ok(());
        }
        let file = home.recipients_file();
        let keys: Vec<_> = own.iter().map(ToString::to_string).collect();
        let message = format!("what is sealed now, {identities} would not open");
        Err(Error::new(Code::StoreSealed, message).with_exact_hint(format!(
            "add its recipient to `{}`: {}",
            file.display(),
            keys.join(", ")
        )))
    }
}
