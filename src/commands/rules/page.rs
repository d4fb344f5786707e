//! The page of a rule, or of a refusal: its explanation, which is written in Markdown, as text.

use crate::broker::RefusalCode;
use crate::findings::{Level, Rule, Stage};
use crate::text::layout::{Layout, Phrase, Style};

/// The indentation of code.
const CODE: &str = "    ";

/// Lays out what a rule means.
pub(super) fn of(rule: Rule) -> Layout {
    let level = match rule.level() {
        Level::Error => "An error",
        Level::Warning => "A warning",
        Level::Note => "A note",
    };
    let command = match rule.stage() {
        Stage::Manifest => "every command that reads a manifest".to_owned(),
        stage => format!("`xreq {}`", stage.command()),
    };
    let unless = if rule.is_adjustable() { ", unless it is set otherwise" } else { "" };
    let mut layout = Layout::default();
    layout.line(0, Phrase::new(Style::Strong, rule.name()));
    layout.gap();
    layout.paragraph(0, format!("{} {level} of {command}{unless}.", rule.summary()));
    explain(rule.explanation(), &mut layout);
    layout
}

/// Lays out what a refusal of the broker means.
pub(super) fn of_refusal(code: RefusalCode) -> Layout {
    let (summary, status) = (code.summary(), code.status());
    let mut layout = Layout::default();
    layout.line(0, Phrase::new(Style::Strong, code.name()));
    layout.gap();
    layout.paragraph(0, format!("{summary} The broker answers with the HTTP status {status}."));
    explain(code.explanation(), &mut layout);
    layout
}

/// Adds headings, paragraphs, and code, which is indented and stays as it is otherwise, each below an
/// empty line.
fn explain(markdown: &str, layout: &mut Layout) {
    let mut paragraph: Vec<&str> = Vec::new();
    let mut is_code = false;
    // An empty line behind the last one ends its paragraph.
    for line in markdown.lines().chain([""]) {
        let fence = line.strip_prefix("```");
        let heading = line.strip_prefix("## ");
        if is_code && fence.is_none() {
            layout.verbatim(&format!("{CODE}{line}"));
            continue;
        }
        if fence.is_none() && heading.is_none() && !line.is_empty() {
            paragraph.push(line.trim());
            continue;
        }
        if !paragraph.is_empty() {
            layout.gap();
            layout.paragraph(0, paragraph.join(" "));
            paragraph.clear();
        }
        if let Some(heading) = heading {
            layout.gap();
            layout.line(0, Phrase::new(Style::Strong, heading));
        }
        if let Some(info) = fence {
            is_code = !is_code;
            if is_code {
                layout.gap();
            }
            if let Some(version) = info.split(' ').find(|word| ["old", "new"].contains(word)) {
                layout.line(0, format!("{version}:"));
            }
        }
    }
}
