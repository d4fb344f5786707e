//! The survey of what is there on the way to a launch.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::home::{has_identity, is_begun};
use super::manifest::MANIFEST;
use super::plan::{Facts, SandboxOffer, SetupPlan};
use crate::app::accounts::{by_provider, is_slip};
use crate::app::client_lookup::is_in_environment;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::display_paths::display_name;
use crate::app::dotenv_files;
use crate::app::explanation::explain;
use crate::app::manifest_discovery::{ManifestPlace, NAMES, locate};
use crate::app::manifest_source::LoadedManifest;
use crate::app::running_sandbox::RunningSandbox;
use crate::app::sandbox_grants::base_url_variable;
use crate::catalog::Provider;
use crate::error::{Argument, Code, Parameter, Remedy, Result};
use crate::findings::Level;
use crate::sandbox::Face;

/// The launch that the way leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// The manifest that was named; none is the one that is found here.
    pub(crate) manifest: Option<PathBuf>,
    /// The keys that were named in the place of a manifest.
    pub(crate) keys: Vec<String>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
    pub(crate) criteria: Criteria,
    /// Whether the launch itself was asked for.
    pub(crate) is_launched: bool,
}

/// Surveys the way to a launch. Where there is no manifest, it is that of the one to begin with. `None`
/// where there is no telling: the identity of the store is elsewhere, the manifest has errors or can be
/// read only once, or the account that was chosen is likely a slip.
pub(crate) fn survey(subject: &Subject, context: &Context) -> Result<Option<SetupPlan>> {
    let (home, store) = (context.home()?, context.store()?);
    let has_identity = has_identity(&home, &context.env);
    if !has_identity && is_begun(&home) {
        return Ok(None);
    }
    let catalog = context.catalog(&subject.catalog)?;
    let (declared, has_manifest) = if subject.keys.is_empty() {
        match manifest(subject, context)? {
            Some(found) => found,
            None => return Ok(None),
        }
    } else {
        (LoadedManifest::of_keys(&subject.keys), true)
    };
    let (needs, found) = declared.resolve(&catalog);
    if found.iter().any(|finding| finding.level == Level::Error) {
        return Ok(None);
    }
    let mut criteria = subject.criteria.clone();
    let is_needed = |slug: &str| needs.providers().iter().any(|it| it.slug.as_str() == slug);
    criteria.accounts.retain(|choice| choice.provider.as_deref().is_none_or(is_needed));
    let accounts = by_provider(&criteria.accounts, &needs)?.into_iter();
    let accounts: Vec<_> =
        accounts.map(|(provider, label)| (provider.to_owned(), label.to_owned())).collect();
    if accounts.iter().any(|(provider, label)| is_slip(&store, provider, label)) {
        return Ok(None);
    }
    let verdict = explain(&needs, &criteria, context)?;
    let mut facts = Facts {
        has_home: has_manifest && has_identity,
        clients: HashSet::new(),
        sandboxes: HashMap::new(),
        played: HashSet::new(),
        accounts,
        is_launched: subject.is_launched,
        dotenv: dotenv_files::overrides(&declared, &needs),
        files: files(subject),
        keys: subject.keys.iter().map(|key| Parameter::Keys.value(key.as_str())).collect(),
    };
    for provider in needs.providers() {
        let mut stored = store.clients_of(&provider.slug)?;
        if is_in_environment(provider, &context.env) || stored.next().is_some() {
            facts.clients.insert(provider.slug.clone());
        }
        if let Some(sandbox) = sandbox_for(provider, context)? {
            facts.sandboxes.insert(provider.slug.clone(), sandbox);
        }
        let config = context.config()?;
        if config.is_of_sandbox && config.providers.contains_key(provider.slug.as_str()) {
            facts.played.insert(provider.slug.clone());
        }
    }
    Ok(Some(SetupPlan::of(&needs, &verdict, &facts)))
}

/// Reads the manifest, or the one to begin with where there is none; returns whether there is one. `None`
/// where it can be read only once.
fn manifest(subject: &Subject, context: &Context) -> Result<Option<(LoadedManifest, bool)>> {
    match locate(subject.manifest.as_deref(), context) {
        Ok(place) if is_read_again(&place) => {
            Ok(Some((LoadedManifest::read(&place, display_name(&place.path))?, true)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.code() == Code::ManifestMissing => {
            Ok(Some((LoadedManifest::parse(NAMES[0].to_owned(), MANIFEST.into()), false)))
        }
        Err(error) => Err(error),
    }
}

/// Surveys the way for whoever has told of what is missing already: `None` where nothing is but the launch,
/// or the survey fails.
pub(crate) fn way_ahead(subject: &Subject, context: &Context) -> Option<SetupPlan> {
    survey(subject, context).ok().flatten().filter(|plan| !plan.is_ready())
}

/// Returns the sandbox that could be in the place of a provider: one that serves already, or else one to be
/// started in a home of its own beside that of the user. `None` if none plays that provider, or one does
/// here.
pub(crate) fn sandbox_for(provider: &Provider, context: &Context) -> Result<Option<SandboxOffer>> {
    let slug = provider.slug.as_str();
    let Some(face) = Face::of(slug) else { return Ok(None) };
    if context.config()?.providers.contains_key(slug) {
        return Ok(None);
    }
    let homeless = match RunningSandbox::find(slug, context) {
        Some(RunningSandbox { home: Some(home), base_url, .. }) => {
            let variable = base_url_variable(provider);
            let request = Remedy::UseSandbox { home, variable, base_url };
            return Ok(Some(SandboxOffer { request, homeless: None }));
        }
        serving => serving.map(|serving| serving.base_url),
    };
    let folder = context.env.get("HOME").map(Path::new).filter(|home| home.is_absolute());
    Ok(folder.map(|folder| SandboxOffer {
        request: face.start(Some(folder.join("xreq-sandbox"))),
        homeless,
    }))
}

/// Returns whether a manifest can be read once more.
fn is_read_again(place: &ManifestPlace) -> bool {
    place.path.metadata().is_ok_and(|found| found.is_file())
}

fn files(subject: &Subject) -> Vec<Argument> {
    let manifest = subject.manifest.iter().map(|path| Parameter::Manifest.path(path));
    manifest.chain(subject.catalog.iter().map(|path| Parameter::Catalog.path(path))).collect()
}
