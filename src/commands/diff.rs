//! `xreq diff`: what newer manifests let an agent do beyond older ones, and who has to consent to it.

mod rendering;

use serde_json::{Value, json};

use self::rendering::Rendering;
use crate::app::context::Context;
use crate::app::diff::{Differ, NotComparable, Pair, pairs};
use crate::cli::Diff;
use crate::commands::findings_stream::Listing;
use crate::error::{Exit, Result};
use crate::findings::markdown::cell;
use crate::findings::{Format, Room, Tally};
use crate::terminal::Terminal;

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Diff, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let format = args.format.into();
    let differ = Differ::new(
        context.catalog(&args.catalog.files)?,
        context.levels(args.levels.by_setting())?,
        args.allow_widening,
        args.store.as_deref(),
        context,
    );
    let compare = |pair: Pair| {
        let compared = differ.compare(&pair, |difference| Rendering::of(difference, format));
        compared.unwrap_or_else(|not_comparable| match not_comparable {
            NotComparable::Invalid { findings, failure } => {
                Rendering::invalid(&pair.new.source, &findings, failure, format)
            }
            NotComparable::Failed(failure) => Rendering::impossible(failure),
        })
    };
    let compared: Vec<_> = pairs(&args.paths, args.git.as_deref(), format, context)?
        .into_iter()
        .map(|pair| pair.map_or_else(Rendering::impossible, compare))
        .collect();
    let failures = compared.iter().filter_map(|compared| compared.failure.as_ref());
    let exit = match failures.map(|error| error.code().exit()).max() {
        // Whoever looks for new authority must not take a wrong manifest for it.
        Some(exit) => exit.max(Exit::Usage),
        None if compared.iter().any(|compared| compared.listed.errors > 0) => Exit::Findings,
        None => Exit::Done,
    };
    print(format, compared, args.git.as_deref(), terminal)?;
    Ok(exit)
}

fn print(
    format: Format,
    compared: Vec<Rendering>,
    revision: Option<&str>,
    terminal: &Terminal,
) -> Result<()> {
    let tally = Tally { since: revision.map(str::to_owned), ..Tally::default() };
    if let Format::Github | Format::Gitlab | Format::Sarif = format {
        let mut listing = Listing::begin(format, tally, terminal)?;
        let mut summaries = String::new();
        for Rendering { listed, summary, failure, .. } in compared {
            listing.add(Ok(listed))?;
            if let Some(failure) = failure {
                listing.failed(&failure);
            }
            summaries.push_str(&summary);
        }
        if format == Format::Github {
            terminal.print(&summaries)?;
        }
        return listing.end().map(|_| ());
    }
    for failure in compared.iter().filter_map(|compared| compared.failure.as_ref()) {
        terminal.report(failure);
    }
    if format == Format::Json {
        return terminal.print_json(&as_json(compared));
    }
    let mut text = match format {
        _ if !compared.is_empty() => String::new(),
        Format::Markdown => format!("## xreq diff\n\n{}\n\n", cell(&tally.to_string())),
        _ => format!("{tally}\n"),
    };
    for Rendering { listed, summary, failure, .. } in compared {
        text.push_str(&listed.text);
        match format {
            Format::Text => text.push_str(&summary),
            _ if listed.text.is_empty() => text.extend(failure.map(|failure| {
                let words = format!("{failure} (`{}`)", failure.code().name());
                format!("- {}\n", cell(&words))
            })),
            _ => {}
        }
    }
    let mut room = Room::of(format);
    let lines = text.lines().count();
    let text = room.take(text, lines);
    terminal.print(&(text + &room.rest()))
}

/// Whether anything is wider is not known where a manifest cannot be compared, unless another one is.
fn as_json(compared: Vec<Rendering>) -> Value {
    let failures: Vec<_> = compared
        .iter()
        .filter_map(|compared| compared.failure.as_ref())
        .map(|error| json!({ "code": error.code().name(), "message": error.to_string() }))
        .collect();
    let widened = if compared.iter().any(|compared| compared.is_widening == Some(true)) {
        Some(true)
    } else {
        failures.is_empty().then_some(false)
    };
    let objects = compared.into_iter().map(|compared| compared.object);
    json!({
        "schema_version": SCHEMA_VERSION,
        "widened": widened,
        "manifests": objects.filter(|object| !object.is_null()).collect::<Vec<_>>(),
        "failures": failures,
    })
}
