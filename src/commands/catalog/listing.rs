//! A subject of the catalog, for people.

use std::fmt::Write;

use crate::app::catalog_subject::{Subject, keys_with, operations_of, operations_with};
use crate::catalog::{Capability, Catalog, Operation, Provider};
use crate::text::count::count;

pub(super) fn text(catalog: &Catalog, subject: &Subject<'_>) -> String {
    let mut text = String::new();
    match subject {
        Subject::Everything => {
            for provider in catalog.providers() {
                let _ = writeln!(
                    text,
                    "{}  {}: {}, {}, {}",
                    provider.slug,
                    provider.title,
                    count(provider.capabilities.len(), "key"),
                    count(provider.scopes.len(), "scope"),
                    count(provider.operations().len(), "operation"),
                );
            }
        }
        Subject::Provider(provider) => provider_text(&mut text, provider),
        Subject::Key(provider, key, capability) => key_text(&mut text, provider, key, capability),
        Subject::Scope(provider, scope, description) => {
            let _ = writeln!(text, "{scope}  scope of {}: {description}", provider.title);
            let keys: Vec<_> = keys_with(provider, scope).collect();
            list(&mut text, "keys", keys.into_iter().map(|(key, how)| format!("{key}{how}")));
            list(&mut text, "operations", operations_with(provider, scope).map(line));
        }
        Subject::Operation(provider, operation) => {
            let _ = writeln!(text, "{}  {}: {}", operation, provider.title, operation.summary);
            let _ = writeln!(text, "  user token  {}", user_token(operation));
            let _ = writeln!(text, "  app only    {}", yes(operation.app_only));
            let _ = writeln!(text, "  OAuth 1.0a  {}", yes(operation.oauth1));
            if operation.standing {
                let _ = writeln!(text, "  standing    makes authority that outlives the call");
            }
            let combinations =
                provider.keys_for(operation).into_iter().map(|keys| keys.join(" and "));
            list(&mut text, "given by", combinations);
        }
    }
    text
}

fn provider_text(text: &mut String, provider: &Provider) {
    let website = provider.website.as_deref().unwrap_or_default();
    let _ = writeln!(text, "{}  {}  {website}", provider.slug, provider.title);
    let environment =
        format!("{}, {}", provider.access_token_variable(), provider.expires_at_variable());
    let _ = writeln!(text, "  the agent gets {environment}");
    let width = provider.capabilities.keys().map(String::len).max().unwrap_or(0);
    let keys = provider.capabilities.iter().map(|(key, c)| format!("{key:width$}  {}", c.title));
    list(text, "keys", keys);
    let width = provider.scopes.keys().map(String::len).max().unwrap_or(0);
    list(
        text,
        "scopes",
        provider.scopes.iter().map(|(scope, what)| format!("{scope:width$}  {what}")),
    );
}

fn key_text(text: &mut String, provider: &Provider, key: &str, capability: &Capability) {
    let _ = writeln!(text, "{key}  {}: {}", provider.title, capability.title);
    let _ = writeln!(text, "  allows to  {}", capability.allows);
    let _ = writeln!(text, "  scopes     {}", capability.published);
    let added = provider.missing(&capability.api(), &capability.published);
    if !added.is_empty() {
        let _ = writeln!(text, "  api adds   {added}");
    }
    if let Some(note) = &capability.note {
        let _ = writeln!(text, "  note       {note}");
    }
    list(text, "operations", operations_of(provider, key).map(line));
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "  {title}");
    }
    for line in lines {
        let _ = writeln!(text, "    {line}");
    }
}

fn line(operation: &Operation) -> String {
    format!("{:48}  {}", operation.to_string(), operation.summary)
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
