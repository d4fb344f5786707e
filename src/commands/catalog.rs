//! `xreq catalog`: what is known of providers, keys, scopes and operations.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::app::context::Context;
use crate::catalog::{Capability, Catalog, Operation, Provider};
use crate::cli::Catalog as Args;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::text::nearest::nearest;

const SCHEMA_VERSION: u32 = 1;

/// What somebody asked about.
enum Subject<'a> {
    Everything,
    Provider(&'a Provider),
    Key(&'a Provider, &'a str, &'a Capability),
    Scope(&'a Provider, &'a str, &'a str),
    Operation(&'a Provider, &'a Operation),
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let subject = find(&catalog, args.subject.join(" ").trim())?;
    if args.format == Format::Json {
        let mut value = describe(&catalog, &subject);
        value["schema_version"] = SCHEMA_VERSION.into();
        context.terminal.print_json(&value)?;
    } else {
        context.terminal.print(&text(&catalog, &subject))?;
    }
    Ok(Exit::Done)
}

fn find<'a>(catalog: &'a Catalog, subject: &str) -> Result<Subject<'a>> {
    if subject.is_empty() {
        return Ok(Subject::Everything);
    }
    if let Some((method, path)) = subject.split_once(char::is_whitespace)
        && path.trim_start().starts_with('/')
    {
        return find_operation(catalog, &method.to_ascii_uppercase(), path.trim());
    }
    if let Some(provider) = catalog.provider(subject) {
        return Ok(Subject::Provider(provider));
    }
    for provider in catalog.providers() {
        if let Some((key, capability)) = provider.capabilities.get_key_value(subject) {
            return Ok(Subject::Key(provider, key, capability));
        }
        if let Some((scope, description)) = provider.scopes.get_key_value(subject) {
            return Ok(Subject::Scope(provider, scope, description));
        }
    }
    let words = catalog.providers().iter().flat_map(|provider| {
        let keys = provider.capabilities.keys().chain(provider.scopes.keys());
        keys.map(String::as_str).chain([provider.slug.as_str()])
    });
    let error = Error::new(
        Code::CatalogUnknown,
        format!("no provider, key or scope is called `{subject}`"),
    );
    Err(match nearest(subject, words) {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error
            .with_hint("`xreq catalog` lists the providers, `xreq catalog PROVIDER` what each has"),
    })
}

fn find_operation<'a>(catalog: &'a Catalog, method: &str, path: &str) -> Result<Subject<'a>> {
    for provider in catalog.providers() {
        if let Some(operation) = provider.operation(method, path) {
            return Ok(Subject::Operation(provider, operation));
        }
    }
    Err(Error::new(Code::CatalogUnknown, format!("no operation is called `{method} {path}`"))
        .with_hint("`xreq catalog KEY` lists the operations that a key is for"))
}

fn text(catalog: &Catalog, subject: &Subject<'_>) -> String {
    let mut text = String::new();
    match subject {
        Subject::Everything => {
            for provider in catalog.providers() {
                let operations = provider.operations().len();
                let _ = writeln!(
                    text,
                    "{}  {}: {} keys, {} scopes, {operations} operations",
                    provider.slug,
                    provider.title,
                    provider.capabilities.len(),
                    provider.scopes.len(),
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
    let added = capability.api().minus(&capability.published);
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

fn operations_of<'a>(provider: &'a Provider, key: &'a str) -> impl Iterator<Item = &'a Operation> {
    let operations = provider.operations();
    operations.iter().filter(move |operation| operation.keys.iter().any(|of| of == key))
}

fn operations_with<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = &'a Operation> {
    let operations = provider.operations();
    operations
        .iter()
        .filter(move |operation| operation.user.as_ref().is_some_and(|asked| asked.contains(scope)))
}

/// The keys that ask for a scope; behind a key, that only the API does.
fn keys_with<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = (&'a str, &'static str)> {
    provider.capabilities.iter().filter_map(move |(key, capability)| {
        if capability.published.contains(scope) {
            Some((key.as_str(), ""))
        } else {
            capability.api().contains(scope).then_some((key.as_str(), "  (API only)"))
        }
    })
}

fn describe(catalog: &Catalog, subject: &Subject<'_>) -> Value {
    match subject {
        Subject::Everything => {
            let slugs: Vec<_> = catalog.providers().iter().map(|provider| &provider.slug).collect();
            json!({ "providers": slugs })
        }
        Subject::Provider(provider) => {
            let keys: Vec<_> =
                provider.capabilities.iter().map(|(key, c)| capability_json(key, c)).collect();
            let operations: Vec<_> = provider.operations().iter().map(operation_json).collect();
            json!({
                "provider": provider.slug,
                "title": provider.title,
                "keys": keys,
                "scopes": provider.scopes,
                "operations": operations,
            })
        }
        Subject::Key(provider, key, capability) => {
            let operations: Vec<_> = operations_of(provider, key).map(operation_json).collect();
            let mut value = capability_json(key, capability);
            value["provider"] = provider.slug.clone().into();
            value["operations"] = operations.into();
            value
        }
        Subject::Scope(provider, scope, description) => {
            let keys: Vec<_> = keys_with(provider, scope).map(|(key, _)| key).collect();
            let operations: Vec<_> =
                operations_with(provider, scope).map(ToString::to_string).collect();
            json!({
                "provider": provider.slug,
                "scope": scope,
                "description": description,
                "keys": keys,
                "operations": operations,
            })
        }
        Subject::Operation(provider, operation) => {
            let mut value = operation_json(operation);
            value["provider"] = provider.slug.clone().into();
            value["given_by"] = json!(provider.keys_for(operation));
            value
        }
    }
}

fn capability_json(key: &str, capability: &Capability) -> Value {
    json!({
        "key": key,
        "title": capability.title,
        "allows": capability.allows,
        "scopes": capability.published,
        "api_scopes": capability.api(),
        "note": capability.note,
    })
}

fn operation_json(operation: &Operation) -> Value {
    json!({
        "method": operation.method.name(),
        "path": operation.path,
        "summary": operation.summary,
        "keys": operation.keys,
        "user_token": operation.user,
        "app_only": operation.app_only,
        "oauth1": operation.oauth1,
        "public": operation.public,
    })
}
