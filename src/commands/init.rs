//! `xreq init`: an identity, a store, and a manifest to begin with, with the schema that editors
//! complete it from. Nothing is ever overwritten.

mod ci;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::way;
use crate::app::context::Context;
use crate::app::manifest_discovery::NAMES;
use crate::app::manifest_discovery::is_there;
use crate::app::setup::{MANIFEST, NewHome, Subject, make_home};
use crate::cli::Init;
use crate::error::{Code, Error, Exit, Result};
use crate::schema;
use crate::store::Recipients;
use crate::terminal::Terminal;

/// File that the first line of the manifest names. It lies beside the manifest, so that an editor that
/// has the one has the other, on any machine and without a network.
const SCHEMA: &str = "xreq.schema.json";

pub(super) fn run(args: &Init, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let NewHome { store, identity, elsewhere, is_new } = make_home(context)?;
    let home = store.home();
    let recipients = Recipients::load(home, &context.env, &context.passphrase)?;
    let mut text = String::new();
    let path = identity.display();
    text.push_str(&match elsewhere {
        Some(variable) => format!("identity   ${variable}\n"),
        None if is_new => {
            format!("identity   {path}  (new; keep a copy, without it the store stays shut)\n")
        }
        None => format!("identity   {path}  (there already)\n"),
    });
    text.push_str(&format!("store      {}\n", home.data().display()));
    text.push_str(&begin_manifest(context)?);
    for recipient in recipients.iter() {
        text.push_str(&format!("recipient  {recipient}\n"));
    }
    if is_new && (!store.grant_names()?.is_empty() || store.secrets()?.next().is_some()) {
        terminal.warn(
            "the store has records already, which a new identity does not open: bring the old one \
             back, or import them anew",
        );
    }
    text.push_str(&ci::write(&args.ci)?);
    terminal.print(&text)?;
    way::tell_next(&Subject::default(), context, terminal);
    Ok(Exit::Done)
}

/// Writes a commented manifest if there is none, and its schema; says what it did.
fn begin_manifest(context: &Context) -> Result<String> {
    if NAMES.iter().any(|name| is_there(Path::new(name))) {
        return Ok("manifest   there already\n".to_owned());
    }
    let name = NAMES[0];
    let is_new = write(SCHEMA, &schema::manifest(&context.catalog(&[])?))?;
    write(name, MANIFEST)?;
    let schema = if is_new { "new; editors complete from it" } else { "there already" };
    Ok(format!(
        "manifest   {name}  (new; say there what your app requires)\n\
         schema     {SCHEMA}  ({schema})\n"
    ))
}

/// Writes a file if there is none, and returns whether it did.
fn write(name: &str, text: &str) -> Result<bool> {
    let unwritable =
        |error| Error::of_system(Code::OutputFailed, format!("cannot write {name}"), &error);
    match OpenOptions::new().write(true).create_new(true).open(name) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(unwritable),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(unwritable(error)),
    }
}
