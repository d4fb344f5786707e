//! Findings for people: the line, a mark under the right characters, and what to do.

use std::ops::Range;

use annotate_snippets::renderer::{AnsiColor, DecorStyle, Effects, Style};
use annotate_snippets::{
    AnnotationKind, Group, Level as Grade, Origin, Patch, Renderer as Drawing, Snippet,
    normalize_untrusted_str,
};

use super::diagnostic::help_words;
use super::renderer::{Frame, Piece, Renderer};
use super::report::{Report, Told};
use super::{Diagnostic, Level, Source, Tally};
use crate::text::escape::{defused, is_odd, on_one_line};

/// Lines are drawn only where they have no more bytes than this together.
const MOST_DRAWN: usize = 4_000;

/// The format for people.
pub struct Text;

impl Renderer for Text {
    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        render(source, findings, true)
    }

    fn closing(&self, tally: &Tally) -> String {
        format!("{tally}\n")
    }

    fn piece(&self, report: &dyn Report) -> Piece {
        let Told { result, beside } = report.text();
        Piece { text: result, beside, ..Piece::of(report) }
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        if pieces.is_empty() {
            return self.closing(&frame.tally);
        }
        pieces.into_iter().map(|piece| piece.text).collect()
    }

    fn is_for_platform(&self) -> bool {
        false
    }

    fn displays_names(&self) -> bool {
        true
    }
}

/// Writes findings one below the other, an empty line after each.
pub fn render(source: &Source, findings: &[Diagnostic], colour: bool) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let source = source.redacted().renamed(on_one_line(source.name()));
    let renderer = if colour { coloured() } else { Drawing::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&report(&source, &finding.redacted())));
        text.push_str("\n\n");
    }
    defused(&text).replace(|c| is_odd(c) && !c.is_ascii(), "\u{fffd}")
}

/// Returns a drawing in the colours of [layout](crate::text::layout::Style): those that can be read on a
/// light and on a dark terminal.
fn coloured() -> Drawing {
    let bold = Style::new().effects(Effects::BOLD);
    let in_colour = |colour: AnsiColor| colour.on_default().effects(Effects::BOLD);
    Drawing::styled()
        .error(in_colour(AnsiColor::Red))
        .warning(in_colour(AnsiColor::Magenta))
        .note(in_colour(AnsiColor::Green))
        .info(bold)
        .help(bold)
        .line_num(Style::new().effects(Effects::DIMMED))
        .context(bold)
        .addition(AnsiColor::Green.on_default())
        .removal(AnsiColor::Red.on_default())
}

fn report<'a>(source: &'a Source, finding: &'a Diagnostic) -> Vec<Group<'a>> {
    let grade = match finding.level {
        Level::Error => Grade::ERROR,
        Level::Warning => Grade::WARNING,
        Level::Note => Grade::NOTE,
    };
    let title = grade.primary_title(finding.message.as_str()).id(finding.rule.name());
    let mut group = if finding.rule.is_of_grant() {
        title.element(Origin::path(source.name()))
    } else if let Some(window) = Window::around(source, finding) {
        let primary = AnnotationKind::Primary
            .span(window.within(&finding.span))
            .label(finding.label.as_deref());
        let related = finding.related.iter().filter(|(span, _)| window.has(span));
        let related = related.map(|(span, label)| {
            AnnotationKind::Context.span(window.within(span)).label(label.as_str())
        });
        title.element(window.snippet().annotation(primary).annotations(related))
    } else {
        let at = source.position(finding.span.start);
        title.element(Origin::path(source.name()).line(at.line).char_column(at.column))
    };
    if let Some(help) = &finding.help {
        group = group.element(Grade::HELP.message(normalize_untrusted_str(&help_words(help))));
    }
    let mut groups = vec![group];
    if let Some(fix) = &finding.fix
        && let Some(window) = Window::of(source, &fix.span)
    {
        let patch = Patch::new(window.within(&fix.span), fix.replacement.as_str());
        let snippet = window.snippet().patch(patch);
        groups.push(Grade::HELP.secondary_title("write it like this").element(snippet));
    }
    groups
}

/// The lines of a source that are drawn; the rest is not even looked at.
struct Window<'a> {
    source: &'a Source,
    lines: Range<usize>,
}

impl<'a> Window<'a> {
    /// Returns the lines of a finding, and of its related place where that is near.
    fn around(source: &'a Source, finding: &Diagnostic) -> Option<Self> {
        let span = &finding.span;
        let both = finding
            .related
            .as_ref()
            .map(|(related, _)| span.start.min(related.start)..span.end.max(related.end));
        both.and_then(|both| Self::of(source, &both)).or_else(|| Self::of(source, span))
    }

    fn of(source: &'a Source, span: &Range<usize>) -> Option<Self> {
        let lines = source.lines_around(span);
        (lines.len() <= MOST_DRAWN).then_some(Self { source, lines })
    }

    fn has(&self, span: &Range<usize>) -> bool {
        self.lines.start <= span.start && span.end <= self.lines.end
    }

    fn within(&self, span: &Range<usize>) -> Range<usize> {
        span.start - self.lines.start..span.end - self.lines.start
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(&self.source.text()[self.lines.clone()])
            .path(self.source.name())
            .line_start(self.source.position(self.lines.start).line)
    }
}
