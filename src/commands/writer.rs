//! `xreq writer`: whose records this machine trusts.

use serde_json::json;

use crate::app::context::Context;
use crate::app::writers;
use crate::app::writers::{KnownWriter, KnownWriters};
use crate::cli::Writer;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::store::RecordName;
use crate::terminal::Terminal;
use crate::text::count::count;
use crate::text::escape::legible;
use crate::text::layout::{Layout, Phrase, Style, whole};
use crate::text::time::rfc3339;

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(command: Writer, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
        Writer::Add { key, name } => {
            let done = if writers::add(&key, name, context)? { "trusted" } else { "named anew" };
            terminal.tell(format!("{done} {key}"))?;
        }
        Writer::List { format } => return list(format, context, terminal),
        Writer::Remove { key } => {
            writers::remove(&key, context)?;
            terminal.tell(format!("no longer trusted: {key}"))?;
        }
    }
    Ok(Exit::Done)
}

fn list(format: Format, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let known = writers::list(context)?;
    for error in &known.failed {
        terminal.report(error);
    }
    match format {
        Format::Json => terminal.print_json(&as_json(&known))?,
        _ => terminal.show(&listing(&known))?,
    }
    if !known.writers.iter().any(|writer| writer.is_own) {
        terminal.note("this machine has no key yet: it is made when something is stored");
    }
    Ok(known.failed.first().map_or(Exit::Done, |error| error.code().exit()))
}

fn listing(known: &KnownWriters) -> Layout {
    let mut layout = Layout::default();
    for writer in &known.writers {
        let KnownWriter { key, records, .. } = writer;
        let is_trusted = writer.is_own || writer.trusted.is_some();
        let style = if is_trusted { Style::Good } else { Style::Attention };
        let name = writer.trusted.as_ref().and_then(|trusted| trusted.name.as_deref());
        let name = name.map_or_else(String::new, |name| format!("  {}", legible(name)));
        let line = Phrase::command(&key.to_string())
            .then(Style::Plain, "  ")
            .then(style, standing(writer));
        let rest = format!("{name}  {}", whole(&count(records.len(), "record")));
        layout.line(0, line.then(Style::Plain, &rest));
        if writer.trusted.is_none() {
            add_names(&mut layout, records);
        }
    }
    if !known.unsigned.is_empty() {
        let label = Phrase::new(Style::Attention, "not signed");
        let records = count(known.unsigned.len(), "record");
        layout.line(0, label.then(Style::Plain, &format!("  {records}")));
        add_names(&mut layout, &known.unsigned);
    }
    layout
}

fn add_names(layout: &mut Layout, records: &[RecordName]) {
    for record in records {
        layout.line(2, record.to_string());
    }
}

fn standing(writer: &KnownWriter) -> &'static str {
    match writer {
        KnownWriter { is_own: true, .. } => "own",
        KnownWriter { trusted: Some(_), .. } => "trusted",
        KnownWriter { trusted: None, .. } => "unknown",
    }
}

fn as_json(known: &KnownWriters) -> serde_json::Value {
    let names =
        |records: &[RecordName]| records.iter().map(ToString::to_string).collect::<Vec<_>>();
    let writers: Vec<_> = known
        .writers
        .iter()
        .map(|writer| {
            let trusted = writer.trusted.as_ref();
            json!({
                "key": writer.key,
                "standing": standing(writer),
                "name": trusted.and_then(|trusted| trusted.name.as_deref()),
                "added_at": trusted.and_then(|trusted| trusted.added_at).map(rfc3339),
                "records": names(&writer.records),
            })
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "resealed_at": known.resealed_at.map(rfc3339),
        "writers": writers,
        "unsigned": names(&known.unsigned),
    })
}
