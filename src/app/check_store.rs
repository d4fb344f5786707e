//! The store that manifests are held against, and the report of the verdict.

use std::path::Path;

use crate::app::context::Context;
use crate::app::dotenv_files;
use crate::app::launch::Launch;
use crate::app::refresh_needed::RefreshFailure;
use crate::error::{Code, Error, Result};
use crate::findings::{Level, Levels};
use crate::policy::verdict::{Gap, Verdict, report};
use crate::store::FolderStore;
use crate::sys::files;
use crate::sys::files::Site;
use crate::sys::home::Home;

/// Returns the store that was named, or the user's own.
pub(crate) fn store(named: Option<&Path>, context: &Context) -> Result<FolderStore> {
    let Some(folder) = named else { return context.store() };
    let is_folder = files::is_folder(folder).map_err(|error| {
        let message = format!("cannot use {}", folder.display());
        files::failure_in(
            Site::Named,
            Code::FileUnreadable,
            &message,
            &error,
            FolderStore::way_out(),
        )
    })?;
    let folder = folder.canonicalize().ok().filter(|_| is_folder).ok_or_else(|| {
        Error::new(Code::FileUnreadable, format!("{} is no folder", folder.display()))
            .with_hint(FolderStore::way_out())
    })?;
    let home = context.known_home()?.unwrap_or_else(|| Home::at(&folder)).with_data(folder);
    let home = if context.relies { home.trusting(context.trust.clone())? } else { home };
    let writers = context.writers_of(home.data());
    Ok(FolderStore::existing(home)?.with_writers(writers))
}

/// Reports gaps and warnings, but for the gaps that a failed refresh explains. Notes are for those who
/// look at a manifest or a grant, and not for each launch.
pub(crate) fn tell(
    verdict: &Verdict<'_>,
    launch: Launch<'_>,
    troubles: &[RefreshFailure],
) -> Result<()> {
    let Launch { context, declared, needs, .. } = launch;
    for trouble in troubles {
        trouble.tell(verdict, context);
    }
    let was_told = |gap: &Gap| troubles.iter().any(|trouble| trouble.explains(gap));
    let mut found = report::findings(verdict, was_told);
    found.retain(|finding| finding.level > Level::Note);
    let lines = dotenv_files::overrides(declared, needs);
    let lines = dotenv_files::unwanted(lines, declared, &context.own_levels()?);
    dotenv_files::name_imports(&lines, &mut found);
    let findings = declared.findings(found, &[], &Levels::default());
    context.reporter.findings(&declared.source, &findings.shown);
    Ok(())
}
