//! A home in which providers are sandboxes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::clients::{self, Registration};
use crate::app::consumer_keys::{self, ConsumerKey};
use crate::app::context::Context;
use crate::app::disconnect::{DisconnectOptions, disconnect};
use crate::error::{Code, Error, Result};
use crate::model::credential_id::CredentialId;
use crate::model::name::Label;
use crate::sandbox::{self, RegisteredClient, Sandbox};
use crate::store::{FolderStore, Identities};
use crate::sys::env::Env;
use crate::sys::home::Home;

/// The first line of a `config.yaml` that may be written anew.
pub(crate) const MARK: &str = "# Written by `xreq sandbox`, which may write it anew.";

/// A sandbox, as a home knows it.
pub(crate) struct KnownSandbox {
    provider: &'static str,
    /// The fields of the configuration that lead the provider here, each with its URL.
    endpoints: Vec<(&'static str, String)>,
    services: Vec<String>,
    /// The client that the home has.
    client: RegisteredClient,
    /// The redirect URI of that client; none is the provider's usual one.
    redirect_uri: Option<String>,
}

impl KnownSandbox {
    /// Describes a sandbox, with its client that has a secret or the one that has none.
    pub(crate) fn of(sandbox: &Sandbox, client: &RegisteredClient) -> Self {
        Self {
            provider: sandbox.face().provider,
            endpoints: sandbox.endpoints(),
            services: sandbox.services(),
            client: client.clone(),
            redirect_uri: None,
        }
    }

    /// Gives the client another redirect URI.
    #[must_use]
    pub(crate) fn redirecting_to(self, redirect_uri: Option<String>) -> Self {
        Self { redirect_uri, ..self }
    }

    /// Returns the settings that lead the provider to this sandbox, and those that say who is expected to
    /// consent.
    fn settings(&self) -> (String, String) {
        let [default, _] = sandbox::OWNERS;
        let labels =
            [("default", default)].into_iter().chain(sandbox::OWNERS.map(|owner| (owner, owner)));
        let expected = labels.map(|(label, owner)| format!("    {label}: \"@{owner}\"\n"));
        let Self { provider, endpoints, services, .. } = self;
        let api = endpoints.iter().find(|(name, _)| *name == "api_url").map_or("", |(_, url)| url);
        let endpoints = endpoints.iter().map(|(name, url)| format!("    {name}: {url}\n"));
        let services: Vec<_> = services.iter().map(|name| format!("{name}: {api}")).collect();
        let services = if services.is_empty() {
            String::new()
        } else {
            format!("    services: {{{}}}\n", services.join(", "))
        };
        (
            format!("  {provider}:\n{}{services}", endpoints.collect::<String>()),
            format!("  {provider}:\n{}", expected.collect::<String>()),
        )
    }
}

/// Returns the settings of a home in which providers are these sandboxes.
pub(crate) fn config(sandboxes: &[KnownSandbox]) -> String {
    let (providers, accounts): (Vec<_>, Vec<_>) =
        sandboxes.iter().map(KnownSandbox::settings).unzip();
    format!("{MARK}\nproviders:\n{}accounts:\n{}", providers.concat(), accounts.concat())
}

/// A home in which providers are sandboxes.
pub(crate) struct SandboxHome {
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// The grants of earlier sandboxes, which are there no more.
    pub(crate) removed: Vec<CredentialId>,
}

/// Makes a folder an `XREQ_HOME` in which providers are these sandboxes and their clients are stored. `env`
/// is that of the commands which will use it.
pub(crate) fn prepare(
    folder: &Path,
    sandboxes: Vec<KnownSandbox>,
    env: &Env,
    context: &Context,
) -> Result<SandboxHome> {
    let folder = std::path::absolute(folder).map_err(|error| unwritable(folder, &error))?;
    let home = Home::at(&folder);
    let path = home.config_file();
    let is_file = |found: fs::Metadata| found.is_file() && found.nlink() == 1;
    let is_ours = fs::symlink_metadata(&path).is_ok_and(is_file)
        && fs::read_to_string(&path).is_ok_and(|text| text.starts_with(MARK));
    let is_free = match fs::read_dir(&folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_ours && !is_free {
        let message = format!("{} has something else in it", folder.display());
        return Err(Error::new(Code::BadArgument, message).with_hint(
            "name a new folder for the sandbox: what is in a home of yours would be sent to it",
        ));
    }
    FolderStore::new(home.clone()).make()?;
    fs::write(&path, config(&sandboxes)).map_err(|error| unwritable(&path, &error))?;
    Identities::generate(&home, context.now)?;
    let others = env.iter().filter(|(name, _)| *name != "XREQ_HOME");
    let env = others.chain([("XREQ_HOME".as_ref(), folder.as_os_str())]).collect();
    let there = Context::new(env, context.trust.clone(), true, Arc::clone(&context.reporter));
    let mut removed = Vec::new();
    for sandbox in sandboxes {
        let provider = sandbox.provider;
        store_client(sandbox, &there)?;
        removed.extend(remove_grants(provider, &there)?);
    }
    Ok(SandboxHome { path: folder, removed })
}

fn store_client(sandbox: KnownSandbox, there: &Context) -> Result<()> {
    let consumer = sandbox.client.consumer().map(|(key, secret)| (key.to_owned(), secret.clone()));
    let RegisteredClient { client_id, client_secret, .. } = sandbox.client;
    let registration = Registration {
        provider: sandbox.provider.to_owned(),
        name: Label::default().to_string(),
        id: client_id,
        redirect_uri: sandbox.redirect_uri,
        url_values: BTreeMap::new(),
        catalog: Vec::new(),
    };
    clients::set(&registration, |_| Ok(client_secret), there)?;
    let Some((key, secret)) = consumer else { return Ok(()) };
    let added = ConsumerKey {
        provider: registration.provider,
        name: registration.name,
        key,
        catalog: Vec::new(),
    };
    consumer_keys::add(&added, |_| Ok(secret), there).map(drop)
}

/// Removes the credentials that the home has, which are of an earlier sandbox: this one knows none of their
/// tokens. Returns them.
fn remove_grants(provider: &str, there: &Context) -> Result<Vec<CredentialId>> {
    let names = there.store()?.grant_names_of(&provider.parse()?)?;
    let removed = names.into_iter().map(|name| {
        let options = DisconnectOptions {
            provider: name.provider.to_string(),
            account: Some(name.account.to_string()),
            kind: Some(name.kind),
            local_only: true,
            catalog: Vec::new(),
        };
        disconnect(&options, |_, _| Ok(()), there).map(|removed| removed.name)
    });
    removed.collect()
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::of_system(Code::SandboxFailed, format!("cannot write {}", path.display()), error)
}
