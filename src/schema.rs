//! The JSON Schemas that are published in `schemas/`.

use serde_json::{Value, json};

use crate::catalog::Catalog;

/// The schema of a provider file.
pub const PROVIDER: &str = include_str!("../schemas/provider.schema.json");
/// The schema of what `xreq check --format json` prints.
pub const CHECK: &str = include_str!("../schemas/check.schema.json");
/// The schema of what `xreq status --format json` prints.
pub const STATUS: &str = include_str!("../schemas/status.schema.json");

const MANIFEST: &str = include_str!("../schemas/manifest.schema.json");

/// The schema of a manifest, with the providers, keys and scopes of a catalog. With the built-in
/// catalog it is the published file.
pub fn manifest(catalog: &Catalog) -> String {
    let mut schema: Value =
        serde_json::from_str(MANIFEST).expect("a test reads the published schema");
    let mut providers = Vec::new();
    let mut keys = Vec::new();
    let mut scopes = Vec::new();
    let mut reserved = vec![json!("^XREQ_")];
    for provider in catalog.providers() {
        providers.push(json!({ "const": provider.slug, "description": provider.title }));
        keys.extend(provider.capabilities.iter().map(|(key, capability)| {
            let asks = capability.api();
            json!({
                "const": key,
                "title": capability.title,
                "description": format!(
                    "Allows the app to {}. Scopes: {}.", capability.allows, asks
                ),
            })
        }));
        scopes.extend(
            provider
                .scopes
                .iter()
                .map(|(scope, description)| json!({ "const": scope, "description": description })),
        );
        let own = [provider.access_token_variable(), provider.expires_at_variable()];
        let kept = provider.remove_env.iter().map(|removed| removed.name.clone());
        reserved.extend(own.into_iter().chain(kept).map(|name| json!(format!("^{name}$"))));
    }
    let reserved: Vec<_> =
        reserved.into_iter().map(|pattern| json!({ "pattern": pattern })).collect();
    for provider in catalog.providers() {
        schema["$defs"]["providers"]["properties"][&provider.slug] =
            json!({ "$ref": "#/$defs/providerEntry" });
    }
    schema["$defs"]["provider"]["oneOf"] = providers.into();
    schema["$defs"]["capability"]["oneOf"] = keys.into();
    schema["$defs"]["scope"]["oneOf"] = scopes.into();
    schema["$defs"]["secretName"]["not"] = json!({ "anyOf": reserved });
    format!("{schema:#}\n")
}
