//! `xreq trust`: shows what a manifest decides, and remembers on this machine that it may.

use std::io::{self, IsTerminal};
use std::path::Path;

use serde_json::{Value, json};

use super::keyboard::answer;
use super::way;
use crate::app::context::Context;
use crate::app::setup::Subject;
use crate::app::trusted_hosts::HostRequest;
use crate::app::trusting;
use crate::app::trusting::TrustRequest;
use crate::cli::Trust;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::escape::legible;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::rfc3339;
use crate::trust::{Authority, TrustFile};

/// The columns of the kind of a part of an authority.
const KINDS: usize = 10;

pub(super) fn run(args: &Trust, context: &Context, terminal: &Terminal) -> Result<Exit> {
    if args.list {
        return list(&TrustFile::of(&context.env, &context.trust)?, args.format, terminal);
    }
    let name = |path: &Path| legible(&path.display().to_string());
    if args.remove {
        let path = trusting::forget(args.manifest.as_deref(), context)?;
        terminal.tell(format!("no longer trusted: {}", name(&path)))?;
        return Ok(Exit::Done);
    }
    let named = args.manifest.as_deref();
    if let Some(request) = named.map(|path| HostRequest::of(path, context)).transpose()?.flatten() {
        return trust_hosts(request, args.yes, context, terminal);
    }
    let request = TrustRequest::of(args.manifest.as_deref(), &args.catalog.files, context)?;
    if request.is_new() {
        terminal.say_laid_out(&shown(&name(&request.path), &request.growth, request.is_known));
        if !args.yes {
            ask(terminal)?;
        }
    }
    let path = request.grant(context)?;
    terminal.tell(format!("trusted {}", name(&path)))?;
    let (manifest, catalog) = (args.manifest.clone(), args.catalog.files.clone());
    let subject = Subject { manifest, catalog, ..Subject::default() };
    way::tell_next(&subject, context, terminal);
    Ok(Exit::Done)
}

/// Lets a provider file have hosts of other providers.
fn trust_hosts(
    request: HostRequest,
    is_agreed: bool,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let name = legible(&request.path.display().to_string());
    if request.claims.is_empty() {
        terminal.note(&format!("{name} has no host of another provider: nothing is to be trusted"));
        return Ok(Exit::Done);
    }
    if !request.is_known {
        let mut layout = Layout::default();
        let heading = Phrase::new(Style::Strong, &name);
        layout.line(0, heading.then(Style::Plain, " leads to hosts of other providers:"));
        let hosts = request.claims.iter();
        layout.definitions(2, KINDS, hosts.map(|it| ("host".into(), it.to_string().into())));
        let meaning = "Consent that you give there may bring this provider codes and tokens.";
        layout.paragraph(0, meaning);
        terminal.say_laid_out(&layout);
        if !is_agreed {
            ask(terminal)?;
        }
    }
    let path = request.grant(context)?;
    terminal.tell(format!("trusted {}", legible(&path.display().to_string())))?;
    Ok(Exit::Done)
}

/// Lists everything that is agreed to, a line each, with nothing of it hidden: a command is judged by
/// all of its words.
fn shown(name: &str, growth: &Authority, is_known: bool) -> Layout {
    let more = if is_known { "more than was trusted" } else { "this" };
    let mut layout = Layout::default();
    let name = Phrase::new(Style::Strong, name);
    layout.line(0, name.then(Style::Plain, &format!(" asks for {more}:")));
    layout.definitions(2, KINDS, parts(growth));
    if growth.is_empty() {
        layout.line(2, "nothing");
    }
    if growth.parts().any(|(kind, part)| kind == "on_refresh" && part.starts_with("exec ")) {
        let shell = "A shell runs the command at each new token, with the tokens and secrets.";
        layout.paragraph(0, shell);
    }
    layout
}

fn parts(authority: &Authority) -> impl Iterator<Item = (Phrase, Phrase)> {
    authority.parts().map(|(kind, part)| (kind.into(), legible(part).into()))
}

fn ask(terminal: &Terminal) -> Result<()> {
    let not_trusted = |message: &str| Error::new(Code::NotTrusted, message);
    if !io::stdin().is_terminal() {
        return Err(not_trusted("nobody can be asked here, and nothing was trusted")
            .with_hint("read the manifest, then say `xreq trust --yes`"));
    }
    let answer = answer("Trust it on this machine? [y/N] ", terminal);
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(not_trusted("the answer is no, and nothing was trusted"))
    }
}

fn list(file: &TrustFile, format: Format, terminal: &Terminal) -> Result<Exit> {
    let (trusted, providers) = file.load()?;
    if format == Format::Json {
        let manifests: Vec<_> = trusted
            .iter()
            .map(|(path, entry)| {
                let trusted_at = rfc3339(entry.trusted_at);
                json!({ "path": path, "trusted_at": trusted_at, "authority": entry.authority })
            })
            .collect();
        let providers: Vec<_> = providers
            .iter()
            .map(|(path, entry)| {
                let trusted_at = rfc3339(entry.trusted_at);
                json!({ "path": path, "trusted_at": trusted_at, "hosts": entry.hosts })
            })
            .collect();
        let answer: Value =
            json!({ "schema_version": 1, "manifests": manifests, "providers": providers });
        terminal.print_json(&answer)?;
        return Ok(Exit::Done);
    }
    let mut layout = Layout::default();
    for (path, entry) in &trusted {
        let at = rfc3339(entry.trusted_at);
        let path = Phrase::new(Style::Strong, &legible(path));
        layout.line(0, path.then(Style::Plain, &format!("  trusted {at}")));
        layout.definitions(2, KINDS, parts(&entry.authority));
    }
    for (path, entry) in &providers {
        let at = rfc3339(entry.trusted_at);
        let path = Phrase::new(Style::Strong, &legible(path));
        layout.line(0, path.then(Style::Plain, &format!("  trusted {at}")));
        let hosts = entry.hosts.iter();
        layout.definitions(2, KINDS, hosts.map(|host| ("host".into(), host.as_str().into())));
    }
    terminal.show(&layout)?;
    Ok(Exit::Done)
}
