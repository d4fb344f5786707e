//! The patterns by which secrets are found in a text.

use age::secrecy::{ExposeSecret, SecretString};

use super::form::Form;
use super::parts;
use super::probe::Probe;

/// Minimum length of a secret in bytes, without the white space around it. Replacing shorter ones would
/// tell what they are: they would be missing wherever they are meant or not.
pub const SHORTEST: usize = 4;

/// The patterns of some secrets.
#[derive(Default)]
pub(super) struct Patterns {
    pub(super) forms: Vec<Form>,
    /// Absent if there is no form.
    pub(super) probe: Option<Probe>,
}

/// Returns whether a secret is long enough to be replaced.
pub fn is_long_enough(secret: &SecretString) -> bool {
    core(secret).len() >= SHORTEST
}

impl Patterns {
    /// Returns those of secrets that are long enough.
    pub(super) fn of(secrets: &[SecretString]) -> Self {
        let long_enough = secrets.iter().filter(|secret| is_long_enough(secret));
        let forms: Vec<_> = long_enough.flat_map(|secret| forms(core(secret))).collect();
        let probe = (!forms.is_empty()).then(|| Probe::new(&forms));
        Self { forms, probe }
    }
}

/// Returns the forms of a secret, and of its parts that are secret by themselves.
fn forms(secret: &str) -> Vec<Form> {
    let parts = parts::of(secret);
    let parts = parts.iter().map(|part| part.as_str());
    std::iter::once(secret).chain(parts).flat_map(Form::all).collect()
}

/// Returns a secret without the white space around it, which programs strip.
fn core(secret: &SecretString) -> &str {
    secret.expose_secret().trim()
}
