//! A home to begin with: an identity, and a store that is sealed to it.

use std::path::PathBuf;

use crate::app::context::Context;
use crate::error::Result;
use crate::store::{FolderStore, Identities};
use crate::sys::env::Env;
use crate::sys::home::Home;

/// The variables that name an identity elsewhere.
const ELSEWHERE: [&str; 2] = ["XREQ_IDENTITY_FILE", "XREQ_IDENTITY"];

/// A home that is there now, whether it was before or not.
pub(crate) struct NewHome {
    pub(crate) store: FolderStore,
    /// The file of the identity.
    pub(crate) identity: PathBuf,
    /// The variable that names an identity in the place of that file.
    pub(crate) elsewhere: Option<&'static str>,
    /// Whether the identity was made.
    pub(crate) is_new: bool,
}

/// Makes the identity and the folders of the store where there are none.
pub(crate) fn make_home(context: &Context) -> Result<NewHome> {
    let home = context.home()?;
    let elsewhere = elsewhere(&context.env);
    let is_new = elsewhere.is_none() && Identities::generate(&home, context.now)?.is_some();
    let store = context.store()?;
    store.make()?;
    Ok(NewHome { store, identity: home.identity_file(), elsewhere, is_new })
}

/// Makes a home where there is none at all, and says so: for what stores the first record. A home of
/// which a part is there already is left alone, since a second identity would not open what the first
/// one sealed.
pub(crate) fn offer_home(context: &Context) -> Result<()> {
    let home = context.home()?;
    if has_identity(&home, &context.env) || is_begun(&home) {
        return Ok(());
    }
    let made = make_home(context)?;
    context.reporter.note(format!(
        "made a home for what is stored, with a new identity: {} (keep a copy, without it the store \
         stays shut)",
        made.identity.display()
    ).into());
    Ok(())
}

/// Returns whether there is an identity, be it one that can be used or not.
pub(super) fn has_identity(home: &Home, env: &Env) -> bool {
    elsewhere(env).is_some() || home.identity_file().symlink_metadata().is_ok()
}

/// Returns whether something is there that belongs to another identity.
pub(super) fn is_begun(home: &Home) -> bool {
    [home.recipients_file(), home.grants(), home.pending(), home.clients(), home.secrets()]
        .iter()
        .any(|path| match path.read_dir() {
            Ok(mut entries) => entries.next().is_some(),
            Err(_) => path.symlink_metadata().is_ok(),
        })
}

fn elsewhere(env: &Env) -> Option<&'static str> {
    ELSEWHERE.into_iter().find(|name| env.get(name).is_some())
}
