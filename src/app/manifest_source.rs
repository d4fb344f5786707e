//! The manifest that a command works on: finding it, reading it, resolving it.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::display_paths::{STDIN, display_name};
use crate::app::manifest_discovery::{ManifestPlace, locate};
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result, advice};
use crate::findings::{
    Diagnostic, Format, Level, Levels, MOST_FINDINGS, Piece, Rule, Source, Stage,
};
use crate::manifest::allow::{self, Allowance};
use crate::manifest::{self, Requirements, yaml};
use crate::policy::lint::lint;
use crate::policy::needs::{Needs, resolve};
use crate::text::count::count;
use crate::text::escape::on_one_line;

/// More than nearly all manifests have, so that one read is enough. Room that is not used costs no memory:
/// it is of what the allocator would otherwise clear for age's buffer later, page by page.
const USUAL_BYTES: usize = 40 * 1024;

/// A manifest as it was read.
pub(crate) struct LoadedManifest {
    pub(crate) source: Source,
    pub(crate) requirements: Requirements,
    /// Path that it was read from; standard input and arguments have none.
    pub(crate) path: Option<PathBuf>,
    /// Whether it was made of arguments: nobody wrote its text.
    is_of_arguments: bool,
    /// The device and the number of the file that was read.
    file: Option<(u64, u64)>,
    allowances: Vec<Allowance>,
    findings: Vec<Diagnostic>,
}

impl LoadedManifest {
    /// Reads the manifest that was named, or the one that is here.
    pub(crate) fn find(named: Option<&Path>, context: &Context) -> Result<Self> {
        let place = locate(named, context)?;
        place.announce(context);
        let name = display_name(&place.path);
        Self::read(&place, name)
    }

    /// Reads a manifest, which findings call `name`; the path `-`, if it was named, is standard input.
    pub(crate) fn read(place: &ManifestPlace, name: String) -> Result<Self> {
        let is_stdin = place.is_named && place.path == Path::new(STDIN);
        let (bytes, file) = if is_stdin {
            (bounded(io::stdin().lock()), None)
        } else {
            let opened = place.open()?;
            let file = opened.metadata().ok().as_ref().map(number);
            (bounded(opened), file)
        };
        let bytes = bytes.map_err(|error| {
            let message = format!("cannot read {}", on_one_line(&name));
            Error::of_system(Code::FileUnreadable, message, &error)
        })?;
        let path = (!is_stdin).then(|| place.path.clone());
        Ok(Self { path, file, ..Self::parse(name, bytes) })
    }

    /// Returns the path without links of the file that was read; `None` if it has none, as a pipe.
    ///
    /// # Errors
    ///
    /// [`Code::FileUnreadable`]: another file is there by now.
    pub(crate) fn real_path(&self) -> Result<Option<PathBuf>> {
        let path = self.path.as_ref().and_then(|path| path.canonicalize().ok());
        let Some(path) = path else { return Ok(None) };
        if path.symlink_metadata().ok().as_ref().map(number) == self.file {
            return Ok(Some(path));
        }
        let name = on_one_line(self.source.name());
        let message = format!("{name} was replaced while it was read");
        Err(Error::new(Code::FileUnreadable, message).with_hint("try again"))
    }

    /// Creates a manifest that requires these keys, one on each line.
    pub(crate) fn of_keys(keys: &[String]) -> Self {
        let items: Vec<_> =
            keys.iter().map(|key| format!("- {}", serde_json::json!(key))).collect();
        let text = format!("integrations:\n{}\n", items.join("\n"));
        Self { is_of_arguments: true, ..Self::parse("<arguments>".to_owned(), text.into_bytes()) }
    }

    pub(crate) fn parse(name: String, bytes: Vec<u8>) -> Self {
        let unread = |source, finding| Self {
            source,
            requirements: Requirements::default(),
            path: None,
            is_of_arguments: false,
            file: None,
            allowances: Vec::new(),
            findings: vec![finding],
        };
        if bytes.len() > yaml::MAX_BYTES {
            return unread(Source::new(name, String::new()), yaml::too_large());
        }
        let (source, damage) = Source::decode(name, bytes);
        if let Some(damage) = damage {
            return unread(source, damage);
        }
        let (requirements, mut findings) = manifest::read(&source);
        let (allowances, ineffective) = allow::allowances(&source);
        findings.extend(ineffective);
        let hidden: Vec<_> = findings.iter().flat_map(|finding| finding.hides.clone()).collect();
        let source = source.masked(&hidden);
        let (path, file, is_of_arguments) = (None, None, false);
        Self { source, requirements, path, is_of_arguments, file, allowances, findings }
    }

    /// Accepts an empty file (`/dev/null`) as a manifest that requires nothing.
    pub(crate) fn or_nothing(mut self) -> Self {
        self.findings.retain(|finding| finding.rule != Rule::Empty);
        self
    }

