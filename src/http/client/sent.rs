//! The secrets sent to a provider. An answer may repeat them, and is never shown with them.

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::text::redact::{quotable, visible};

/// The replacement of a secret.
const HIDDEN: &str = "***";

/// The secrets of a request, in every form in which they were sent.
pub(crate) struct Sent(Vec<Zeroizing<String>>);

impl Sent {
    /// Collects these secrets, as they are and as they stand in a form.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let forms = secrets.into_iter().map(ExposeSecret::expose_secret).flat_map(|secret| {
            let encoded = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            [Zeroizing::new(secret.to_owned()), Zeroizing::new(encoded)]
        });
        Self(forms.filter(|secret| !secret.is_empty()).collect())
    }

    /// Returns a text without them.
    fn hidden_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
    }

    /// Adds these secrets.
    pub(crate) fn and<'a>(&self, secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let Self(mut forms) = Self::new(secrets);
        forms.extend(self.0.iter().cloned());
        Self(forms)
    }

    /// Returns a provider's words, fit to be shown: at most so many characters, and no part of a secret.
    /// One that has something invisible in it is seen as a secret when that is taken out.
    pub(crate) fn quotable(&self, words: &str, most: usize) -> String {
        quotable(&self.hidden_in(&visible(&self.hidden_in(words))), most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_secret_is_left_and_no_part_of_it_by_the_cut() {
        let secrets = ["a secret:of+words", "pass", ""].map(SecretString::from);
        let sent = Sent::new(&secrets);
        assert_eq!(
            sent.hidden_in("a secret:of+words, a+secret%3Aof%2Bwords; passing"),
            "***, ***; ***ing"
        );
        assert_eq!(sent.quotable("no: a secret:of+words", 8), "no: ***");
        assert_eq!(sent.quotable("no: a secret:of+words", 6), "no: **");
        assert_eq!(sent.quotable("no: a\tsecret:of\u{200b}+words", 80), "no: ***");
    }
}
