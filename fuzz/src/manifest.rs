//! A manifest: read or refused as `xreq validate` does it. Every finding points into its text, every
//! format can show it, and what is suggested mends it.

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::Value;
use xreq::catalog::Catalog;
use xreq::findings::{Diagnostic, Format, Level, Levels, Rule, Source, Stage, text};
use xreq::manifest::node::{Node, NodeKind};
use xreq::manifest::yaml;
use xreq::manifest::{Requirements, allow, read};
use xreq::policy::lint::lint;
use xreq::policy::needs::resolve;

/// How many findings are shown in every format: to show all takes longer than to find them.
const SHOWN: usize = 10;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// Reads the bytes of a manifest, and shows what is found.
pub fn check(bytes: &[u8]) {
    let (source, damage) = Source::decode("m.yaml", bytes.to_vec());
    if let Some(damage) = damage {
        findings_lie_within(source.text(), std::slice::from_ref(&damage));
        findings_can_be_shown(&source, &[damage]);
    }
    let (root, _) = yaml::load(source.text());
    if let Some(root) = root {
        tree_lies_within(source.text(), &root, &(0..source.text().len()));
    }
    let findings = findings_of(&source);
    findings_lie_within(source.text(), &findings);
    findings_can_be_shown(&source, &findings[..findings.len().min(SHOWN)]);
    if let Some(finding) = findings.iter().find(|finding| finding.fix.is_some()) {
        is_mended_by_its_fix(&source, finding, &findings);
    }
}

/// All that there is to say of a manifest by itself, in the order of its lines.
fn findings_of(source: &Source) -> Vec<Diagnostic> {
    let (requirements, mut findings) = read(source);
    assert!(findings.is_sorted_by_key(|finding| finding.span.start), "{findings:?}");
    requirements_lie_within(source.text(), &requirements);
    let (allowances, ineffective) = allow::allowances(source);
    findings.extend(ineffective);
    match resolve(&requirements, &CATALOG) {
        Ok(needs) => {
            let counts = (needs.integrations.len(), needs.secrets.len());
            assert_eq!(counts, (requirements.integrations.len(), requirements.secrets.len()));
            findings.extend(lint(&needs));
        }
        Err(mut unknown) => {
            for finding in &mut unknown {
                finding.keep_quotes(source.text());
            }
            assert!(unknown.iter().any(|finding| finding.level == Level::Error));
            findings.extend(unknown);
        }
    }
    allow::apply(&allowances, &[Stage::Manifest, Stage::Lint], &Levels::default(), &mut findings);
    findings.sort_by_key(|finding| finding.span.start);
    findings
}

/// Asserts that findings point into the text.
fn findings_lie_within(text: &str, findings: &[Diagnostic]) {
    for finding in findings {
        lies_within(text, &finding.span, "a finding at");
        if let Some((span, _)) = &finding.related {
            lies_within(text, span, "a related place at");
        }
        if let Some(fix) = &finding.fix {
            lies_within(text, &fix.span, "a fix at");
        }
    }
}

/// Asserts that every format shows all of some findings.
fn findings_can_be_shown(source: &Source, findings: &[Diagnostic]) {
    for format in [Format::Json, Format::Gitlab, Format::Sarif] {
        let shown = format!("[{}]", format.renderer().findings(source, findings));
        let shown: Value = serde_json::from_str(&shown).expect("it is JSON");
        assert_eq!(shown.as_array().map(Vec::len), Some(findings.len()), "{format:?}");
        has_places(&shown);
    }
    let lines = Format::Github.renderer().findings(source, findings);
    let commands = lines.lines().filter(|line| line.starts_with("::"));
    assert_eq!((lines.lines().count(), commands.count()), (findings.len(), findings.len()));
    let rows = Format::Markdown.renderer().findings(source, findings);
    let whole = rows.lines().filter(|row| row.starts_with("| ") && row.matches('|').count() == 5);
    assert_eq!((rows.lines().count(), whole.count()), (findings.len(), findings.len()), "{rows}");
    let drawn = text::render(source, findings, false);
    assert_eq!(drawn.is_empty(), findings.is_empty());
    for shown in [lines, rows, drawn] {
        let control = shown.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(control, None, "it gets to the terminal: {shown:?}");
    }
}

/// Asserts that no place ends before it starts, and that all lines and columns are counted from 1.
fn has_places(shown: &Value) {
    match shown {
        Value::Array(values) => values.iter().for_each(has_places),
        Value::Object(fields) => {
            let number = |name: &str| fields.get(name).and_then(Value::as_u64);
            for name in ["line", "column", "column_utf16", "startLine", "startColumn", "begin"] {
                assert_ne!(number(name), Some(0), "{shown:#}");
            }
            let start = (number("startLine"), number("startColumn"));
            assert!(start <= (number("endLine"), number("endColumn")), "{shown:#}");
            assert!(number("begin") <= number("end"), "{shown:#}");
            fields.values().for_each(has_places);
        }
        _ => {}
    }
}

/// Asserts that a manifest with a fix applied lacks the finding, and is YAML if it was before.
fn is_mended_by_its_fix(source: &Source, finding: &Diagnostic, before: &[Diagnostic]) {
    let fix = finding.fix.as_ref().expect("the finding has a fix");
    let mut text = source.text().to_owned();
    text.replace_range(fix.span.clone(), &fix.replacement);
    let mended = Source::new("m.yaml", text);
    let after = findings_of(&mended);
    let is_broken = |findings: &[Diagnostic]| findings.iter().any(|f| f.rule == Rule::Syntax);
    assert!(is_broken(before) || !is_broken(&after), "{finding:?} breaks {:?}", mended.text());
    let is_there =
        |other: &Diagnostic| (other.rule, other.span.start) == (finding.rule, finding.span.start);
    assert!(!after.iter().any(is_there), "{finding:?} is not mended in {:?}", mended.text());
}

/// Asserts that every value of a tree lies within the one around it.
fn tree_lies_within(text: &str, node: &Node<'_>, around: &Range<usize>) {
    lies_within(text, &node.span, "a value at");
    let is_within = around.start <= node.span.start && node.span.end <= around.end;
    assert!(is_within, "{:?} is not within {around:?} of {text:?}", node.span);
    match &node.kind {
        NodeKind::Sequence(items) => {
            for item in items {
                tree_lies_within(text, item, &node.span);
            }
        }
        NodeKind::Mapping(entries) => {
            for entry in entries {
                lies_within(text, &entry.key_span, "a key at");
                tree_lies_within(text, &entry.value, &node.span);
            }
        }
        NodeKind::Scalar(_) | NodeKind::Refused => {}
    }
}

fn requirements_lie_within(text: &str, requirements: &Requirements) {
    for integration in &requirements.integrations {
        lies_within(text, &integration.span, "a key at");
        for scope in &integration.scopes {
            lies_within(text, &scope.span, "a scope at");
        }
        if let Some(description) = &integration.description {
            lies_within(text, &description.span, "a description at");
        }
    }
    for secret in &requirements.secrets {
        lies_within(text, &secret.span, "a secret at");
    }
}

fn lies_within(text: &str, span: &Range<usize>, what: &str) {
    assert!(span.start <= span.end && text.get(span.clone()).is_some(), "{what} {span:?} {text:?}");
}
