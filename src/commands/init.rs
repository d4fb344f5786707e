//! `xreq init`: an identity, a store, and a manifest to begin with, with the schema that editors
//! complete it from. Nothing is ever overwritten.

mod ci;
mod row;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use self::row::row;
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
use crate::text::layout::Layout;

/// File that the first line of the manifest names. It lies beside the manifest, so that an editor that
/// has the one has the other, on any machine and without a network.
const SCHEMA: &str = "xreq.schema.json";

pub(super) fn run(args: &Init, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let NewHome { store, identity, elsewhere, is_new } = make_home(context)?;
    let home = store.home();
    let recipients = Recipients::load(home, &context.env, &context.passphrase)?;
    let mut layout = Layout::default();
    let path = identity.display();
    let identity = match elsewhere {
        Some(variable) => format!("${variable}"),
        None if is_new => format!("{path}  (new; keep a copy, without it the store stays shut)"),
        None => format!("{path}  (there already)"),
    };
    row(&mut layout, "identity", identity);
    row(&mut layout, "store", home.data().display().to_string());
    begin_manifest(&mut layout, context)?;
    for recipient in recipients.iter() {
        row(&mut layout, "recipient", recipient.to_string());
    }
    if is_new && (!store.grant_names()?.is_empty() || store.secrets()?.next().is_some()) {
        terminal.warn(
            "the store has records already, which a new identity does not open: bring the old one \
             back, or import them anew",
        );
    }
    ci::write(&args.ci, &mut layout)?;
    terminal.show(&layout)?;
    way::tell_next(&Subject::default(), context, terminal);
    Ok(Exit::Done)
}

/// Writes a commented manifest if there is none, and its schema; says what it did.
fn begin_manifest(layout: &mut Layout, context: &Context) -> Result<()> {
    if NAMES.iter().any(|name| is_there(Path::new(name))) {
        row(layout, "manifest", "there already".to_owned());
        return Ok(());
    }
    let name = NAMES[0];
    let is_new = write(SCHEMA, &schema::manifest(&context.catalog(&[])?))?;
    write(name, MANIFEST)?;
    let schema = if is_new { "new; editors complete from it" } else { "there already" };
    row(layout, "manifest", format!("{name}  (new; say there what your app requires)"));
    row(layout, "schema", format!("{SCHEMA}  ({schema})"));
    Ok(())
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
