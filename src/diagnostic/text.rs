//! Findings for people: the line, a mark under the right characters, and what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Grade, Origin, Patch, Renderer, Snippet,
};

use super::{Diagnostic, Level, Source};

/// A line that is longer than this is not drawn, only named.
const LONGEST_LINE: usize = 2_000;

/// Writes findings one below the other, an empty line after each.
pub fn render(source: &Source, findings: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&report(source, finding)));
        text.push_str("\n\n");
    }
    text
}

fn report<'a>(source: &'a Source, finding: &'a Diagnostic) -> Vec<Group<'a>> {
    let grade = match finding.level {
        Level::Error => Grade::ERROR,
        Level::Warning => Grade::WARNING,
        Level::Note => Grade::NOTE,
    };
    let title = grade.primary_title(finding.message.as_str()).id(finding.rule.name());
    let lines = source.lines_around(&finding.span);
    let at = source.position(finding.span.start);
    let mut group = if lines.len() > LONGEST_LINE {
        title.element(Origin::path(source.name()).line(at.line).char_column(at.column))
    } else {
        let primary = mark(AnnotationKind::Primary, finding.span.clone(), finding.label.as_deref());
        let mut snippet = Snippet::source(source.text()).path(source.name()).annotation(primary);
        if let Some((span, label)) = &finding.related
            && source.lines_around(span).len() <= LONGEST_LINE
        {
            snippet = snippet.annotation(mark(
                AnnotationKind::Context,
                span.clone(),
                Some(label.as_str()),
            ));
        }
        title.element(snippet)
    };
    if let Some(help) = &finding.help {
        group = group.element(Grade::HELP.message(help.as_str()));
    }
    let mut groups = vec![group];
    if let Some(fix) = &finding.fix
        && lines.len() <= LONGEST_LINE
    {
        let patch = Patch::new(fix.span.clone(), fix.replacement.as_str());
        let snippet = Snippet::source(source.text()).path(source.name()).patch(patch);
        groups.push(Grade::HELP.secondary_title("write it like this").element(snippet));
    }
    groups
}

fn mark<'a>(
    kind: AnnotationKind,
    span: std::ops::Range<usize>,
    label: Option<&'a str>,
) -> Annotation<'a> {
    kind.span(span).label(label)
}
