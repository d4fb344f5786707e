//! Comments that allow a finding: `# xreq: allow scope/raw the platform writes it so`, on a line of
//! its own above the line that the finding is in.

use std::collections::HashMap;
use std::ops::Range;

use super::node::{Node, NodeKind};
use super::yaml;
use crate::error::{Inventory, Parameter, Remedy, advice};
use crate::findings::{Diagnostic, Levels, MOST_FINDINGS, Rule, Source, Stage};
use crate::text::escape::quoted;

const MARK: &str = "xreq:";

/// A comment that allows the findings of one rule in one line. They come in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The rule.
    pub rule: Rule,
    /// The place of the comment.
    pub comment: Range<usize>,
    /// The line that it is about: the next one that is no comment.
    pub line: Range<usize>,
}

/// Reads the comments of a manifest. Those that have no effect are found instead: a comment must
/// stand on a line of its own, name a rule that can be allowed, and say why.
pub fn allowances(source: &Source) -> (Vec<Allowance>, Vec<Diagnostic>) {
    let mut found = (Vec::new(), Vec::new());
    let text = source.text();
    if !text.contains(MARK) {
        return found;
    }
    // Such comments are rare enough to read their files a second time.
    let (Some(root), _) = yaml::load(text) else { return found };
    let mut scalars = Vec::new();
    add_scalars(&root, &mut scalars);
    let mut waiting = Vec::new();
    for line in lines(text) {
        let comment = comment(text, &line, &scalars);
        let is_alone = |comment: &Range<usize>| text[line.start..comment.start].trim().is_empty();
        let of_its_own = comment.as_ref().is_some_and(is_alone);
        if !of_its_own {
            found.0.extend(waiting.drain(..).map(|(rule, comment)| Allowance {
                rule,
                comment,
                line: line.clone(),
            }));
        }
        let Some(span) = comment else { continue };
        let Some(words) = text[span.start + 1..span.end].trim_start().strip_prefix(MARK) else {
            continue;
        };
        let is_shown = found.1.len() < MOST_FINDINGS;
        match allowed(words.trim_ascii(), of_its_own, is_shown) {
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

/// Removes the findings that a comment allows, and adds one for each comment that allows none
/// although its rule was looked for. A finding outside the manifest differs from one store to the
/// next: a comment about that is never unused. The author of a manifest may be a stranger to its
/// judge, so that a rule that `levels` deny by its name is allowed by no comment.
pub fn apply(
    allowances: &[Allowance],
    stages: &[Stage],
    levels: &Levels,
    findings: &mut Vec<Diagnostic>,
) {
    let mut used = vec![false; allowances.len()];
    let firsts = firsts(allowances);
    findings.retain_mut(|finding| {
        let place = finding.span.start;
        let next = allowances.partition_point(|allowance| allowance.line.end <= place);
        let line = allowances.get(next).map(|next| next.line.start).filter(|start| *start <= place);
        let Some(&at) = line.and_then(|line| firsts.get(&(line, finding.rule))) else {
            return true;
        };
        used[at] = true;
        let is_denied = levels.denies(finding.rule);
        if is_denied {
            let vain = "the comment above allows it in vain: the rule is denied by its name";
            finding.help = Some(match finding.help.take() {
                Some(help) => advice![help, "\n", vain].into(),
                None => vain.into(),
            });
        }
        is_denied
    });
    let unused = allowances.iter().zip(used).filter(|(allowance, used)| {
        let stage = allowance.rule.stage();
        !used && stages.contains(&stage) && matches!(stage, Stage::Manifest | Stage::Lint)
    });
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

/// Returns the comment that allows each rule first, by the start of the line that it is about.
fn firsts(allowances: &[Allowance]) -> HashMap<(usize, Rule), usize> {
    let mut firsts = HashMap::new();
    for (at, allowance) in allowances.iter().enumerate() {
        firsts.entry((allowance.line.start, allowance.rule)).or_insert(at);
    }
    firsts
}

/// Returns the rule that a comment allows; a finding that is not shown needs no suggestion.
fn allowed(words: &str, of_its_own: bool, is_shown: bool) -> Result<Rule, Box<Diagnostic>> {
    let ineffective = |why: &str| {
        let message = format!("this comment has no effect: {why}");
        Diagnostic::new(Rule::IneffectiveAllow, 0..0, message)
    };
    let example = "write it like `# xreq: allow CODE reason`";
    if !of_its_own {
        let finding = ineffective("it stands behind something");
        return Err(Box::new(finding.help("move it to a line of its own, above the finding")));
    }
    let (verb, rest) = first_word(words);
    let (name, reason) = first_word(rest);
    if verb != "allow" {
        return Err(Box::new(ineffective("it does not say `allow`").help(example)));
    }
    if name.is_empty() {
        return Err(Box::new(ineffective("it names no rule").help(example)));
    }
    let Some(rule) = Rule::named(name) else {
        let finding = ineffective(&format!("no rule is called {}", quoted(name)));
        let meant = if is_shown { Rule::meant_by(name) } else { None };
        let meant = meant.filter(|rule| rule.is_allowable());
        return Err(Box::new(match meant {
            Some(meant) => finding.label(format!("did you mean `{}`?", meant.name())),
            None => finding.help(Remedy::List(Inventory::Rules)),
        }));
    };
    if rule == Rule::Command {
        let finding = ineffective(&format!("no manifest allows `{name}` to itself"));
        return Err(Box::new(finding.help(advice![
            "remove the comment: ",
            Parameter::Allow,
            " and config.yaml are for whoever judges"
        ])));
    }
    if rule.stage() == Stage::Change {
        let finding = ineffective(&format!("no manifest allows `{name}` to itself"));
        return Err(Box::new(finding.help(advice![
            "remove the comment: whoever compares accepts it, with ",
            Remedy::Compare.with(Parameter::AllowWidening)
        ])));
    }
    if rule.stage() == Stage::Launch {
        let finding = ineffective(&format!("`{name}` is about the command of a launch"));
        return Err(Box::new(finding.help("remove the comment: `rules` in config.yaml allows it")));
    }
    if !rule.is_adjustable() && rule.stage() == Stage::Store {
        let finding = ineffective(&format!("`{name}` is an error where it is required"));
        return Err(Box::new(
            finding.help("remove the comment: what the app can do without is `optional: true`"),
        ));
    }
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

/// Returns the comment of a line: from a `#` that starts the line or has a space before it (YAML
/// 1.2.2, section 6.6), and is not inside of a value. The header of a block scalar may have one.
fn comment(text: &str, line: &Range<usize>, scalars: &[Range<usize>]) -> Option<Range<usize>> {
    let starts = text[line.clone()].match_indices('#').map(|(at, _)| line.start + at);
    let is_comment = |at: &usize| {
        let apart =
            text[line.start..*at].chars().next_back().is_none_or(|c| matches!(c, ' ' | '\t'));
        let next = scalars.partition_point(|scalar| scalar.end <= *at);
        let is_outside = |scalar: &Range<usize>| {
            text.get(scalar.start..*at)
                .is_none_or(|before| before.starts_with(['|', '>']) && !before.contains('\n'))
        };
        apart && scalars.get(next).is_none_or(is_outside)
    };
    let start = starts.into_iter().find(is_comment)?;
    Some(start..start + text[start..line.end].trim_end().len())
}

/// Adds the places of all scalars, in the order of the text.
fn add_scalars(node: &Node<'_>, places: &mut Vec<Range<usize>>) {
    match &node.kind {
        NodeKind::Scalar(_) => places.push(node.span.clone()),
        NodeKind::Sequence(items) => items.iter().for_each(|item| add_scalars(item, places)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                places.push(entry.key_span.clone());
                add_scalars(&entry.value, places);
            }
        }
        NodeKind::Refused => {}
    }
}

/// Returns the ranges of the lines of a text, without their ends.
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
    use crate::findings::Setting;

    fn source(text: &str) -> Source {
        Source::new("xreq.yaml", text.to_owned())
    }

    #[test]
    fn a_comment_is_about_the_next_line_that_is_none() {
        let source = source(
            "a:\r\n  # xreq: allow scope/raw the platform writes it\r\n  # more\r\n#xreq:  allow  key/covered  both\r\n  b: 2\r\n",
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
            ("# xreq: allow", "it names no rule"),
            ("# xreq: allow scope/rwa why", "no rule is called `scope/rwa`"),
            ("# xreq: allow scope/raw", "does not say why"),
            ("# xreq: allow scope/raw   ", "does not say why"),
            ("# xreq: allow raw why", "no rule is called `raw`"),
            ("# xreq: allow manifest/syntax it is fine", "always an error"),
            ("# xreq: allow scope/missing it is fine", "an error where it is required"),
            ("# xreq: allow authority/added it is fine", "no manifest allows"),
            ("# xreq: allow authority/consent-needed it is fine", "no manifest allows"),
        ] {
            let (found, wrong) = allowances(&source(&format!("é: 1\n{comment}\nb: 2\n")));
            assert_eq!(found, [], "{comment}");
            assert_eq!(wrong.len(), 1, "{comment}");
            assert!(wrong[0].message.contains(part), "{}", wrong[0].message);
            assert_eq!(wrong[0].span.start, 6);
        }
        assert_eq!(allowances(&source("# about xreq: it allows\na: 1\n")).1, []);
        let (found, wrong) = allowances(&source("a: 1 # xreq: allow scope/raw why\n"));
        assert_eq!(found, []);
        assert!(wrong[0].message.contains("stands behind something"), "{}", wrong[0].message);
        assert_eq!(wrong[0].span, 5..32);
        let (_, wrong) = allowances(&source("a: | # xreq: allow scope/raw why\n  # xreq: no\n"));
        let spans: Vec<_> = wrong.into_iter().map(|finding| finding.span).collect();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0], 5..32);
    }

    #[test]
    fn the_text_of_a_value_is_no_comment() {
        for text in [
            "a: |\n  # xreq: allow scope/raw why\nb: 2\n",
            "a: |\n  text\n\n  # xreq: nothing\n\n  more\nb: 2\n",
            "a: >-\n  text\n  # xreq: nothing\n",
            "a: \"text\n  # xreq: nothing\n  more\"\n",
            "a: 'text # xreq: nothing'\n",
            "\"# xreq: nothing\": 1\n",
            "a: b# xreq: nothing\n",
        ] {
            assert_eq!(allowances(&source(text)), (vec![], vec![]), "{text}");
        }
        for text in [
            "a: |\n  text\n# xreq: allow scope/raw why\nb: 2\n",
            "a: |\n  text\n\n# xreq: allow scope/raw why\n\n",
            "- |\n  text\n- b\n# xreq: allow scope/raw why",
            "- a: |+\n    text\n\n  # xreq: allow scope/raw why\n  b: 2\n",
            "[a,\n# xreq: allow scope/raw why\nb]\n",
            "# é\n# xreq: allow scope/raw why\n'#': 1\n",
        ] {
            let (found, wrong) = allowances(&source(text));
            assert_eq!((found.len(), wrong.len()), (1, 0), "{text}");
        }
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
        apply(&allowances, &[Stage::Lint], &Levels::default(), &mut findings);
        assert_eq!(findings, [at("b: 2")]);
        apply(&allowances, &[Stage::Store], &Levels::default(), &mut findings);
        assert_eq!(findings.len(), 1);
        apply(&allowances, &[Stage::Lint], &Levels::default(), &mut findings);
        assert_eq!(findings[1].rule, Rule::UnusedAllow);
        assert_eq!(findings[1].span, 0..27);
    }

    #[test]
    fn what_is_denied_by_its_name_is_allowed_by_no_comment() {
        let source = source("# xreq: allow key/covered why\n# xreq: allow scope/raw why\na: 1\n");
        let (allowances, _) = allowances(&source);
        let start = source.text().find("a: 1").expect("it is there");
        let found = [Rule::RawScopes, Rule::CoveredKey];
        let found = found.map(|rule| Diagnostic::new(rule, start..start + 1, "it"));
        for (denied, left) in
            [(&["scope/raw"][..], &[Rule::RawScopes][..]), (&["warnings"], &[]), (&[], &[])]
        {
            let mut levels = Levels::default();
            for name in denied {
                levels.set(name, Setting::Deny).expect("it can be set");
            }
            let mut findings = found.to_vec();
            apply(&allowances, &[Stage::Lint], &levels, &mut findings);
            let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
            assert_eq!(rules, left, "{denied:?}");
            for finding in findings {
                assert!(
                    finding
                        .help
                        .is_some_and(|help| crate::error::wording::help(&help).contains("in vain"))
                );
            }
        }
    }

    #[test]
    fn every_finding_has_its_own_comment() {
        let pair = "# xreq: allow scope/raw why\nb: 2\na: 1\n";
        let source = source(&pair.repeat(50));
        let (allowances, _) = allowances(&source);
        let of = |mark: &str| {
            let starts: Vec<_> = source.text().match_indices(mark).map(|(at, _)| at).collect();
            starts.into_iter().map(|at| Diagnostic::new(Rule::RawScopes, at..at + 1, "raw"))
        };
        let mut findings: Vec<_> = of("a: 1").chain(of("b: 2")).collect();
        apply(&allowances, &[Stage::Lint], &Levels::default(), &mut findings);
        assert_eq!(findings, of("a: 1").collect::<Vec<_>>());
    }

    #[test]
    fn a_comment_about_a_store_is_never_unused() {
        let source = source("# xreq: allow scope/api-underscoped why\na: 1\n");
        let (allowances, _) = allowances(&source);
        assert_eq!(allowances.len(), 1);
        let mut findings = Vec::new();
        apply(&allowances, &[Stage::Manifest, Stage::Store], &Levels::default(), &mut findings);
        assert_eq!(findings, []);
    }
}
