//! `xreq explain`: key → scopes → operations → the grant that covers it, or what is missing.

mod text;

use std::path::Path;

use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::explanation::explain;
use crate::app::manifest_source::Declared;
use crate::cli::Explain;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::markdown::cell;
use crate::findings::{Format, Source};
use crate::policy::lint;
use crate::policy::needs::Needs;
use crate::policy::verdict::{GapKind, Verdict, markdown};
use crate::terminal::Terminal;
use crate::text::redact::{redact, redact_json};

const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Explain, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let (keys, file) = subjects(args)?;
    let declared =
        if keys.is_empty() { Declared::find(file, context)? } else { Declared::of_keys(keys) };
    let catalog = context.catalog(&args.catalog.files)?;
    let needs = declared.needs(&catalog, context).map_err(|invalid| {
        if keys.is_empty() {
            invalid
        } else {
            Error::new(Code::CatalogUnknown, invalid.to_string())
        }
    })?;
    let verdict = explain(&needs, &(&args.against).into(), context)?;
    let place = keys.is_empty().then_some(&declared.source);
    match args.format {
        Format::Json => {
            let mut answer = as_json(&verdict, &needs, place);
            redact_json(&mut answer);
            terminal.print_json(&answer)?;
        }
        Format::Text => {
            let layout = text::layout(&verdict, &needs, place);
            terminal.print_styled(&redact(&layout.shown(terminal.columns())))?;
        }
        _ => {
            let (table, graph) = (markdown::table(&verdict, &needs), markdown::graph(&verdict));
            let text = if table.is_empty() { "Nothing is required.\n" } else { &table };
            let command = lint::command(&needs).map_or_else(String::new, |finding| {
                format!("\n{}\n", cell(&redact(&finding.message)))
            });
            terminal.print(&format!("{text}{command}\n{}", redact(&graph)))?;
        }
    }
    Ok(Exit::Done)
}

/// Returns the keys to explain, or the file of the manifest, whichever was named.
fn subjects(args: &Explain) -> Result<(&[String], Option<&Path>)> {
    let is_file = |word: &String| {
        word == "-" || word.contains('/') || word.ends_with(".yaml") || word.ends_with(".yml")
    };
    match args.keys.as_slice() {
        [only] if is_file(only) => Ok((&[], Some(Path::new(only)))),
        words if words.iter().any(is_file) => {
            Err(Error::new(Code::BadArgument, "a manifest is explained by itself")
                .with_hint("name one file, or keys"))
        }
        words => Ok((words, args.manifest.path.as_deref())),
    }
}

fn as_json(verdict: &Verdict<'_>, needs: &Needs<'_>, place: Option<&Source>) -> Value {
    let line = |byte| place.map(|source| source.position(byte).line);
    let requirements: Vec<_> = verdict
        .keys
        .iter()
        .map(|outcome| {
            let need = outcome.need;
            json!({
                "key": need.requirement.key,
                "required": !need.requirement.optional,
                "provider": need.provider.slug,
                "scopes": need.scopes,
                "api_scopes": need.api_scopes,
                "covered": outcome.covered_by.is_some(),
                "covered_by": outcome.covered_by.as_ref().map(|id| &id.account),
                "missing": outcome.missing,
                "line": line(need.requirement.span.start),
            })
        })
        .collect();
    let secrets: Vec<_> = needs
        .secrets
        .iter()
        .map(|secret| {
            let missing = verdict
                .gaps
                .iter()
                .any(|gap| gap.kind == GapKind::Secret && gap.key == secret.name);
            json!({
                "key": secret.name,
                "required": !secret.optional,
                "covered": !missing,
                "line": line(secret.span.start),
            })
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "requirements": requirements,
        "secrets": secrets,
        "delivery": needs.delivery.iter().map(|way| way.value.name()).collect::<Vec<_>>(),
        "on_refresh": needs.on_refresh.map(|action| {
            json!({ "action": action.value.to_string(), "line": line(action.span.start) })
        }),
    })
}
