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
use crate::config::SANDBOX_MARK;
use crate::error::{Code, Error, Result};
use crate::model::credential_id::CredentialId;
use crate::model::name::Label;
use crate::sandbox::{self, RegisteredClient, Sandbox};
use crate::store::{FolderStore, Identities};
use crate::sys::env::Env;
use crate::sys::home::Home;

/// The first line of a `config.yaml` that may be written anew.
pub(crate) const MARK: &str = SANDBOX_MARK;

/// A sandbox, as a home knows it.
pub(crate) struct KnownSandbox {
    provider: &'static str,
    /// The fields of the configuration that lead the provider here, each with its value.
    endpoints: Vec<(&'static str, String)>,
    services: Vec<String>,
    /// The client that the home has; none where no account consents.
    client: Option<RegisteredClient>,
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
            client: sandbox.has_consent().then(|| client.clone()),
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
        let expected = expected.collect::<String>();
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
            self.client.as_ref().map_or_else(String::new, |_| format!("  {provider}:\n{expected}")),
        )
    }
}

/// The settings that sandboxes of other providers have written: blocks of lines, each with its provider.
#[derive(Default)]
struct Settings<'t> {
    providers: Vec<(&'t str, String)>,
    accounts: Vec<(&'t str, String)>,
}

impl<'t> Settings<'t> {
    /// Reads them from a file that has their form.
    fn of(text: &'t str) -> Self {
        let mut settings = Self::default();
        let mut section = "";
        for line in text.lines() {
            let blocks = match section {
                "providers:" => &mut settings.providers,
                _ => &mut settings.accounts,
            };
            if !line.starts_with(' ') {
                section = line;
            } else if let Some(name) = line.strip_prefix("  ").filter(|it| !it.starts_with(' ')) {
                blocks.push((name.trim_end_matches(':'), format!("{line}\n")));
            } else if let Some((_, block)) = blocks.last_mut() {
                block.push_str(&format!("{line}\n"));
            }
        }
        settings
    }

    /// Returns the blocks of other providers than those of these sandboxes.
    fn but(blocks: &[(&str, String)], sandboxes: &[KnownSandbox]) -> String {
        let is_other = |name: &str| sandboxes.iter().all(|it| it.provider != name);
        let others = blocks.iter().filter(|(name, _)| is_other(name));
        others.map(|(_, block)| block.as_str()).collect()
    }
}

/// Returns the settings of a home in which providers are these sandboxes, and others are what `before` makes
/// of them.
pub(crate) fn config(sandboxes: &[KnownSandbox], before: &str) -> String {
    let before = Settings::of(before);
    let (providers, accounts): (Vec<_>, Vec<_>) =
        sandboxes.iter().map(KnownSandbox::settings).unzip();
    let providers = Settings::but(&before.providers, sandboxes) + &providers.concat();
    let accounts = Settings::but(&before.accounts, sandboxes) + &accounts.concat();
    let mut config = format!("{MARK}\nproviders:\n{providers}");
    if !accounts.is_empty() {
        config.push_str(&format!("accounts:\n{accounts}"));
    }
    config
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
    let before = Some(&path).filter(|path| fs::symlink_metadata(path).is_ok_and(is_file));
    let before = before.and_then(|path| fs::read_to_string(path).ok());
    let before = before.filter(|text| text.starts_with(MARK));
    let is_ours = before.is_some();
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
    let settings = config(&sandboxes, &before.unwrap_or_default());
    fs::write(&path, settings).map_err(|error| unwritable(&path, &error))?;
    Identities::generate(&home, context.now)?;
    let others = env.iter().filter(|(name, _)| *name != "XREQ_HOME");
    let env = others.chain([("XREQ_HOME".as_ref(), folder.as_os_str())]).collect();
    let there = Context::new(env, context.trust.clone(), true, Arc::clone(&context.reporter));
    let mut removed = Vec::new();
    for sandbox in sandboxes {
        let provider = sandbox.provider;
        if let Some(client) = sandbox.client {
            store_client(provider, client, sandbox.redirect_uri, &there)?;
        }
        removed.extend(remove_grants(provider, &there)?);
    }
    Ok(SandboxHome { path: folder, removed })
}

fn store_client(
    provider: &str,
    client: RegisteredClient,
    redirect_uri: Option<String>,
    there: &Context,
) -> Result<()> {
    let consumer = client.consumer().map(|(key, secret)| (key.to_owned(), secret.clone()));
    let RegisteredClient { client_id, client_secret, .. } = client;
    let registration = Registration {
        provider: provider.to_owned(),
        name: Label::default().to_string(),
        id: client_id,
        redirect_uri,
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
            part: name.named_part(),
            local_only: true,
            catalog: Vec::new(),
        };
        disconnect(&options, |_, _| Ok(()), there)
    });
    let removed = removed.collect::<Result<Vec<_>>>()?;
    Ok(removed.into_iter().flatten().map(|removed| removed.name).collect())
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::of_system(Code::SandboxFailed, format!("cannot write {}", path.display()), error)
}
