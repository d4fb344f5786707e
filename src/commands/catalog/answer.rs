//! A subject of the catalog, for programs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::app::catalog_subject::{
    Subject, aliases_of, keys_with, operations_of, operations_with, scopes_including,
};
use crate::catalog::{Capability, Catalog, Demand, Operation, Provider};
use crate::model::alternatives::Alternatives;
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;

pub(super) fn json(catalog: &Catalog, subject: &Subject<'_>) -> Value {
    match subject {
        Subject::Everything => {
            let slugs: Vec<_> = catalog.slugs().collect();
            json!({ "providers": slugs })
        }
        Subject::Provider(provider) => {
            let keys: Vec<_> =
                provider.capabilities.iter().map(|(key, c)| capability_json(key, c)).collect();
            let operations: Vec<_> = provider.operations().iter().map(operation_json).collect();
            let scopes: Map<_, _> = provider
                .scopes
                .iter()
                .map(|(scope, definition)| (scope.clone(), definition.text.as_str().into()))
                .collect();
            let of_first =
                provider.kinds().first().map_or_else(Vec::new, |kind| provider.variables_of(*kind));
            json!({
                "provider": provider.slug,
                "title": provider.title,
                "variables": variables(of_first),
                "kinds": provider
                    .kinds_and_parts()
                    .into_iter()
                    .map(|(kind, part)| kind_json(provider, kind, &part))
                    .collect::<Vec<_>>(),
                "services": provider.services,
                "query": provider.query,
                "keys": keys,
                "scopes": scopes,
                "scope_aliases": provider.scope_aliases,
                "operations": operations,
            })
        }
        Subject::Key(provider, key, capability) => {
            let operations: Vec<_> = operations_of(provider, key).map(operation_json).collect();
            let mut value = capability_json(key, capability);
            value["provider"] = provider.slug.as_str().into();
            value["operations"] = operations.into();
            value
        }
        Subject::Scope(provider, scope, definition) => {
            let keys: Vec<_> = keys_with(provider, scope).map(|(key, _)| key).collect();
            let operations: Vec<_> =
                operations_with(provider, scope).map(ToString::to_string).collect();
            json!({
                "provider": provider.slug,
                "scope": scope,
                "description": definition.text,
                "includes": definition.implies,
                "included_by": scopes_including(provider, scope).collect::<Vec<_>>(),
                "narrow": definition.narrow,
                "aliases": aliases_of(provider, scope).collect::<Vec<_>>(),
                "keys": keys,
                "operations": operations,
            })
        }
        Subject::Operation(provider, operation) => {
            let mut value = operation_json(operation);
            value["provider"] = provider.slug.as_str().into();
            value["given_by"] = json!(provider.keys_for(operation));
            value
        }
    }
}

fn kind_json(provider: &Provider, kind: Kind, part: &Part) -> Value {
    let variables = variables(provider.variables_of_part(kind, part));
    let mut value = json!({ "kind": kind, "variables": variables });
    if !part.is_main() {
        value["part"] = part.as_str().into();
    }
    value
}

/// Returns variables with their contents.
fn variables(variables: Vec<(String, VariableContent)>) -> BTreeMap<String, &'static str> {
    variables.into_iter().map(|(name, content)| (name, content.name())).collect()
}

fn capability_json(key: &str, capability: &Capability) -> Value {
    json!({
        "key": key,
        "title": capability.title,
        "allows": capability.allows,
        "scopes": capability.published,
        "any_of": capability.alternatives().iter().collect::<Vec<_>>(),
        "api_scopes": capability.api(),
        "kinds": capability.kinds(),
        "partial_kinds": capability.partial_kinds,
        "level": capability.level,
        "standing": capability.standing,
        "note": capability.note,
    })
}

fn operation_json(operation: &Operation) -> Value {
    let user = operation.user.as_ref().map(Demand::alternatives);
    let mut value = json!({
        "method": operation.method.name(),
        "service": operation.service,
        "path": operation.path,
        "parameters": operation
            .parameters
            .iter()
            .map(|(name, parameter)| (name, json!({ "pattern": parameter.pattern })))
            .collect::<BTreeMap<_, _>>(),
        "query": operation.query,
        "body": operation.body.as_ref().map(|body| json!({
            "types": body.types,
            "fields": body.fields,
        })),
        "summary": operation.summary,
        "keys": operation.keys,
        "user_token": user.map(Alternatives::first),
        "user_token_any_of": user.map(|user| user.iter().collect::<Vec<_>>()),
        "app_only": operation.app_only,
        "oauth1": operation.oauth1,
        "static": operation.static_token,
        "service_account": operation.service_account,
        "public": operation.public,
        "standing": operation.standing,
        "reads": operation.only_reads(),
    });
    if !operation.parts.is_empty() {
        let parts = operation.parts.iter().map(|(part, demand)| {
            let alternatives = demand.alternatives();
            (part.as_str(), alternatives.iter().collect::<Vec<_>>())
        });
        value["parts_any_of"] = json!(parts.collect::<BTreeMap<_, _>>());
    }
    value
}
