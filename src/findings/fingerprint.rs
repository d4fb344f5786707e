//! The fingerprint of a finding, which stays the same when lines above it come and go, so that a
//! platform knows one that it has seen before.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{Diagnostic, Source};

/// Returns a fingerprint for each finding: the rule and the text of the line, and a number where
/// the file has several of both. The path is left to the code that compares.
pub(super) fn fingerprints(source: &Source, findings: &[Diagnostic]) -> Vec<String> {
    let mut lines: HashMap<usize, _> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let of = |finding: &Diagnostic| {
        let place = source.lines_around(&(finding.span.start..finding.span.start));
        let line =
            lines.entry(place.start).or_insert_with(|| Sha256::digest(source.text()[place].trim()));
        let hash = Sha256::new_with_prefix(finding.rule.name()).chain_update(line).finalize();
        let (half, _) = hash.split_first_chunk().expect("it has 32 bytes");
        let hash = format!("{:016x}", u64::from_be_bytes(*half));
        let count = seen.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    };
    findings.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Rule;

    fn of(text: &str, found: &[(Rule, &str)]) -> Vec<String> {
        let mut from = 0;
        let mut findings = Vec::new();
        for (rule, at) in found {
            let start = from + text[from..].find(at).expect("it is there");
            findings.push(Diagnostic::new(*rule, start..start + at.len(), "it"));
            from = start + at.len();
        }
        fingerprints(&Source::new("xreq.yaml", text.to_owned()), &findings)
    }

    #[test]
    fn lines_that_come_and_go_change_nothing() {
        let one = of("a: b\n", &[(Rule::UnknownKey, "b")]);
        assert_eq!(of("# more\n\n  a: b\n", &[(Rule::UnknownKey, "b")]), one);
        assert_ne!(of("a: b\n", &[(Rule::BadKey, "b")]), one);
        assert_ne!(of("a: c\n", &[(Rule::UnknownKey, "c")]), one);
        let two = of("a: b\na: b\n", &[(Rule::UnknownKey, "b"), (Rule::UnknownKey, "b")]);
        assert_eq!(two[0], one[0]);
        assert_ne!(two[1], two[0]);
    }
}
