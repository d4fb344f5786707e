//! Mistakes in provider files, and the places at which they are found.

use super::tests::{By, document, faults, schema};

/// A broken file: an example in which one text is replaced by another, the checks that refuse it, the text
/// whose first place in the broken file is that of the fault, and how the fault begins. Where others follow
/// from it, it is there to the end of its line.
pub(super) type Mistake<'a> = (&'a str, &'a str, By, &'a str, &'a str);

/// Asserts that each mistake alone is found, where it is.
#[track_caller]
pub(super) fn assert_found(example: &str, mistakes: &[Mistake<'_>]) {
    let schema = schema();
    let mut wrong = Vec::new();
    for (from, to, by, at, expected) in mistakes {
        assert!(example.contains(from), "{from:?} is not in the example");
        let text = example.replacen(from, to, 1);
        let Some(place) = text.find(at) else { panic!("{at:?} is not in the file with {to:?}") };
        let line = text[..place].matches('\n').count() + 1;
        let column = place - text[..place].rfind('\n').map_or(0, |end| end + 1) + 1;
        let expected = format!("{line}:{column}: {expected}");
        let found = faults(&text);
        let refused = document(&text).is_some_and(|document| !schema.is_valid(&document));
        let by_whom = if refused { By::Both } else { By::Loader };
        let is_right = found.starts_with(&expected)
            && found.contains('\n') == expected.ends_with('\n')
            && by_whom == *by;
        if !is_right {
            wrong.push(format!("{to:?} by {by_whom:?}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
