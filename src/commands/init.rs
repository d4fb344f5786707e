//! `xreq init`: an identity, a store and a manifest to begin with. Nothing is ever overwritten.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Context;
use super::declared::NAMES;
use crate::error::{Code, Error, Exit, Result};
use crate::store::{self, Identities, Recipients};

const MANIFEST: &str = include_str!("init.yaml");

pub(super) fn run(context: &Context) -> Result<Exit> {
    let home = context.home()?;
    let elsewhere = ["XREQ_IDENTITY_FILE", "XREQ_IDENTITY"]
        .into_iter()
        .find(|name| context.env.get(name).is_some());
    let is_new = elsewhere.is_none() && Identities::generate(&home, context.now)?.is_some();
    let store = context.store()?;
    store.make()?;
    let recipients = Recipients::load(&home, &context.env, &store::Terminal)?;
    let mut text = String::new();
    let path = home.identity_file();
    let path = path.display();
    text.push_str(&match elsewhere {
        Some(variable) => format!("identity   ${variable}\n"),
        None if is_new => {
            format!("identity   {path}  (new; keep a copy, without it the store stays shut)\n")
        }
        None => format!("identity   {path}  (there already)\n"),
    });
    text.push_str(&format!("store      {}\n", home.data().display()));
    text.push_str(&match write_manifest()? {
        Some(name) => format!("manifest   {name}  (new; say there what your app requires)\n"),
        None => "manifest   there already\n".to_owned(),
    });
    for recipient in recipients.iter() {
        text.push_str(&format!("recipient  {recipient}\n"));
    }
    if is_new && (!store.grant_names()?.is_empty() || store.secrets()?.next().is_some()) {
        context.terminal.warn(
            "the store has records already, which a new identity does not open: bring the old one \
             back, or import them anew",
        );
    }
    context.terminal.print(&text)?;
    Ok(Exit::Done)
}

/// Writes a commented manifest where there is none; gives its name.
fn write_manifest() -> Result<Option<&'static str>> {
    if NAMES.iter().any(|name| Path::new(name).exists()) {
        return Ok(None);
    }
    let name = NAMES[0];
    match OpenOptions::new().write(true).create_new(true).open(name) {
        Ok(mut file) => file
            .write_all(MANIFEST.as_bytes())
            .map(|()| Some(name))
            .map_err(|error| unwritable(name, &error)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(unwritable(name, &error)),
    }
}

fn unwritable(name: &str, error: &std::io::Error) -> Error {
    Error::new(Code::OutputFailed, format!("cannot write {name}: {error}"))
}
