//! Named secrets: keys and passwords that are no grants, such as `FAL_KEY`.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::place::{FileRecord, Place};
use super::record::{Record, SealedRecord};
use crate::credential::seconds;
use crate::error::{Code, Error, Remedy, Result};
use crate::model::name::SecretName;
use crate::sys::home::Home;

/// The maximum length of the value of a secret, in bytes.
pub const LONGEST_VALUE: usize = 64 << 10;

/// The part of a secret that can be read without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretMetadata {
    /// The name of the variable that it is for.
    pub name: SecretName,
    /// The time at which it was put into the store. Files keep times in whole seconds.
    #[serde(with = "seconds")]
    pub stored_at: Timestamp,
    /// The number of times that it was stored; 0 in files that did not count yet.
    #[serde(default)]
    pub generation: u64,
}

/// A named secret with its value, which fits into an environment variable: some UTF-8 text, of
/// 64 KiB at most, without NUL.
#[derive(Clone, Debug)]
pub struct Secret {
    metadata: SecretMetadata,
    value: SecretString,
}

/// A named secret as it lies in the store.
pub type SealedSecret = SealedRecord<Secret>;

impl Secret {
    /// Creates a secret that is to be stored now, for the first time.
    pub fn new(name: SecretName, value: SecretString, now: Timestamp) -> Result<Self> {
        let refuse = |what: &str| {
            Err(Error::new(Code::BadArgument, format!("the value of the secret `{name}` {what}")))
        };
        match value.expose_secret() {
            "" => refuse("is empty"),
            text if text.contains('\0') => refuse("has a NUL, which no variable can hold"),
            text if text.len() > LONGEST_VALUE => refuse("has more than 64 KiB"),
            _ => {
                let metadata = SecretMetadata { name, stored_at: now, generation: 1 };
                Ok(Self { metadata, value })
            }
        }
    }

    /// Returns the same secret as one that was stored so many times.
    #[must_use]
    pub fn of_generation(mut self, generation: u64) -> Self {
        self.metadata.generation = generation;
        self
    }

    /// Returns the part that can be read without a key.
    pub fn metadata(&self) -> &SecretMetadata {
        &self.metadata
    }

    /// Returns the value.
    pub fn value(&self) -> &SecretString {
        &self.value
    }
}

impl Record for Secret {
    const FORMAT: &'static str = "xreq-secret";
    const PARTS: &'static [&'static str] = &["value"];
    type Name = SecretName;
    type Metadata = SecretMetadata;

    fn name_in(metadata: &SecretMetadata) -> SecretName {
        metadata.name.clone()
    }

    fn generation(metadata: &SecretMetadata) -> u64 {
        metadata.generation
    }

    fn remedy(name: &SecretName) -> Remedy {
        Remedy::AddSecret { name: name.to_string() }
    }

    fn metadata(&self) -> &SecretMetadata {
        &self.metadata
    }

    fn secrets(&self) -> Vec<Option<&SecretString>> {
        vec![Some(&self.value)]
    }

    fn assemble(metadata: SecretMetadata, secrets: Vec<Option<SecretString>>) -> Option<Self> {
        let [value] = secrets.try_into().ok()?;
        let secret = Self::new(metadata.name, value?, metadata.stored_at).ok()?;
        Some(secret.of_generation(metadata.generation))
    }
}

impl FileRecord for Secret {
    fn place(home: &Home, name: &SecretName) -> Place {
        Place::new(home.secrets(), name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: String) -> Result<Secret> {
        Secret::new("FAL_KEY".parse().unwrap(), SecretString::from(value), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn values_are_what_a_variable_can_hold() {
        for good in ["v".to_owned(), "ä\n\"\\\u{1}".to_owned(), "v".repeat(LONGEST_VALUE)] {
            assert_eq!(secret(good.clone()).unwrap().value().expose_secret(), good);
        }
        for bad in [String::new(), "ca\0nary".to_owned(), "v".repeat(LONGEST_VALUE + 1)] {
            let error = secret(bad).unwrap_err();
            assert_eq!(error.code(), Code::BadArgument);
            assert!(!error.to_string().contains("nary"));
        }
    }

    #[test]
    fn debug_hides_the_value() {
        let shown = format!("{:?}", secret("canary".to_owned()).unwrap());
        assert!(shown.contains("FAL_KEY") && !shown.contains("canary"), "{shown}");
    }
}