    /// Looks the requirements up, and gives what the text and the catalog have to say of them.
    pub(crate) fn resolve<'a>(&'a self, catalog: &'a Catalog) -> (Needs<'a>, Vec<Diagnostic>) {
        let mut findings = self.findings.clone();
        let needs = resolve(&self.requirements, catalog).unwrap_or_else(|mut unknown| {
            for finding in &mut unknown {
                finding.keep_quotes(self.source.text());
            }
            findings.extend(unknown);
            Needs::default()
        });
        (needs, findings)
    }

    /// Returns the findings to show: without those that a comment allows and nobody denies, each at its
    /// configured level. `stages` says what was looked for.
    pub(crate) fn findings(
        &self,
        mut found: Vec<Diagnostic>,
        stages: &[Stage],
        levels: &Levels,
    ) -> Findings {
        allow::apply(&self.allowances, stages, levels, &mut found);
        levels.apply(&mut found);
        Findings::new(found)
    }

    /// Returns all findings about the manifest by itself.
    pub(crate) fn lint(&self, catalog: &Catalog, levels: &Levels) -> Findings {
        let (needs, mut found) = self.resolve(catalog);
        if found.iter().any(|finding| finding.level == Level::Error) {
            return self.findings(found, &[Stage::Manifest], levels);
        }
        found.extend(lint(&needs));
        self.findings(found, &[Stage::Manifest, Stage::Lint], levels)
    }

    /// Looks the requirements up, and reports what there is to say about them.
    ///
    /// # Errors
    ///
    /// The manifest has errors.
    pub(crate) fn needs<'a>(
        &'a self,
        catalog: &'a Catalog,
        context: &Context,
    ) -> Result<Needs<'a>> {
        let (needs, mut found) = self.resolve(catalog);
        // An app may require nothing: it is worth a word where something looks like a requirement.
        found.retain(|it| it.rule != Rule::RequiresNothing || !it.span.is_empty());
        let findings = self.findings(found, &[Stage::Manifest], &Levels::default());
        if self.is_of_arguments {
            return told_as_arguments(&findings.shown, context).map_or(Ok(needs), Err);
        }
        context.reporter.findings(&self.source, &findings.shown);
        if findings.errors > 0 { Err(findings.failure(&self.source)) } else { Ok(needs) }
    }
}

/// The findings about a manifest: their number, and as many of them as anybody reads.
pub(crate) struct Findings {
    /// Sorted by place.
    pub(crate) shown: Vec<Diagnostic>,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
}

impl Findings {
    fn new(mut all: Vec<Diagnostic>) -> Self {
        all.sort_by_key(|finding| finding.span.start);
        let of_level = |level| all.iter().filter(|finding| finding.level == level).count();
        let (errors, warnings) = (of_level(Level::Error), of_level(Level::Warning));
        let beyond = all.len().saturating_sub(MOST_FINDINGS);
        if beyond > 0 {
            let rest = all.split_off(MOST_FINDINGS);
            let are = if beyond == 1 { "is" } else { "are" };
            let message = format!("{} {are} not shown", count(beyond, "more finding"));
            let worst = rest.iter().map(|finding| finding.level).max().unwrap_or(Level::Error);
            let place = rest[0].span.clone();
            all.push(Diagnostic::new(Rule::MoreFindings, place, message).level(worst));
        }
        Self { shown: all, errors, warnings }
    }

    /// Formats the same, to be listed.
    pub(crate) fn listed(&self, source: &Source, format: Format) -> Piece {
        let (shown, errors, warnings) = self.counts();
        let text = match shown {
            0 => String::new(),
            _ => format.renderer().findings(source, &self.shown),
        };
        Piece { text, shown, errors, warnings, ..Piece::default() }
    }

    /// Returns how many findings are shown, and how many errors and warnings there are.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.shown.len(), self.errors, self.warnings)
    }

    /// Returns the failure of a command that needs a manifest without errors.
    pub(crate) fn failure(&self, source: &Source) -> Error {
        let name = on_one_line(source.name());
        let errors = count(self.errors, "error");
        Error::new(Code::ManifestInvalid, format!("{name} has {errors}"))
    }
}

/// Warns of findings about arguments, whose text nobody wrote; returns the first error.
fn told_as_arguments(findings: &[Diagnostic], context: &Context) -> Option<Error> {
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.level == Level::Error);
    for finding in others {
        let message = finding.message.clone();
        context.reporter.warning(match &finding.help {
            Some(help) => advice![message, ": ", help.clone()],
            None => message.into(),
        });
    }
    let errors = errors.into_iter().map(|finding| {
        let label = finding.label.as_ref().map_or_else(String::new, |label| format!("; {label}"));
        let error = Error::new(Code::ManifestInvalid, format!("{}{label}", finding.message));
        match &finding.help {
            Some(help) => error.with_remedy(help.clone()),
            None => error,
        }
    });
    let mut errors = errors.collect::<Vec<_>>().into_iter();
    let first = errors.next()?;
    errors.for_each(|error| context.reporter.failure(&error));
    Some(first)
}

/// Returns the device and the number of a file, by which it is told from others.
fn number(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// Reads at most one byte more than a manifest may have: enough to know that it is too large.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    reader.take(yaml::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
