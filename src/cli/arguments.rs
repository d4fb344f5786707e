//! Arguments that several commands take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};

use crate::findings::Setting;
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::Kind;
use crate::text::time::duration;

/// Which catalog to use.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CatalogFiles {
    /// Add a provider file to the catalog
    #[arg(long = "catalog", value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Which manifest to use.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ManifestFile {
    /// The manifest; `-` is standard input [default: `$XREQ_MANIFEST`, else xreq.yaml, xreq.yml,
    /// inf.yml or inf.yaml here or above, in the same repository]
    #[arg(long = "manifest", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

/// What to hold a manifest against.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Against {
    /// The account of a provider, by its label [default: `default`, or the only one]
    #[arg(long = "account", value_name = "[PROVIDER=]LABEL")]
    pub accounts: Vec<AccountChoice>,
    /// Require also the scopes that only the provider's API asks for
    #[arg(long)]
    pub strict: bool,
    /// How long an access token must still live, such as 5m or 1h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub min_ttl: SignedDuration,
}

/// How bad findings are.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Levels of rules")]
pub(crate) struct RuleLevels {
    /// Make the findings of rules (`a,b`) errors; `warnings` stands for all that warn
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub deny: Vec<String>,
    /// Make the findings of a rule warnings
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub warn: Vec<String>,
    /// Do not show the findings of a rule
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub allow: Vec<String>,
}

impl RuleLevels {
    pub(crate) fn by_setting(&self) -> [(Setting, &[String]); 3] {
        [(Setting::Deny, &self.deny), (Setting::Warn, &self.warn), (Setting::Allow, &self.allow)]
    }
}

/// Reads a kind of credentials.
pub(super) fn kind() -> impl TypedValueParser<Value = Kind> {
    let names = PossibleValuesParser::new(Kind::ALL.map(Kind::name));
    names.map(|name| name.parse().expect("it is one of the names"))
}

/// Reads an address and a port; a port alone is one of this machine.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse().map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    port.or_else(|_| text.parse())
        .map_err(|_| "write it as a port, or as an address and a port: 127.0.0.1:9464".to_owned())
}

pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write it as in RFC 3339, such as 2026-12-01T08:00:00Z".to_owned())
}
