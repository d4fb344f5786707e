//! A subject of the catalog, for people.

use crate::app::catalog_subject::{Subject, keys_with, operations_of, operations_with};
use crate::catalog::{Capability, Catalog, Operation, Provider, VariableContent};
use crate::text::count::count;
use crate::text::layout::{Layout, Phrase, Style, whole};

/// The columns of a field's name.
const NAMES: usize = 9;

pub(super) fn layout(catalog: &Catalog, subject: &Subject<'_>) -> Layout {
    let mut layout = Layout::default();
    match subject {
        Subject::Everything => layout.table(0, catalog.providers().iter().map(summary)),
        Subject::Provider(provider) => of_provider(&mut layout, provider),
        Subject::Key(provider, key, capability) => of_key(&mut layout, provider, key, capability),
        Subject::Scope(provider, scope, description) => {
            layout.line(0, heading(scope, &format!("scope of {}: {description}", provider.title)));
            let keys = keys_with(provider, scope).map(|(key, how)| format!("{key}{how}"));
            list(&mut layout, "keys", keys.map(|key| vec![key.into()]));
            list(&mut layout, "operations", operations_with(provider, scope).map(operation));
        }
        Subject::Operation(provider, operation) => {
            of_operation(&mut layout, provider, operation);
        }
    }
    layout
}

fn summary(provider: &Provider) -> Vec<Phrase> {
    let Provider { title, capabilities, scopes, .. } = provider;
    let (keys, scopes) = (count(capabilities.len(), "key"), count(scopes.len(), "scope"));
    let operations = count(provider.operations().len(), "operation");
    vec![
        Phrase::new(Style::Strong, provider.slug.as_str()),
        format!("{title}: {keys}, {scopes}, {operations}").into(),
    ]
}

fn of_provider(layout: &mut Layout, provider: &Provider) {
    let website = provider.website.as_deref().unwrap_or_default();
    layout.line(0, heading(provider.slug.as_str(), &format!("{}  {website}", provider.title)));
    let variables = provider.token_variables();
    let variables = variables.filter(|(_, content)| *content != VariableContent::AccessTokenFile);
    let names: Vec<_> = variables.map(|(name, _)| name).collect();
    layout.line(2, format!("the agent gets {}", names.join(", ")));
    let services = provider.services.iter();
    list(layout, "services", services.map(|(name, it)| vec![name.as_str().into(), (**it).into()]));
    let keys = provider.capabilities.iter();
    list(layout, "keys", keys.map(|(key, it)| vec![key.as_str().into(), (*it.title).into()]));
    let scopes = provider.scopes.iter();
    list(layout, "scopes", scopes.map(|(scope, it)| vec![scope.as_str().into(), (**it).into()]));
}

fn of_key(layout: &mut Layout, provider: &Provider, key: &str, capability: &Capability) {
    layout.line(0, heading(key, &format!("{}: {}", provider.title, capability.title)));
    let mut rows = vec![
        ("allows to".into(), (*capability.allows).into()),
        ("scopes".into(), scopes(capability).into()),
    ];
    let added = provider.missing(&capability.api(), &capability.published);
    if !added.is_empty() {
        rows.push(("api adds".into(), added.to_string().into()));
    }
    rows.extend(capability.note.as_deref().map(|note| ("note".into(), note.into())));
    layout.definitions(2, NAMES, rows);
    list(layout, "operations", operations_of(provider, key).map(operation));
}

fn of_operation(layout: &mut Layout, provider: &Provider, operation: &Operation) {
    let about = format!("{}: {}", provider.title, operation.summary);
    layout.line(0, heading(&operation.to_string(), &about));
    let mut rows = Vec::new();
    if let Some(service) = &operation.service {
        let url = provider.services.get(service).map_or("", String::as_str);
        rows.push(("service".into(), format!("{service} ({url})").into()));
    }
    for (name, parameter) in &operation.parameters {
        let pattern = parameter.pattern.as_deref().unwrap_or("any");
        rows.push((format!("{{{name}}}").into(), pattern.into()));
    }
    rows.extend([
        ("user token".into(), user_token(operation).into()),
        ("app only".into(), yes(operation.app_only).into()),
        ("OAuth 1.0a".into(), yes(operation.oauth1).into()),
    ]);
    if operation.standing {
        rows.push(("standing".into(), "makes authority that outlives the call".into()));
    }
    layout.definitions(2, NAMES, rows);
    let combinations = provider.keys_for(operation).into_iter();
    list(layout, "given by", combinations.map(|keys| vec![keys.join(" and ").into()]));
}

fn heading(name: &str, about: &str) -> Phrase {
    Phrase::new(Style::Strong, name).then(Style::Plain, &format!("  {about}"))
}

fn list(layout: &mut Layout, title: &str, rows: impl Iterator<Item = Vec<Phrase>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        layout.line(2, Phrase::new(Style::Strong, title));
    }
    layout.table(4, rows);
}

fn operation(operation: &Operation) -> Vec<Phrase> {
    vec![whole(&operation.to_string()).into(), operation.summary.as_str().into()]
}

fn scopes(capability: &Capability) -> String {
    let scopes = &capability.published;
    if scopes.is_empty() { "none: any grant will do".to_owned() } else { scopes.to_string() }
}

fn user_token(operation: &Operation) -> String {
    match &operation.user {
        None if operation.public => "not needed".to_owned(),
        None => "refused".to_owned(),
        Some(scopes) if scopes.is_empty() => "any, whatever its scopes".to_owned(),
        Some(scopes) => scopes.to_string(),
    }
}

fn yes(flag: bool) -> &'static str {
    if flag { "accepted" } else { "refused" }
}
