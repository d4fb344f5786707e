//! Texts that nobody can guess.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Returns 256 bits of chance as 43 characters of base64url, which stand in a URL as they are.
pub(crate) fn random_text() -> String {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
    BASE64_URL_SAFE_NO_PAD.encode(*bytes)
}

/// Returns some characters of an alphabet of ASCII, each as likely as the others.
pub(crate) fn random_characters(alphabet: &str, count: usize) -> String {
    let alphabet = alphabet.as_bytes();
    // The greatest multiple of the alphabet's length: above it, the first characters were likelier.
    let even = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(count);
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < count {
        getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
        let taken = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < even);
        let missing = count - text.len();
        text.extend(taken.take(missing).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_an_alphabet_comes_about_as_often() {
        let alphabet = "0123456789";
        let text = random_characters(alphabet, 10_000);
        assert_eq!(text.len(), 10_000);
        for character in alphabet.chars() {
            let count = text.matches(character).count();
            // Seven standard deviations.
            assert!((790..=1210).contains(&count), "{character}: {count}");
        }
        assert_ne!(random_characters(alphabet, 40), random_characters(alphabet, 40));
    }
}
