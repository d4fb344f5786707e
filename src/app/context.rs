//! The surroundings of a use case: environment, time, folders, settings and providers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use age::secrecy::SecretString;
use jiff::Timestamp;

use crate::app::host_agreement::agreed;
use crate::app::reporter::Reporter;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::findings::{Levels, Setting};
use crate::provider_files;
use crate::provider_files::{Agreement, ProviderFolder};
use crate::store::{FolderStore, Notice, PassphraseCache, Writers};
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::sys::home::Home;
use crate::sys::state::StateFolder;
use crate::text::redact::looks_secret;

/// The world around a use case.
pub(crate) struct Context {
    pub(crate) env: Env,
    /// The time of the start.
    pub(crate) now: Timestamp,
    /// The receiver of events.
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) passphrase: PassphraseCache,
    /// The owners that the files may have.
    pub(crate) trust: Trust,
    /// Whether the use case uses a key, sends a request, or writes: it relies on files that others
    /// cannot change.
    pub(crate) relies: bool,
    config: OnceLock<Config>,
    home: OnceLock<Home>,
    /// The writers of the own store.
    writers: OnceLock<Arc<Writers>>,
    /// The state folder of the audit log, if one can be used.
    pub(crate) state_folder: OnceLock<Option<PathBuf>>,
}

impl Context {
    /// Creates the context of a use case that begins now.
    pub(crate) fn new(env: Env, trust: Trust, relies: bool, reporter: Arc<dyn Reporter>) -> Self {
        Self {
            passphrase: PassphraseCache::of(&env),
            env,
            now: Timestamp::now(),
            reporter,
            trust,
            relies,
            config: OnceLock::new(),
            home: OnceLock::new(),
            writers: OnceLock::new(),
            state_folder: OnceLock::new(),
        }
    }

    /// Adds a passphrase that another process asked for, if it did.
    #[must_use]
    pub(crate) fn given(self, passphrase: Option<SecretString>) -> Self {
        Self { passphrase: self.passphrase.given(passphrase), ..self }
    }

    /// Returns where the files are. If the use case relies on them, others must not be able to change
    /// the folders.
    pub(crate) fn home(&self) -> Result<Home> {
        if let Some(home) = self.home.get() {
            return Ok(home.clone());
        }
        let home = Home::of(&self.env)?;
        let home = if self.relies { home.trusting(self.trust.clone())? } else { home };
        Ok(self.home.get_or_init(|| home).clone())
    }

