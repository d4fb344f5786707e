//! `xreq explain`: key → scopes → operations → the grant that covers it, or what is missing.

mod broker;
mod row;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::way;
use crate::app::brokered_explanation::brokered_keys;
use crate::app::context::Context;
use crate::app::dotenv_files;
use crate::app::explanation::explain;
use crate::app::manifest_source::LoadedManifest;
use crate::app::setup::Subject;
use crate::cli::Explain;
use crate::error::{Code, Error, Exit, Remedy, Result, advice, wording};
use crate::findings::markdown::cell;
use crate::findings::{Format, Source};
use crate::model::credential_id::{CredentialId, Kind};
use crate::policy::needs::Needs;
use crate::policy::verdict::{GapKind, Verdict, json, markdown};
use crate::policy::{dotenv, lint};
use crate::terminal::Terminal;
use crate::text::redact::{redact, redact_json};

const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Explain, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let (keys, file) = subjects(args)?;
    let subject = Subject {
        manifest: file.map(Path::to_owned),
        catalog: args.catalog.files.clone(),
        criteria: (&args.against).into(),
        ..Subject::default()
    };
    match explained(args, keys, &subject, context, terminal) {
        Err(error) if way::leads_on(&error) => {
            terminal.report(&error);
            way::show(&subject, context, terminal);
            Ok(error.code().exit())
        }
        explained => explained,
    }
}

fn explained(
    args: &Explain,
    keys: &[String],
    subject: &Subject,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let declared = if keys.is_empty() {
        LoadedManifest::find(subject.manifest.as_deref(), context)?
    } else {
        LoadedManifest::of_keys(keys)
    };
    let catalog = context.catalog(&args.catalog.files)?;
    let needs = declared.needs(&catalog, context).map_err(|invalid| {
        if keys.is_empty() {
            invalid
        } else {
            let error = Error::new(Code::CatalogUnknown, invalid.to_string());
            let is_scope = |key: &&String| {
                catalog.providers().any(|provider| provider.scopes.contains_key(*key))
            };
            match keys.iter().find(is_scope) {
                Some(scope) => error.with_hint(advice![
                    format!("`{scope}` is a scope: "),
                    Remedy::ShowKey { key: scope.clone() }.request(),
                    " shows the keys that need it"
                ]),
                None => error.with_remedy_of(&invalid),
            }
        }
    })?;
    let mut verdict = explain(&needs, &(&args.against).into(), context)?;
    if !keys.is_empty() {
        // Other keys may ask for more: no manifest says that these are all.
        verdict.over_granted.clear();
    }
    let place = keys.is_empty().then_some(&declared.source);
    let overrides = match place {
        Some(_) => dotenv_files::overrides(&declared, &needs),
        None => Vec::new(),
    };
    let brokered = args.broker.then(|| brokered_keys(&verdict));
    match args.format {
        Format::Json => {
            let mut answer = as_json(&verdict, &needs, place);
            if let Some(keys) = &brokered {
                broker::add_to(&mut answer, keys);
            }
            answer["overrides"] = overrides
                .iter()
                .map(|over| json!({ "variable": over.variable, "file": over.file, "line": over.line }))
                .collect();
            if place.is_some() && !verdict.is_satisfied() {
                way::add_to(&mut answer, subject, context);
            }
            redact_json(&mut answer);
            terminal.print_json(&answer)?;
        }
        Format::Text => {
            let layout = text::layout(&verdict, &needs, place, &overrides, brokered.as_deref());
            terminal.print_styled(&redact(&layout.shown(terminal.columns())))?;
            if place.is_some() && !verdict.is_satisfied() {
                way::show(subject, context, terminal);
            }
        }
        _ => {
            let (table, graph) = (markdown::table(&verdict, &needs), markdown::graph(&verdict));
            let text = if table.is_empty() { "Nothing is required.\n" } else { &table };
            let command = lint::command(&needs).map_or_else(String::new, |finding| {
                format!("\n{}\n", cell(&redact(&finding.message)))
            });
            let note = dotenv::note(&overrides).map_or_else(String::new, |note| {
                format!("\n{}\n", cell(&redact(&wording::advice(&note))))
            });
            let below =
                brokered.map(|keys| redact(&broker::table(&keys, &verdict, &needs)).into_owned());
            let below = below.unwrap_or_default();
            terminal.print(&format!("{text}{command}{note}{below}\n{}", redact(&graph)))?;
        }
    }
    Ok(Exit::Done)
}

/// Returns the keys to explain, or the file of the manifest, whichever was named.
fn subjects(args: &Explain) -> Result<(&[String], Option<&Path>)> {
    let is_file = |word: &String| {
        let ending = Path::new(word).extension();
        let is_yaml = ending.is_some_and(|ending| ending == "yaml" || ending == "yml");
        word == "-" || word.contains('/') || is_yaml
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
            let narrow = verdict.narrow.iter().find(|narrow| std::ptr::eq(narrow.need, need));
            let mut requirement = json!({
                "key": need.requirement.key,
                "required": !need.requirement.optional,
                "provider": need.provider.slug,
                "scopes": need.scopes,
                "api_scopes": need.api_scopes,
                "covered": outcome.covered_by.is_some(),
                "covered_by": outcome.covered_by.as_ref().map(|id| &id.account),
                "missing": outcome.missing,
                "line": line(need.requirement.span.start),
            });
            if !need.requirement.kinds.is_empty() || !need.takes_grants() {
                requirement["kinds"] = json!(need.kinds);
            }
            if !need.requirement.env.is_empty() {
                let names = need.requirement.env.iter().map(|it| (it.content.name(), &it.name));
                requirement["env"] = json!(names.collect::<BTreeMap<_, _>>());
            }
            if let Some(id) = outcome.covered_by.as_ref().filter(|id| id.kind != Kind::Oauth2) {
                requirement["covered_by_kind"] = json!(id.kind);
            }
            if !need.provider.parts.is_empty() && need.takes_grants() {
                requirement["parts"] = json!(need.parts);
            }
            if let Some(part) = outcome.covered_by.as_ref().and_then(CredentialId::named_part) {
                requirement["covered_by_part"] = part.into();
            }
            let mut minted = verdict.minted.iter();
            let is_its = |id| outcome.covered_by.as_ref() == Some(id);
            if let Some(minted) = minted.find(|minted| is_its(&minted.credential)) {
                requirement["minted"] = json::minted_json(minted);
            }
            if !need.others.is_empty() {
                requirement["any_of"] = json!(need.alternatives().iter().collect::<Vec<_>>());
            }
            if !outcome.inclusions.is_empty() {
                requirement["included"] = json::inclusions_json(outcome).into();
            }
            if let Some(narrow) = narrow {
                requirement["narrow"] = json!(narrow.scopes);
            }
            requirement
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
        "manifest": place.map(Source::name),
        "requirements": requirements,
        "secrets": secrets,
        "delivery": needs.delivery.iter().map(|way| way.value.name()).collect::<Vec<_>>(),
        "on_refresh": needs.on_refresh.map(|action| {
            json!({ "action": action.value.to_string(), "line": line(action.span.start) })
        }),
    })
}
