//! `xreq audit-log`: the proof that the audit log is whole. It is long by the remarks that it words.

mod summary;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::context::Context;
use crate::audit_log::settings::AuditSettings;
use crate::audit_log::verify::{Finding, LinePlace};
use crate::audit_log::{Audit, Verification, verify_files};
use crate::cli::AuditLog;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::count::count;
use crate::text::redact::redact;

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(command: &AuditLog, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
        AuditLog::Verify { files, key, format } => {
            verify(files, key.as_deref(), *format, context, terminal)
        }
        AuditLog::Summary { since, format } => {
            summary::run(&audit(context)?, *since, *format, terminal)
        }
    }
}

fn verify(
    named: &[PathBuf],
    key: Option<&Path>,
    format: Format,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let (verified, of_calls) = match key {
        Some(key) if !named.is_empty() => (verify_files(named, key)?, None),
        _ => {
            let audit = audit(context)?;
            let key = key.unwrap_or(audit.key_file());
            if named.is_empty() {
                (audit.verify(key)?, audit.verify_calls(key)?)
            } else {
                (verify_files(named, key)?, None)
            }
        }
    };
    let is_of_store = named.is_empty();
    if format == Format::Text {
        tell(&verified, is_of_store, terminal)?;
        if let Some(of_calls) = &of_calls {
            terminal.tell("calls:")?;
            tell(of_calls, is_of_store, terminal)?;
        }
    } else {
        let mut answer = as_json(&verified, &notes(&verified, is_of_store));
        if let Some(of_calls) = &of_calls {
            answer["calls"] = as_json(of_calls, &notes(of_calls, is_of_store));
        }
        terminal.print_json(&answer)?;
    }
    let mut proofs = of_calls.iter().chain([&verified]);
    let is_whole = proofs.all(|verified| verified.proof.findings.is_empty());
    Ok(if is_whole { Exit::Done } else { Exit::Findings })
}

fn tell(verified: &Verification, is_of_store: bool, terminal: &Terminal) -> Result<()> {
    let proof = &verified.proof;
    for finding in &proof.findings {
        let (place, fault) = (shown(finding, verified), finding.fault);
        terminal.tell(&*redact(&format!("{place}: {fault}")))?;
    }
    for note in &notes(verified, is_of_store) {
        terminal.note(note);
    }
    terminal.tell(outcome(verified))?;
    if let Some(state) = verified.state.as_ref().filter(|_| !proof.findings.is_empty()) {
        terminal.note(&format!(
            "find out who did it; to begin a new chain, move the files of the log away and \
             remove `{}`",
            state.display()
        ));
    }
    Ok(())
}

/// Returns the log of this store. One that is turned off now may have been on before.
fn audit(context: &Context) -> Result<Audit> {
    match context.audit()? {
        Some(audit) => Ok(audit),
        None => Audit::new(&AuditSettings::default(), &context.home()?, context.state_folder()),
    }
}

fn file(place: LinePlace, verified: &Verification) -> String {
    verified.files[place.file].display().to_string()
}

fn shown(Finding { place, through, .. }: &Finding, verified: &Verification) -> String {
    match place {
        None => "the log".to_owned(),
        Some(place) if place.line == *through => format!("{}:{through}", file(*place, verified)),
        Some(place) => format!("{}:{}-{through}", file(*place, verified), place.line),
    }
}

/// Words the remarks that are no findings.
fn notes(verified: &Verification, is_of_store: bool) -> Vec<String> {
    let Verification { proof, torn, state, .. } = verified;
    let mut notes = Vec::new();
    match proof.begin {
        None if !proof.findings.is_empty() && proof.lines > 0 => {
            notes.push("no line fits the key: is it that of this log?".to_owned());
        }
        None if proof.lines > 0 => notes.push(format!(
            "none of the lines has a chain ({} in all): they are from before it, and nothing is proved of them",
            proof.lines
        )),
        Some((place, seq)) => {
            if (place.file, place.line) != (0, 1) {
                let place = format!("{}:{}", file(place, verified), place.line);
                notes.push(format!(
                    "the chain begins at {place}: nothing is proved of the lines before it"
                ));
            }
            if !is_of_store && seq > 1 {
                notes.push(format!("the files begin with record {seq}: name the earlier ones, too"));
            }
        }
        None => {}
    }
    if is_of_store && proof.dropped > 0 {
        notes.push(format!("rotation has removed the records up to {}", proof.dropped));
    }
    for place in &proof.torn {
        let place = format!("{}:{}", file(*place, verified), place.line);
        notes.push(format!("{place}: a line without an end was cut off before it was written"));
    }
    if *torn > 0 {
        notes.push(format!(
            "the last {torn} bytes are a line without an end: a writer was killed, or is at work"
        ));
    }
    if state.is_none() {
        notes.push(format!(
            "whether lines are missing at the end is not known: {}",
            if is_of_store { "there is no state of this log" } else { "files were named" }
        ));
    }
    notes
}

fn outcome(verified: &Verification) -> String {
    let proof = &verified.proof;
    let files = count(verified.files.len(), "file");
    let lines = count(proof.lines, "line");
    match proof.findings.len() {
        0 if proof.begin.is_none() => format!("{lines} in {files}: nothing to prove"),
        0 => format!("{lines} in {files}: whole up to record {}", proof.last),
        found => format!("{lines} in {files}: {}", count(found, "finding")),
    }
}

fn as_json(verified: &Verification, notes: &[String]) -> Value {
    let Verification { proof, files, state, .. } = verified;
    let finding = |finding: &Finding| {
        let Finding { fault, place, through } = finding;
        json!({
            "code": fault.name(),
            "message": fault.to_string(),
            "file": place.map(|place| file(place, verified)),
            "line": place.map(|place| place.line),
            "through": place.map(|_| through),
        })
    };
    json!({
        "schema_version": SCHEMA_VERSION,
        "whole": proof.findings.is_empty(),
        "files": files,
        "lines": proof.lines,
        "first_record": proof.begin.map(|(_, seq)| seq),
        "last_record": proof.begin.map(|_| proof.last),
        "dropped_through": proof.dropped,
        "end_is_known": state.is_some(),
        "findings": proof.findings.iter().map(finding).collect::<Vec<_>>(),
        "notes": notes,
    })
}
