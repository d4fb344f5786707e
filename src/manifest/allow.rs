//! Comments that allow a finding: `# xreq: allow scope/raw the platform writes it so`, on a line of
//! its own above the line that the finding is in.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Rule, Source, Stage, quoted};
use crate::nearest::nearest;

const MARK: &str = "xreq:";

/// A comment that allows the findings of one rule in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The rule.
    pub rule: Rule,
    /// Where the comment stands.
    pub comment: Range<usize>,
    /// The line that it is about: the next one that is no comment.
    pub line: Range<usize>,
}

/// Reads the comments of a manifest. Those that have no effect are found instead: a comment must
/// name a rule that can be allowed, and say why.
pub fn allowances(source: &Source) -> (Vec<Allowance>, Vec<Diagnostic>) {
    let mut found = (Vec::new(), Vec::new());
    if !source.text().contains(MARK) {
        return found;
    }
    let mut waiting = Vec::new();
    for line in lines(source.text()) {
        let text = &source.text()[line.clone()];
        let Some(comment) = text.trim_start().strip_prefix('#') else {
            found.0.extend(waiting.drain(..).map(|(rule, comment)| Allowance {
                rule,
                comment,
                line: line.clone(),
            }));
            continue;
        };
        let Some(words) = comment.trim_start().strip_prefix(MARK) else { continue };
        let start = line.start + (text.len() - text.trim_start().len());
        let span = start..line.start + text.trim_end().len();
        match allowed(words.trim_ascii()) {
            Ok(rule) => waiting.push((rule, span)),
            Err(finding) => found.1.push(Diagnostic { span, ..*finding }),
        }
    }
    found.0.extend(waiting.into_iter().map(|(rule, comment)| Allowance {
        rule,
        line: comment.end..comment.end,
        comment,
    }));
    found
}

/// Takes the findings away that a comment allows, and adds one for each comment that allows none
/// although its rule was looked for.
pub fn apply(allowances: &[Allowance], stages: &[Stage], findings: &mut Vec<Diagnostic>) {
    let mut used = vec![false; allowances.len()];
    findings.retain(|finding| {
        let allowing = allowances.iter().position(|allowance| {
            allowance.rule == finding.rule
                && allowance.line.start <= finding.span.start
                && finding.span.start < allowance.line.end
        });
        if let Some(at) = allowing {
            used[at] = true;
        }
        allowing.is_none()
    });
    let unused = allowances
        .iter()
        .zip(used)
        .filter(|(allowance, used)| !used && stages.contains(&allowance.rule.stage()));
    findings.extend(unused.map(|(allowance, _)| {
        let name = quoted(allowance.rule.name());
        Diagnostic::new(
            Rule::UnusedAllow,
            allowance.comment.clone(),
            format!("the line below has no finding {name}"),
        )
        .help("remove the comment, or move it to the line above the finding")
    }));
}

/// The rule that a comment allows.
fn allowed(words: &str) -> Result<Rule, Box<Diagnostic>> {
    let ineffective = |why: &str| {
        let message = format!("this comment has no effect: {why}");
        Diagnostic::new(Rule::IneffectiveAllow, 0..0, message)
    };
    let example = "write it like `# xreq: allow CODE reason`";
    let (verb, rest) = first_word(words);
    let (name, reason) = first_word(rest);
    if verb != "allow" {
        return Err(Box::new(ineffective("it does not say `allow`").help(example)));
    }
    let Some(rule) = Rule::named(name) else {
        let finding = ineffective(&format!("no rule is called {}", quoted(name)));
        let adjustable = Rule::ALL.iter().filter(|rule| rule.is_adjustable());
        let meant = nearest(name, adjustable.map(|rule| rule.name()));
        return Err(Box::new(match meant {
            Some(meant) => finding.label(format!("did you mean `{meant}`?")),
            None => finding.help("`xreq rules` lists them"),
        }));
    };
    if !rule.is_adjustable() {
        let finding = ineffective(&format!("`{name}` is always an error"));
        return Err(Box::new(finding.help("mend what the error says, and remove the comment")));
    }
    if reason.is_empty() {
        let finding = ineffective(&format!("it does not say why `{name}` is allowed"));
        return Err(Box::new(finding.help(example)));
    }
    Ok(rule)
}

fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// The ranges of the lines of a text, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        range
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("xreq.yaml", text.to_owned())
    }

    #[test]
    fn a_comment_is_about_the_next_line_that_is_none() {
        let source = source(
            "a: 1\r\n  # xreq: allow scope/raw the platform writes it\r\n  # more\r\n#xreq:  allow  key/covered  both\r\n  b: 2\r\n",
        );
        let (found, wrong) = allowances(&source);
        assert_eq!(wrong, []);
        let rules: Vec<_> = found.iter().map(|allowance| allowance.rule).collect();
        assert_eq!(rules, [Rule::RawScopes, Rule::CoveredKey]);
        for allowance in &found {
            assert_eq!(&source.text()[allowance.line.clone()], "  b: 2");
        }
        assert!(source.text()[found[0].comment.clone()].ends_with("writes it"));
    }

    #[test]
    fn a_comment_without_effect_is_found() {
        for (comment, part) in [
            ("# xreq: alow scope/raw x", "does not say `allow`"),
            ("# xreq:", "does not say `allow`"),
            ("# xreq: allow", "no rule is called ``"),
            ("# xreq: allow scope/rwa why", "no rule is called `scope/rwa`"),
            ("# xreq: allow scope/raw", "does not say why"),
            ("# xreq: allow scope/raw   ", "does not say why"),
            ("# xreq: allow manifest/syntax it is fine", "always an error"),
        ] {
            let (found, wrong) = allowances(&source(&format!("é: 1\n{comment}\nb: 2\n")));
            assert_eq!(found, [], "{comment}");
            assert_eq!(wrong.len(), 1, "{comment}");
            assert!(wrong[0].message.contains(part), "{}", wrong[0].message);
            assert_eq!(wrong[0].span.start, 6);
        }
        assert_eq!(allowances(&source("# about xreq: it allows\na: 1\n")).1, []);
    }

    #[test]
    fn what_is_allowed_goes_and_what_allows_nothing_is_found() {
        let source = source("# xreq: allow scope/raw why\na: 1\nb: 2\n");
        let (allowances, _) = allowances(&source);
        let at = |text: &str| {
            let start = source.text().find(text).expect("it is there");
            Diagnostic::new(Rule::RawScopes, start..start + 1, "raw")
        };
        let mut findings = vec![at("a: 1"), at("b: 2")];
        apply(&allowances, &[Stage::Lint], &mut findings);
        assert_eq!(findings, [at("b: 2")]);
        apply(&allowances, &[Stage::Store], &mut findings);
        assert_eq!(findings.len(), 1);
        apply(&allowances, &[Stage::Lint], &mut findings);
        assert_eq!(findings[1].rule, Rule::UnusedAllow);
        assert_eq!(findings[1].span, 0..27);
    }
}
