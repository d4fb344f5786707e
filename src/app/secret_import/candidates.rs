//! The secrets of a file that can be stored, and the lines that cannot be used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::app::context::Context;
use crate::app::secrets::free_name;
use crate::catalog::Catalog;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::model::name::SecretName;
use crate::store::Secret;
use crate::text::dotenv::{Assignment, Entry, entries};

/// The contents of a file.
pub(super) struct Contents<'t> {
    /// The names of the variables that it assigns.
    pub(super) assigned: BTreeSet<&'t str>,
    /// The wanted secrets, in the order of the file.
    pub(super) candidates: Vec<Candidate<'t>>,
    /// The names of the others.
    pub(super) others: Vec<String>,
    /// The lines that cannot be used, each with why.
    pub(super) faults: Vec<Error>,
}

/// A wanted secret that was read.
pub(super) struct Candidate<'t> {
    pub(super) name: &'t str,
    /// The lines that assign it; the last one counts.
    pub(super) lines: Vec<RangeInclusive<usize>>,
    /// None if the value is empty.
    pub(super) secret: Option<(SecretName, Secret)>,
}

/// The assignments of one variable.
struct Assigned<'t> {
    last: Assignment<'t>,
    lines: Vec<RangeInclusive<usize>>,
    /// A line before the last one which some readers take that one for a part of.
    unclosed: Option<usize>,
}

impl<'t> Contents<'t> {
    /// Reads the wanted secrets of a text.
    pub(super) fn of(
        text: &'t str,
        file: &str,
        wanted: Option<&BTreeSet<String>>,
        catalog: &Catalog,
        context: &Context,
    ) -> Self {
        let mut faults = Vec::new();
        let mut unclosed = None;
        let mut variables: BTreeMap<&str, Assigned<'t>> = BTreeMap::new();
        for entry in entries(text) {
            match entry {
                Entry::Assignment(last) => {
                    let before = variables.remove(last.name);
                    let mut lines = before.map_or_else(Vec::new, |before| before.lines);
                    lines.push(last.lines.clone());
                    variables.insert(last.name, Assigned { last, lines, unclosed });
                }
                Entry::Unreadable { line, column, why, is_contained } => {
                    if !is_contained {
                        unclosed = unclosed.or(Some(line));
                    }
                    let message = format!("{file}:{line}:{column}: {why}");
                    let fault = Error::new(Code::AmbiguousAssignment, message)
                        .with_hint("mend the line, or make it a comment");
                    faults.push((line, fault));
                }
            }
        }
        let assigned = variables.keys().copied().collect();
        let (mut candidates, mut others) = (Vec::new(), Vec::new());
        for (name, variable) in variables {
            if wanted.is_some_and(|wanted| !wanted.contains(name)) {
                others.push(name.to_owned());
                continue;
            }
            let line = *variable.last.lines.start();
            match secret(&variable, file, catalog, context) {
                Ok(secret) => {
                    let lines = variable.lines;
                    candidates.push((line, Candidate { name, lines, secret }));
                }
                Err(fault) => faults.push((line, fault)),
            }
        }
        let (candidates, faults) = (in_order(candidates), in_order(faults));
        Self { assigned, candidates, others, faults }
    }
}

/// Makes a secret of a variable; `None` if its value is empty.
fn secret(
    Assigned { last, unclosed, .. }: &Assigned<'_>,
    file: &str,
    catalog: &Catalog,
    context: &Context,
) -> Result<Option<(SecretName, Secret)>> {
    let place = format!("{file}:{}:{}", last.lines.start(), last.column);
    let at =
        |error: &Error| Error::new(error.code(), format!("{place}: {error}")).with_remedy_of(error);
    let name = free_name(last.name, catalog).map_err(|error| at(&error))?;
    if let Some(line) = unclosed {
        let message = format!("{place}: `{name}`: for some readers, line {line} goes on to here");
        return Err(Error::new(Code::AmbiguousAssignment, message)
            .with_hint(format!("mend line {line} first")));
    }
    let value = last.value().map_err(|why| {
        let store = Remedy::AddSecret { name: name.to_string() };
        Error::new(Code::AmbiguousAssignment, format!("{place}: `{name}`: {why}"))
            .with_hint(advice![why.mend(), ", or store it by hand: ", store])
    })?;
    if value.is_empty() {
        return Ok(None);
    }
    let secret = Secret::new(name.clone(), value.as_str().into(), context.now);
    Ok(Some((name, secret.map_err(|error| at(&error))?)))
}

/// Returns things in the order of their lines.
fn in_order<T>(mut things: Vec<(usize, T)>) -> Vec<T> {
    things.sort_by_key(|(line, _)| *line);
    things.into_iter().map(|(_, thing)| thing).collect()
}
