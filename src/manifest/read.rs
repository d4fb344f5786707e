//! Reading a manifest: from its text to requirements and findings.

use super::requirements::Requirements;
use super::{look_alike, spelling, yaml};
use crate::findings::{Diagnostic, Level, Rule, Source};

/// Reads a manifest. The findings are sorted by place; the requirements are whole only where none
/// of them is an error.
pub fn read(source: &Source) -> (Requirements, Vec<Diagnostic>) {
    let (root, mut findings) = yaml::load(source.text());
    let requirements = if let Some(root) = &root {
        spelling::normalise(root, &mut findings)
    } else {
        if findings.is_empty() {
            findings.push(spelling::empty());
        }
        Requirements::default()
    };
    findings.extend(source.ambiguous().iter().map(|(at, ambiguous)| {
        let end = at + ambiguous.length();
        Diagnostic::new(Rule::AmbiguousCharacter, *at..end, ambiguous.fault())
            .help(ambiguous.way_out())
    }));
    if findings.iter().any(|finding| finding.level == Level::Error) {
        findings.retain(|finding| finding.rule != Rule::RequiresNothing);
    }
    for finding in &mut findings {
        if finding.fix.is_none() {
            look_alike::explain(finding, source.text());
        }
        finding.keep_quotes(source.text());
    }
    findings.sort_by_key(|finding| finding.span.start);
    (requirements, findings)
}
