//! Numbers of things in words.

use std::fmt::Display;

/// Returns a number with its noun: "1 key", "2 keys".
pub fn count<N: Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let counted = [0_usize, 1, 2].map(|number| count(number, "key"));
        assert_eq!(counted, ["0 keys", "1 key", "2 keys"]);
    }
}
