//! `xreq check`: the manifest held against the store.

use serde_json::{Value, json};

use super::Context;
use super::accounts::Stored;
use super::declared::Declared;
use super::fresh::{self, Told};
use crate::cli::{Check, Format};
use crate::diagnostic::{Diagnostic, Source, json as findings_json};
use crate::error::{Exit, Result};
use crate::report;
use crate::verdict::{Gap, Verdict, judge};

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let declared = Declared::find(args.manifest.path.as_deref(), context)?;
    let catalog = context.catalog(&args.catalog)?;
    let (needs, findings) = declared.resolve(&catalog);
    let diagnostics = as_json(&declared.source, &findings.shown);
    if findings.errors > 0 {
        match args.format {
            Format::Json => context.terminal.print_json(&invalid_json(&diagnostics))?,
            Format::Text => context.terminal.findings(&declared.source, &findings.shown),
        }
        return Err(findings.failure(&declared.source));
    }
    context.terminal.findings(&declared.source, &findings.shown);
    let mut stored = Stored::find(&needs, &args.against.accounts, context)?;
    let (troubles, holdings) = if args.refresh {
        let fresh = fresh::refresh(&mut stored, &needs, &args.against, context)?;
        (fresh.troubles, stored.holdings())
    } else {
        let known = fresh::known(&stored, &needs.providers());
        (known, stored.renewable_holdings(context.now))
    };
    let verdict = judge(&needs, &holdings, Context::policy(&args.against));
    match args.format {
        Format::Json => {
            for trouble in &troubles {
                trouble.tell(&verdict, context);
            }
            let mut answer = report::json(&verdict, &declared.source);
            answer["diagnostics"] = diagnostics;
            context.terminal.print_json(&answer)?;
        }
        Format::Text => {
            tell(&verdict, &declared.source, &troubles, context);
            let summary = report::summary(&verdict, needs.secrets.len());
            let paint = if verdict.is_satisfied() { "\x1b[32m" } else { "\x1b[31m" };
            let name = declared.source.name();
            context.terminal.print(&format!("{name}: {paint}{summary}\x1b[0m\n"))?;
        }
    }
    Ok(if verdict.is_satisfied() { Exit::Done } else { Exit::Findings })
}

/// Prints gaps, warnings and notes. What a failed refresh explains is told by that.
pub(super) fn tell(verdict: &Verdict<'_>, source: &Source, troubles: &[Told], context: &Context) {
    for trouble in troubles {
        trouble.tell(verdict, context);
    }
    let was_told = |gap: &Gap| troubles.iter().any(|trouble| trouble.explains(gap));
    context.terminal.findings(source, &report::findings(verdict, was_told));
    for note in report::notes(verdict) {
        context.terminal.note(&note);
    }
}

fn as_json(source: &Source, findings: &[Diagnostic]) -> Value {
    findings.iter().map(|finding| findings_json::finding(source, finding)).collect()
}

/// The answer for a manifest that cannot be judged: whoever looks at `satisfied` alone is right.
fn invalid_json(diagnostics: &Value) -> Value {
    json!({
        "schema_version": report::SCHEMA_VERSION,
        "satisfied": false,
        "errors": [],
        "warnings": [],
        "notes": [],
        "diagnostics": diagnostics,
    })
}
