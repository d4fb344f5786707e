//! `xreq audit-log summary`: who called what how often, and what nobody used.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::audit_log::{Audit, CallCount, RefusalCount, Summary, UnusedKey};
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::count::count;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::redact::redact;
use crate::text::time::rfc3339;

/// The version of the JSON answer.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(
    audit: &Audit,
    since: Option<SignedDuration>,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit> {
    let since = since.map(|age| Timestamp::now().saturating_sub(age));
    let since = since.transpose().unwrap_or(Some(Timestamp::MIN));
    let summary = audit.summary(since)?;
    if format == Format::Text {
        terminal.show(&shown(&summary))?;
    } else {
        let Summary { calls, refusals, unused } = &summary;
        terminal.print_json(&json!({
            "schema_version": SCHEMA_VERSION,
            "since": since.map(rfc3339),
            "calls": calls,
            "refusals": refusals,
            "unused": unused,
        }))?;
    }
    Ok(Exit::Done)
}

fn shown(summary: &Summary) -> Layout {
    let Summary { calls, refusals, unused } = summary;
    let mut layout = Layout::default();
    if calls.is_empty() && refusals.is_empty() && unused.is_empty() {
        layout.line(0, "no call of a broker is recorded");
        return layout;
    }
    section(&mut layout, "calls", calls.iter().map(called));
    section(&mut layout, "refused", refusals.iter().map(refused));
    section(&mut layout, "declared and never used", unused.iter().map(never_used));
    layout
}

/// Lays out a heading and rows, where there are any.
fn section(layout: &mut Layout, heading: &str, rows: impl Iterator<Item = Vec<String>>) {
    let words = |row: Vec<String>| row.iter().map(|word| (*redact(word)).into()).collect();
    let rows: Vec<Vec<Phrase>> = rows.map(words).collect();
    if rows.is_empty() {
        return;
    }
    if !layout.is_empty() {
        layout.gap();
    }
    layout.line(0, Phrase::new(Style::Strong, heading));
    layout.table(2, rows);
}

fn called(count_of: &CallCount) -> Vec<String> {
    let CallCount { argv0, provider, account, operation, key, calls, failed, .. } = count_of;
    let failed = if *failed > 0 { format!("{failed} failed") } else { String::new() };
    vec![
        argv0.clone(),
        subject(provider, account.as_deref()),
        operation.clone(),
        key.clone().unwrap_or_default(),
        count(*calls, "call"),
        failed,
    ]
}

fn subject(provider: &str, account: Option<&str>) -> String {
    account.map_or_else(|| provider.to_owned(), |account| format!("{provider} ({account})"))
}

fn refused(refused: &RefusalCount) -> Vec<String> {
    let RefusalCount { argv0, provider, operation, code, refusals } = refused;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let times = if *refusals == 1 { "once".to_owned() } else { format!("{refusals} times") };
    vec![argv0.clone(), text(provider), text(operation), code.clone(), times]
}

fn never_used(unused: &UnusedKey) -> Vec<String> {
    let UnusedKey { manifest, argv0, key } = unused;
    vec![argv0.clone(), key.clone(), manifest.clone()]
}
