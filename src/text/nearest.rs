//! The right word for a mistyped one.

/// Returns the candidate that somebody who wrote `word` most likely meant: the one with the fewest
/// edits (a letter more, less, other, or two swapped), if these are at most a third of its letters; what
/// is only missing at the end is one edit. Of equally near candidates the first wins; upper case counts as
/// lower case.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = Letters::of(&word);
    let length = letters.length;
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.chars().count();
            let limit = length.max(other) / 3;
            // Far apart in length is far apart: this keeps the comparison of huge words away.
            if length.abs_diff(other) > limit {
                return None;
            }
            if letters.fewest_edits(candidate) > limit {
                return None;
            }
            let lower = candidate.to_lowercase();
            let edits = strsim::damerau_levenshtein(&word, &lower);
            let counted = if lower.starts_with(&word) { edits.min(1) } else { edits };
            (edits <= limit).then_some((counted, candidate))
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The letters of a word, counted. They are told apart by their last bits, since this has to be quick.
struct Letters {
    counts: [u32; Self::KINDS],
    length: usize,
}

impl Letters {
    const KINDS: usize = 64;

    fn of(word: &str) -> Self {
        let mut letters = Self { counts: [0; Self::KINDS], length: 0 };
        for letter in word.chars() {
            letters.counts[letter as usize % Self::KINDS] += 1;
            letters.length += 1;
        }
        letters
    }

    /// Returns a number of edits that another word, whichever its case, is away at least: one edit mends at most one
    /// letter of the longer word that the other one does not have.
    fn fewest_edits(&self, other: &str) -> usize {
        let mut left = self.counts;
        let (mut shared, mut length) = (0, 0);
        for letter in other.chars().flat_map(char::to_lowercase) {
            let left = &mut left[letter as usize % Self::KINDS];
            shared += usize::from(*left > 0);
            *left = left.saturating_sub(1);
            length += 1;
        }
        self.length.max(length) - shared
    }
}

/// Returns the question whether the nearest candidate was meant, to be added to a message; nothing where
/// none is near.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))
}

/// Returns whether a word is near enough to be mended unseen: all but two letters are the same.
///
/// A word that [`nearest`] finds is good enough to ask for; one that is written into a file must be
/// meant.
pub fn is_slip(word: &str, meant: &str) -> bool {
    const MOST_EDITS: usize = 2;
    // Far apart in length is far apart: this keeps the comparison of huge words away.
    word.chars().count().abs_diff(meant.chars().count()) <= MOST_EDITS
        && strsim::damerau_levenshtein(&word.to_lowercase(), &meant.to_lowercase()) <= MOST_EDITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let words = ["x.tweet.read", "x.tweet.write", "x.dm.read", "x.dm.write", "GET"];
        for (word, expected) in [
            ("x.tweet.wirte", Some("x.tweet.write")),
            ("x.tweets.read", Some("x.tweet.read")),
            ("X.DM.Read", Some("x.dm.read")),
            ("geT", Some("GET")),
            ("x.dm.rite", Some("x.dm.write")),
            ("x.dm.rad", Some("x.dm.read")),
            ("x.tweet.read", Some("x.tweet.read")),
            ("google.drive", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
        assert_eq!(nearest(&"x.tweet.read".repeat(100_000), words), None);
        assert_eq!(nearest("mail.read", ["mail.send", "mail.readonly"]), Some("mail.readonly"));
    }

    #[test]
    fn two_letters_are_a_slip() {
        for (word, meant, expected) in [
            ("X.Tweet.Raed", "x.tweet.read", true),
            ("x.tweets.reed", "x.tweet.read", true),
            ("x.foo.read", "x.follow.read", false),
            ("x.dm.rite", "x.dm.write", true),
        ] {
            assert_eq!(is_slip(word, meant), expected, "{word}");
        }
        assert!(!is_slip(&"x".repeat(1 << 20), "x"));
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(nearest("like.rite", ["like.bite", "like.site"]), Some("like.bite"));
        assert_eq!(nearest("like.rite", ["like.site", "like.bite"]), Some("like.site"));
    }

    proptest! {
        #[test]
        fn words_are_never_nearer_than_the_fewest_edits(
            word in "[a-eäß🦀]{0,8}",
            other in "[a-eäß🦀]{0,8}",
        ) {
            let fewest = Letters::of(&word).fewest_edits(&other);
            prop_assert!(fewest <= strsim::damerau_levenshtein(&word, &other));
            prop_assert!(fewest >= word.chars().count().abs_diff(other.chars().count()));
        }
    }
}
