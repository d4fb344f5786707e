//! The JSON Schemas that are published in `schemas/`.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::catalog::{Capability, Catalog, Provider};
use crate::model::credential_id::Kind;
use crate::model::variable;

/// The schema of a provider file.
pub const PROVIDER: &str = include_str!("../schemas/provider.schema.json");
/// The schema of what `xreq check --format json` prints.
pub const CHECK: &str = include_str!("../schemas/check.schema.json");
/// The schema of what `xreq validate --format json` prints.
pub const FINDINGS: &str = include_str!("../schemas/findings.schema.json");
/// The schema of what `xreq status --format json` prints.
pub const STATUS: &str = include_str!("../schemas/status.schema.json");

/// The schema of a line of the audit log.
pub const AUDIT: &str = include_str!("../schemas/audit.schema.json");

const MANIFEST: &str = include_str!("../schemas/manifest.schema.json");

/// The number of operations that the description of a key names: an editor shows it in a small
/// window.
const OPERATIONS_SHOWN: usize = 6;

/// Returns the schema of a manifest, with the providers, keys and scopes of a catalog. With the
/// built-in catalog it is the published file.
///
/// Editors show of a value its `title` and its `description`, in plain text: other keywords for
/// this are not of JSON Schema, and validators that are strict refuse a schema with them.
pub fn manifest(catalog: &Catalog) -> String {
    let mut schema: Value =
        serde_json::from_str(MANIFEST).expect("a test reads the published schema");
    let mut providers = Vec::new();
    let mut keys = Vec::new();
    let mut scopes = IndexMap::<_, Vec<_>>::new();
    let mut parts = IndexMap::<_, Vec<_>>::new();
    let mut variables = Vec::new();
    let mut reserved = vec![json!("^XREQ_")];
    for provider in catalog.providers() {
        providers.push(json!({
            "const": provider.slug,
            "title": provider.title,
            "description": format!("An account of {} is connected.", provider.title),
        }));
        keys.extend(provider.capabilities.iter().map(|(key, capability)| {
            json!({
                "const": key,
                "title": capability.title,
                "description": describe(provider, key, capability),
            })
        }));
        let mut describe = |scope: &str, text: String| {
            scopes.entry(scope.to_owned()).or_default().push((provider.title.as_str(), text));
        };
        for (scope, definition) in &provider.scopes {
            describe(scope, definition.text.clone());
        }
        for (alias, scope) in &provider.scope_aliases {
            describe(alias, format!("Another name of {scope}"));
        }
        for (part, data) in &provider.parts {
            let text = (provider.title.as_str(), data.title.clone());
            parts.entry(part.as_str().to_owned()).or_default().push(text);
        }
        variables.extend(provider.own_variables());
    }
    reserved.push(json!(format!("^({})$", variables.join("|"))));
    let steering = variable::pattern();
    schema["$defs"]["variable"]["not"]["pattern"] = format!("^XREQ_|{steering}").into();
    reserved.push(steering.into());
    let reserved: Vec<_> =
        reserved.into_iter().map(|pattern| json!({ "pattern": pattern })).collect();
    for provider in catalog.providers() {
        schema["$defs"]["providers"]["properties"][provider.slug.as_str()] =
            json!({ "$ref": "#/$defs/providerEntry" });
    }
    schema["$defs"]["provider"]["oneOf"] = providers.into();
    schema["$defs"]["capability"]["oneOf"] = keys.into();
    schema["$defs"]["scope"]["oneOf"] = scopes.iter().map(constant).collect();
    schema["$defs"]["part"]["oneOf"] = parts.iter().map(constant).collect();
    schema["$defs"]["secretName"]["not"] = json!({ "anyOf": reserved });
    format!("{schema:#}\n")
}

/// Returns the value that stands for a scope or a part of consents, which several providers may have.
fn constant((name, meanings): (&String, &Vec<(&str, String)>)) -> Value {
    let description = match meanings.as_slice() {
        [(_, text)] => text.clone(),
        several => {
            let lines: Vec<_> =
                several.iter().map(|(title, text)| format!("{title}: {text}")).collect();
            lines.join("\n")
        }
    };
    json!({ "const": name, "title": name, "description": description })
}

/// Describes a key for an editor, a line each: what it allows, the published scopes, what the API
/// demands besides, the note of the catalog, and operations.
fn describe(provider: &Provider, key: &str, capability: &Capability) -> String {
    let mut lines = vec![format!("Allows the app to {}.", capability.allows)];
    lines.push(if !capability.kinds().contains(&Kind::Oauth2) {
        let kinds: Vec<_> = capability.kinds().iter().map(|kind| kind.name()).collect();
        format!("Kinds of credentials: {}", kinds.join(", "))
    } else if capability.published.is_empty() {
        "Scopes: none, any grant will do".to_owned()
    } else {
        format!("Scopes: {}", capability.published)
    });
    lines.extend(capability.others().iter().map(|scopes| format!("Or: {scopes}")));
    let added = provider.missing(&capability.api(), &capability.published);
    if !added.is_empty() {
        lines.push(format!("The API of {} demands besides: {added}", provider.title));
    }
    lines.extend(capability.note.as_ref().map(|note| format!("Note: {note}")));
    lines.extend(operations(provider, key));
    lines.join("\n")
}

/// Returns the operations of a key, those with the shortest paths first: what is about the whole
/// comes before what is about its parts.
fn operations(provider: &Provider, key: &str) -> Option<String> {
    let all = provider.operations().iter();
    let mut own: Vec<_> =
        all.filter(|operation| operation.keys.iter().any(|of| of == key)).collect();
    own.sort_by_key(|operation| operation.path.split('/').count());
    let names: Vec<_> = own.iter().take(OPERATIONS_SHOWN).map(ToString::to_string).collect();
    let more = match own.len() - names.len() {
        0 => String::new(),
        hidden => format!(", and {hidden} more: xreq catalog {key}"),
    };
    (!names.is_empty()).then(|| format!("Operations: {}{more}", names.join(", ")))
}
