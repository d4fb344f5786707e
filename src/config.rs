//! `config.yaml`: what the user sets for every run.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::audit::settings::{self, Settings};
use crate::catalog::EndpointOverrides;
use crate::diagnostic::Setting;
use crate::error::{Code, Error, Result};
use crate::handwritten;
use crate::manifest::delivery::OnRefresh;
use crate::name::Label;
use crate::oauth::expectation::Expectation;
use crate::store::GrantName;

/// The settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// By provider: endpoints to use instead of those of the catalog, as for a self-hosted or a
    /// test server.
    pub providers: BTreeMap<String, EndpointOverrides>,
    /// By provider and label: the account that is expected to consent, where nobody is at the terminal
    /// to confirm it.
    pub accounts: BTreeMap<String, BTreeMap<Label, Expectation>>,
    /// By the name of a rule (or `warnings`, for all of them): how bad its findings are.
    pub rules: BTreeMap<String, Setting>,
    /// How agents are told of new tokens, unless the command line says otherwise; what their manifests
    /// say does not count then.
    #[serde(deserialize_with = "on_refresh")]
    pub on_refresh: Option<OnRefresh>,
    /// The audit log, where there is to be one.
    #[serde(deserialize_with = "settings::read")]
    pub audit: Option<Settings>,
}

fn on_refresh<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OnRefresh>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

impl Config {
    /// Returns the account that is expected to consent under a label.
    pub fn expected(&self, name: &GrantName) -> Option<&Expectation> {
        self.accounts.get(name.provider.as_str())?.get(&name.account)
    }

    /// Reads the settings; where there is no file, nothing is set.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidConfig`]: the file cannot be read, or has a mistake, which is named with its
    /// line and column.
    pub fn load(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            // Where a folder is none, the store has more to say of it.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(Error::new(
                    Code::InvalidConfig,
                    format!("cannot read {}: {error}", path.display()),
                ));
            }
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        handwritten::read(&text)
            .map_err(|fault| Error::new(Code::InvalidConfig, format!("{}:{fault}", path.display())))
    }
}
