//! The command line: what can be typed, and nothing of what it does.

mod audit;
mod daemon;
mod format;
mod grants;
mod launching;
mod manifests;
mod others;
mod sandbox;

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::findings::Setting;
use crate::text::time::duration;

pub(crate) use audit::AuditLog;
pub(crate) use daemon::Daemon;
pub(crate) use grants::{
    Client, ClientSet, Connect, Disconnect, Import, Refresh, Reseal, Status, Token, TokenFormat,
};
pub(crate) use launching::{OnDead, Run, Trust};
pub(crate) use manifests::{Check, Diff, Explain, Validate};
pub(crate) use others::{Catalog, Ci, Completions, Init, Man, Rules, Schema, SchemaName, Secret};
pub(crate) use sandbox::{Sandbox, SandboxCommand, SandboxServe};

const EXAMPLES: &str = "\
Examples:
  xreq demo                         see all of it, with no account and no network
  xreq init                         make a store, an identity and a manifest
  xreq client set x --id ID         say which app asks: its client id and secret
  xreq connect x                    ask for what the manifest needs, in the browser
  xreq check                        do the stored grants cover the manifest?
  xreq run -- python agent.py       launch the agent with what it declared

Exit status: 0 done, 1 requirements unmet or findings, 2 usage, 3 the store, the network or the \
provider failed. `xreq run --help` has those of `run`.";

/// Proves that stored grants cover what an agent declares, then launches it with exactly those.
#[derive(Debug, Parser)]
#[command(name = "xreq", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    /// When to use colour; `auto` is on terminals, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, hide_possible_values = true, value_name = "auto|always|never")]
    pub color: Colour,
    /// Trust files of this user (a number) as if they were your own, as in a container; repeatable
    #[arg(long = "trust-owner", global = true, value_name = "UID")]
    pub trusted_owners: Vec<u32>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On terminals.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Colour> for ColorChoice {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Auto => Self::Auto,
            Colour::Always => Self::Always,
            Colour::Never => Self::Never,
        }
    }
}

/// How bad findings are.
#[derive(Args, Clone, Debug, Default)]
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

/// The commands. Their arguments are defined when they are invoked: `run` needs none of the others.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Make an identity, a store and, where there is none, a commented manifest
    Init(Init),
    /// Store a grant from a token response or a bare token
    Import(Import),
    /// Store, list and remove secrets
    #[command(subcommand)]
    Secret(Secret),
    /// Store, show and remove clients: the apps that you registered with a provider
    #[command(subcommand)]
    Client(Client),
    /// Ask an account's owner, in the browser, for what the manifest needs
    Connect(Connect),
    /// Show the accounts, their scopes and the time that is left
    Status(Status),
    /// Get new access tokens where the old ones are about to expire
    Refresh(Refresh),
    /// Keep every grant fresh, for as long as it runs
    Daemon(Daemon),
    /// Print a fresh access token, for scripts
    Token(Token),
    /// Revoke a grant at the provider, then remove it
    Disconnect(Disconnect),
    /// Seal every record to the recipients of now
    Reseal(Reseal),
    /// Check that manifests are well-formed
    Validate(Validate),
    /// Show what each key means: scopes, operations, and which grant covers it
    Explain(Explain),
    /// Hold the manifest against the store
    Check(Check),
    /// Show what a newer manifest lets an agent do beyond an older one
    Diff(Diff),
    /// Launch an agent with exactly the grants and secrets that it declares
    Run(Run),
    /// Look at the audit log
    #[command(subcommand)]
    AuditLog(AuditLog),
    /// Let a manifest decide on this machine what nobody looks at, such as a command
    Trust(Trust),
    /// Show what the catalog says of a provider, key, scope or operation
    Catalog(Catalog),
    /// List the kinds of findings, or explain one
    Rules(Rules),
    /// Print a JSON Schema
    Schema(Schema),
    /// Print completions for a shell
    Completions(Completions),
    /// Print a manual page
    Man(Man),
    /// Serve a provider in the shape of X on this machine, for building and testing agents offline
    Sandbox(Sandbox),
    /// Show it all in a throw-away home, with no account and no network
    Demo,
}

impl Command {
    /// Whether it uses a key, sends a request with one, or writes to the store.
    pub(crate) fn relies_on_home(&self) -> bool {
        match self {
            Self::Init(_)
            | Self::Import(_)
            | Self::Connect(_)
            | Self::Refresh(_)
            | Self::Daemon(_)
            | Self::Token(_)
            | Self::Disconnect(_)
            | Self::Reseal(_)
            | Self::Run(_) => true,
            Self::Secret(secret) => !matches!(secret, Secret::List { .. }),
            Self::Client(client) => !matches!(client, Client::Show { .. }),
            Self::Check(check) => check.refresh || check.verify,
            Self::Status(status) => status.verify,
            Self::Validate(_)
            | Self::Explain(_)
            | Self::Diff(_)
            | Self::AuditLog(_)
            | Self::Trust(_)
            | Self::Catalog(_)
            | Self::Rules(_)
            | Self::Schema(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Sandbox(_)
            | Self::Demo => false,
        }
    }
}

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
    /// inf.yml or inf.yaml here]
    #[arg(long = "manifest", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

/// What to hold a manifest against.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Against {
    /// The account that serves a provider [default: `default`, or the only one]
    #[arg(long = "account", value_name = "PROVIDER=LABEL", value_parser = account)]
    pub accounts: Vec<(String, String)>,
    /// Require also the scopes that only the provider's API asks for
    #[arg(long)]
    pub strict: bool,
    /// How long an access token must still live, such as 5m or 1h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub min_ttl: SignedDuration,
}

fn account(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((provider, label)) if !provider.is_empty() && !label.is_empty() => {
            Ok((provider.to_owned(), label.to_owned()))
        }
        _ => Err("write it as PROVIDER=LABEL, such as x=work".to_owned()),
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write it as in RFC 3339, such as 2026-12-01T08:00:00Z".to_owned())
}
