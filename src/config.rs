//! `config.yaml`: what the user sets for every run.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::audit_log::settings;
use crate::audit_log::settings::AuditSettings;
use crate::broker::egress_settings::EgressSettings;
use crate::broker::limits::Pace;
use crate::catalog::EndpointOverrides;
use crate::error::{Code, Error, Result};
use crate::findings::Setting;
use crate::manifest::delivery::OnRefresh;
use crate::model::name::Label;
use crate::oauth::expectation::Expectation;
use crate::store::CredentialId;
use crate::sys::files;
use crate::sys::files::{Links, Trust};
use crate::text::{encoding, strict_yaml};

/// The first line of a file that a sandbox has written, and may write anew.
pub const SANDBOX_MARK: &str = "# Written by `xreq sandbox`, which may write it anew.";

/// Far more than anybody sets.
const MOST_BYTES: u64 = 1 << 20;

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
    /// By provider, label and key: the calls that the key may give to an agent below a broker.
    pub(crate) limits: BTreeMap<String, BTreeMap<Label, BTreeMap<String, Pace>>>,
    /// The hosts beside the API hosts that agents below a broker may reach.
    pub(crate) egress: EgressSettings,
    /// By the name of a rule (or `warnings`, for all of them): how bad its findings are.
    pub rules: BTreeMap<String, Setting>,
    /// How agents are told of new tokens, unless the command line says otherwise; what their manifests
    /// say does not count then.
    #[serde(deserialize_with = "on_refresh")]
    pub on_refresh: Option<OnRefresh>,
    /// The audit log, where there is to be one.
    #[serde(deserialize_with = "settings::read")]
    pub audit: Option<AuditSettings>,
    /// Whether the home is one in which a sandbox is in the place of the providers.
    #[serde(skip)]
    pub is_of_sandbox: bool,
}

fn on_refresh<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OnRefresh>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

impl Config {
    /// Returns the account that is expected to consent under a label.
    pub fn expected(&self, name: &CredentialId) -> Option<&Expectation> {
        self.accounts.get(name.provider.as_str())?.get(&name.account)
    }

    /// Reads the settings; where there is no file, nothing is set. Others must not be able to change
    /// it, where a `trust` says so.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidConfig`]: the file cannot be read, or has a mistake, which is named with its
    /// line and column. [`Code::HomeUntrusted`]: others can change it.
    pub fn load(path: &Path, trust: Option<&Trust>) -> Result<Self> {
        let Some(content) = content(path, trust).map_err(|error| unreadable(path, &error))? else {
            return Ok(Self::default());
        };
        let text = encoding::decode(&content).map_err(|what| {
            let message = format!("{} {what}", path.display());
            Error::new(Code::InvalidConfig, message).with_hint(encoding::AS_UTF8)
        })?;
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let config: Self = strict_yaml::read(text).map_err(|fault| {
            Error::new(Code::InvalidConfig, format!("{}:{fault}", path.display()))
        })?;
        Ok(Self { is_of_sandbox: text.starts_with(SANDBOX_MARK), ..config })
    }
}

fn content(path: &Path, trust: Option<&Trust>) -> io::Result<Option<Vec<u8>>> {
    let Some((file, _)) = files::open(path, Links::Followed, trust)? else { return Ok(None) };
    let mut content = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 MiB"));
    }
    Ok(Some(content))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    // Where a folder is none, no file of the home can be read.
    let code = match error.kind() {
        io::ErrorKind::NotADirectory => Code::StoreUnreadable,
        _ => Code::InvalidConfig,
    };
    let message = format!("cannot read {}", path.display());
    files::failure(code, &message, error, "make it a file that you can read, or remove it")
}
