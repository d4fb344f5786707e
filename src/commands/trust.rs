//! `xreq trust`: shows what a manifest decides, and remembers on this machine that it may.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::{Declared, STDIN, display_name};
use crate::cli::Trust;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::text::escape::legible;
use crate::text::time::rfc3339;
use crate::trust::{Authority, TrustFile};

pub(super) fn run(args: &Trust, context: &Context) -> Result<Exit> {
    let file = TrustFile::of(&context.env, &context.trust)?;
    if args.list {
        return list(&file, args.format, context);
    }
    let place = locate(args.manifest.as_deref(), context)?;
    if place.path == Path::new(STDIN) {
        return Err(Error::new(Code::BadArgument, "standard input has no path to trust")
            .with_hint("write the manifest to a file, and name it"));
    }
    if args.remove {
        return remove(&file, &place.path, context);
    }
    let declared = Declared::read(&place, display_name(&place.path))?;
    declared.needs(&context.catalog(&args.catalog)?, context)?;
    let path = declared.real_path()?.ok_or_else(|| {
        let name = display_name(&place.path);
        Error::new(Code::BadArgument, format!("{name} has no path to trust"))
            .with_hint("write the manifest to a file, and name it")
    })?;
    let asked = Authority::of(&declared.requirements);
    let known = file.authority(&path)?;
    let growth = asked.beyond(known.as_ref().unwrap_or(&Authority::default()));
    let name = legible(&path.display().to_string());
    if known.is_none() || !growth.is_empty() {
        context.terminal.say(&shown(&name, &growth, known.is_some()));
        if !args.yes {
            ask(context)?;
        }
    }
    file.trust(&path, asked, context.now)?;
    context.terminal.print(&format!("trusted {name}\n"))?;
    Ok(Exit::Done)
}

/// Everything that is agreed to, a line each, with nothing of it hidden: a command is judged by all
/// of its words.
fn shown(name: &str, growth: &Authority, is_known: bool) -> String {
    let more = if is_known { "more than was trusted" } else { "this" };
    let mut text = format!("{name} asks for {more}:\n");
    for (kind, part) in growth.parts() {
        text.push_str(&format!("  {kind:<11} {}\n", legible(part)));
    }
    if growth.is_empty() {
        text.push_str("  nothing\n");
    }
    if growth.parts().any(|(kind, part)| kind == "on_refresh" && part.starts_with("exec ")) {
        text.push_str("A shell runs the command at each new token, with the tokens and secrets.\n");
    }
    text
}

fn ask(context: &Context) -> Result<()> {
    let not_trusted = |message: &str| Error::new(Code::NotTrusted, message);
    if !io::stdin().is_terminal() {
        return Err(not_trusted("nobody can be asked here, and nothing was trusted")
            .with_hint("read the manifest, then say `xreq trust --yes`"));
    }
    context.terminal.say("Trust it on this machine? [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| {
        Error::new(Code::OutputFailed, format!("cannot read the answer: {error}"))
    })?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(not_trusted("the answer is no, and nothing was trusted"))
    }
}

/// A manifest that is gone can be named as it was listed.
fn remove(file: &TrustFile, path: &Path, context: &Context) -> Result<Exit> {
    let path = canonical(path).or_else(|_| {
        std::path::absolute(path).map_err(|error| {
            Error::new(Code::BadArgument, format!("the working directory is unknown: {error}"))
        })
    })?;
    let name = legible(&path.display().to_string());
    if !file.forget(&path)? {
        return Err(Error::new(Code::NotStored, format!("{name} is not trusted"))
            .with_hint("`xreq trust --list` lists what is"));
    }
    context.terminal.print(&format!("no longer trusted: {name}\n"))?;
    Ok(Exit::Done)
}

fn list(file: &TrustFile, format: Format, context: &Context) -> Result<Exit> {
    let trusted = file.load()?;
    if format == Format::Json {
        let manifests: Vec<_> = trusted
            .iter()
            .map(|(path, entry)| {
                let trusted_at = rfc3339(entry.trusted_at);
                json!({ "path": path, "trusted_at": trusted_at, "authority": entry.authority })
            })
            .collect();
        let answer: Value = json!({ "schema_version": 1, "manifests": manifests });
        context.terminal.print_json(&answer)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for (path, entry) in &trusted {
        let (path, at) = (legible(path), rfc3339(entry.trusted_at));
        text.push_str(&format!("{path}  trusted {at}\n"));
        for (kind, part) in entry.authority.parts() {
            text.push_str(&format!("  {kind:<11} {}\n", legible(part)));
        }
    }
    context.terminal.print(&text)?;
    Ok(Exit::Done)
}

fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| {
        Error::new(Code::FileUnreadable, format!("cannot find {}: {error}", display_name(path)))
    })
}
