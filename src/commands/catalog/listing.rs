//! A subject of the catalog, for people.

use crate::app::catalog_subject::{
    Subject, aliases_of, keys_with, operations_of, operations_with, scopes_including,
};
use crate::catalog::{Capability, Catalog, Operation, Provider, ScopeDefinition};
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;
use crate::text::count::count;
use crate::text::layout::{Layout, Phrase, Style, whole};

/// The columns of a field's name.
const NAMES: usize = 9;

/// The meaning of an operation's, or a key's, mark.
const STANDING: &str = "makes authority that outlives the call";

pub(super) fn layout(catalog: &Catalog, subject: &Subject<'_>) -> Layout {
    let mut layout = Layout::default();
    match subject {
        Subject::Everything => layout.table(0, catalog.providers().map(summary)),
        Subject::Provider(provider) => of_provider(&mut layout, provider),
        Subject::Key(provider, key, capability) => of_key(&mut layout, provider, key, capability),
        Subject::Scope(provider, scope, definition) => {
            let about = format!("scope of {}: {}", provider.title, definition.text);
            layout.line(0, heading(scope, &about));
            layout.definitions(2, NAMES, relations(provider, scope, definition));
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
    for (kind, part) in provider.kinds_and_parts() {
        let variables = provider.variables_of_part(kind, &part).into_iter();
        let names = variables.filter(|(_, content)| *content != VariableContent::AccessTokenFile);
        let names: Vec<_> = names.map(|(name, _)| name).collect();
        let by = match (kind, provider.parts.get(&part)) {
            (Kind::Oauth2, Some(data)) => format!(" of {}", data.title),
            (Kind::Oauth2, None) => String::new(),
            (kind, _) => format!(" by `{}`", kind.name()),
        };
        layout.line(2, format!("the agent gets{by} {}", names.join(", ")));
    }
    let services = provider.services.iter();
    list(layout, "services", services.map(|(name, it)| vec![name.as_str().into(), (**it).into()]));
    let keys = provider.capabilities.iter();
    list(layout, "keys", keys.map(|(key, it)| vec![key.as_str().into(), (*it.title).into()]));
    let scopes = provider.scopes.iter();
    list(
        layout,
        "scopes",
        scopes.map(|(scope, it)| vec![scope.as_str().into(), (*it.text).into()]),
    );
}

fn of_key(layout: &mut Layout, provider: &Provider, key: &str, capability: &Capability) {
    layout.line(0, heading(key, &format!("{}: {}", provider.title, capability.title)));
    let mut rows = vec![
        ("allows to".into(), (*capability.allows).into()),
        ("scopes".into(), scopes(capability).into()),
    ];
    rows.extend(capability.others().iter().map(|it| ("or".into(), it.to_string().into())));
    let added = provider.missing(&capability.api(), &capability.published);
    if !added.is_empty() {
        rows.push(("api adds".into(), added.to_string().into()));
    }
    if capability.kinds() != [Kind::Oauth2] {
        rows.push(("kinds".into(), kinds(provider, capability).into()));
    }
    if !provider.parts.is_empty() && capability.kinds().contains(&Kind::Oauth2) {
        rows.push(("tokens".into(), names(&provider.serving_parts(capability)).into()));
    }
    if capability.kinds().contains(&Kind::Oauth1) {
        rows.push(("level".into(), capability.level.name().into()));
    }
    if capability.standing {
        rows.push(("standing".into(), STANDING.into()));
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
    if !operation.query.is_empty() {
        rows.push(("query".into(), operation.query.join(", ").into()));
    }
    if let Some(body) = &operation.body {
        rows.push(("body".into(), body.types.join(", ").into()));
        if !body.fields.is_empty() {
            rows.push(("fields".into(), body.fields.join(", ").into()));
        }
    }
    for part in provider.consent_parts() {
        let mut scopes = demanded(operation, &part).into_iter();
        let name = if part.is_main() {
            "user token".to_owned()
        } else {
            format!("{} token", part.as_str())
        };
        rows.push((name.into(), scopes.next().unwrap_or_default().into()));
        rows.extend(scopes.map(|scopes| ("or".into(), scopes.into())));
    }
    rows.push(("app only".into(), yes(operation.app_only).into()));
    rows.push(("OAuth 1.0a".into(), yes(operation.oauth1).into()));
    for (kind, name) in [(Kind::Static, "static"), (Kind::ServiceAccount, "service account")] {
        if provider.kinds().contains(&kind) {
            rows.push((name.into(), yes(operation.accepts(kind)).into()));
        }
    }
    if operation.standing {
        rows.push(("standing".into(), STANDING.into()));
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

/// Returns how a scope stands to others.
fn relations(
    provider: &Provider,
    scope: &str,
    definition: &ScopeDefinition,
) -> Vec<(Phrase, Phrase)> {
    let mut rows = Vec::new();
    let mut add = |name: &str, scopes: Vec<&str>| {
        if !scopes.is_empty() {
            rows.push((name.into(), scopes.join(" ").into()));
        }
    };
    add("includes", definition.implies.iter().map(String::as_str).collect());
    add("within", scopes_including(provider, scope).collect());
    add("also", aliases_of(provider, scope).collect());
    rows.extend(definition.narrow.as_deref().map(|narrow| ("narrow".into(), narrow.into())));
    if !provider.parts.is_empty() {
        rows.push(("tokens".into(), names(&provider.parts_with(scope)).into()));
    }
    rows
}

fn scopes(capability: &Capability) -> String {
    let scopes = &capability.published;
    if scopes.is_empty() { "none: any grant will do".to_owned() } else { scopes.to_string() }
}

/// Returns the kinds of credentials that serve a key, in the provider's order.
fn kinds(provider: &Provider, capability: &Capability) -> String {
    let kinds = provider.kinds().into_iter().filter(|kind| capability.kinds().contains(kind));
    let kinds = kinds.map(|kind| {
        let is_partial = capability.partial_kinds.contains(&kind);
        format!("{}{}", kind.name(), if is_partial { " (some operations)" } else { "" })
    });
    kinds.collect::<Vec<_>>().join(", ")
}

/// Returns the names of parts of a consent.
fn names(parts: &[Part]) -> String {
    parts.iter().map(Part::as_str).collect::<Vec<_>>().join(", ")
}

/// Returns the alternatives that are demanded of a part of a consent, in words.
fn demanded(operation: &Operation, part: &Part) -> Vec<String> {
    match operation.demand(part) {
        None if operation.public => vec!["not needed".to_owned()],
        None => vec!["refused".to_owned()],
        Some(scopes) if scopes.is_empty() => vec!["any, whatever its scopes".to_owned()],
        Some(scopes) => scopes.alternatives().iter().map(ToString::to_string).collect(),
    }
}

fn yes(flag: bool) -> &'static str {
    if flag { "accepted" } else { "refused" }
}