    /// Returns the same; `None` if the environment names no home.
    pub(crate) fn known_home(&self) -> Result<Option<Home>> {
        match self.home() {
            Ok(home) => Ok(Some(home)),
            Err(error) if error.code() == Code::HomeUnknown => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn store(&self) -> Result<FolderStore> {
        let home = self.home()?;
        let writers = self.writers.get_or_init(|| self.writers_of(home.data()));
        Ok(FolderStore::new(home).with_writers(Arc::clone(writers)))
    }

    /// Returns what this machine knows of the writers of the store in a folder.
    pub(crate) fn writers_of(&self, store: &Path) -> Arc<Writers> {
        let state = StateFolder::of(&self.env, &self.trust).ok();
        let (reporter, relies) = (Arc::clone(&self.reporter), self.relies);
        Arc::new(Writers::new(state, store, move |notice| {
            match notice {
                // A launch uses what is not refused, and says nothing.
                Notice::Foreign if relies => {}
                Notice::Foreign => reporter.note(advice![
                    "records were written by somebody whom this machine does not trust: ",
                    Remedy::List(Inventory::Writers).request()
                ]),
                Notice::Older(error) => reporter.mishap(&error),
                Notice::Unusable(error) => {
                    reporter.note(format!("writers are not known: {error}").into());
                }
            }
        }))
    }

    /// Returns the settings, which are read once.
    pub(crate) fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = self.config_anew()?;
        Ok(self.config.get_or_init(|| config))
    }

    /// Returns the settings as they are now, for a process that stays.
    pub(crate) fn config_anew(&self) -> Result<Config> {
        match self.known_home()? {
            Some(home) => Config::load(&home.config_file(), home.trust()),
            None => Ok(Config::default()),
        }
    }

    /// Returns how bad findings are by `config.yaml` alone.
    pub(crate) fn own_levels(&self) -> Result<Levels> {
        self.levels([Setting::Deny, Setting::Warn, Setting::Allow].map(|it| (it, &[][..])))
    }

    /// Returns how bad findings are: as asked for, else by `config.yaml`.
    pub(crate) fn levels(&self, asked: [(Setting, &[String]); 3]) -> Result<Levels> {
        let mut levels = Levels::default();
        for (name, setting) in &self.config()?.rules {
            levels.set(name, *setting).map_err(|fault| {
                let message = format!("`rules` in config.yaml: {fault}");
                Error::new(Code::InvalidConfig, message).with_remedy_of(&fault)
            })?;
        }
        let mut seen = HashMap::new();
        for (setting, names) in asked {
            for name in names {
                if seen.insert(name, setting).is_some_and(|other| other != setting) {
                    let message = format!("`{name}` is set in two ways at once");
                    return Err(Error::new(Code::BadArgument, message));
                }
                levels.set(name, setting)?;
            }
        }
        Ok(levels)
    }

    /// Returns the built-in providers, those of the config folder and those of `extra` files, with
    /// the endpoints of `config.yaml`. Without a home there are only the first and the last. Tells of
    /// built-in ones that do not count.
    pub(crate) fn catalog(&self, extra: &[PathBuf]) -> Result<Catalog> {
        let catalog = self.catalog_by(self.config()?, extra)?;
        for displacement in catalog.displacements() {
            self.reporter.note(displacement.to_string().into());
        }
        Ok(catalog)
    }

    /// Returns the same with these settings.
    pub(crate) fn catalog_by(&self, config: &Config, extra: &[PathBuf]) -> Result<Catalog> {
        self.catalog_agreed(config, extra, &|file, new, claims| {
            agreed(&self.env, &self.trust, file, new, claims)
        })
    }

    /// Returns the same, where this agrees to the hosts of others in the config folder's files.
    pub(crate) fn catalog_agreed(
        &self,
        config: &Config,
        extra: &[PathBuf],
        agree: Agreement<'_>,
    ) -> Result<Catalog> {
        let Some(home) = self.known_home()? else {
            return provider_files::catalog(None, extra);
        };
        let folder = home.providers();
        let folder = ProviderFolder { path: &folder, trust: home.trust(), agree };
        overridden(provider_files::catalog(Some(&folder), extra)?, config, &home)
    }

    /// Returns the built-in providers, with the endpoints of these settings; `None` where the config folder
    /// has provider files. Whoever needs no others is spared the reader of these files.
    pub(crate) fn builtin_catalog(&self, config: &Config) -> Result<Option<Catalog>> {
        let Some(home) = self.known_home()? else { return Ok(Some(Catalog::builtin())) };
        let files = provider_files::list(&home.providers(), home.trust())?;
        if !files.is_empty() {
            return Ok(None);
        }
        overridden(Catalog::builtin(), config, &home).map(Some)
    }
}

/// Puts the endpoints of `config.yaml` into a catalog.
fn overridden(mut catalog: Catalog, config: &Config, home: &Home) -> Result<Catalog> {
    for (provider, endpoints) in &config.providers {
        catalog.override_endpoints(provider, endpoints.clone()).map_err(|error| {
            let place = format!("{}: `providers`", home.config_file().display());
            let named = Error::new(Code::InvalidConfig, format!("{place}: {error}"));
            match error.remedy() {
                Some(remedy) => named.with_remedy(remedy.clone()),
                None => named,
            }
        })?;
    }
    Ok(catalog)
}

/// Refuses what looks like a token in the place of something that is kept readable.
pub(crate) fn refuse_secret(what: &str, text: &str) -> Result<()> {
    if !looks_secret(text) {
        return Ok(());
    }
    let message = format!("this {what} looks like a token, and would be stored readable");
    Err(Error::new(Code::BadArgument, message)
        .with_hint("a token or the value of a secret comes from standard input"))
}
