//! The program's own options, and its commands.

use anstream::ColorChoice;
use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Style};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::audit::AuditLog;
use super::broker::Broker;
use super::daemon::Daemon;
use super::grants::{Client, Connect, Disconnect, Import, Refresh, Reseal, Status, Token};
use super::launching::{Run, Trust};
use super::manifests::{Check, Diff, Explain, Validate};
use super::others::{Catalog, Completions, Demo, Init, Man, Rules, Schema, SecretCommand, Writer};
use super::sandbox::Sandbox;

/// The heading of the options that every command has.
pub(super) const GLOBAL_OPTIONS: &str = "Global options";

/// The styles of help and complaints: those of [layout](crate::text::layout::Style).
const STYLES: Styles = Styles::plain()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(Style::new().bold())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Magenta.on_default());

/// Checks that stored credentials cover what an agent declares, and launches it with exactly those.
#[derive(Debug, Parser)]
#[command(name = "xreq", bin_name = "xreq", version, styles = STYLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The options that every command has.
#[derive(Args, Debug)]
#[command(next_help_heading = GLOBAL_OPTIONS)]
pub(crate) struct Everywhere {
    /// Use colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, hide_possible_values = true, value_name = "WHEN")]
    pub color: Colour,
    /// Trust files of this user, by number, as if they were your own; repeatable
    #[arg(long = "trust-owner", global = true, value_name = "UID")]
    pub trusted_owners: Vec<u32>,
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

impl Colour {
    /// Returns the one that a word means.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
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

/// The commands. Their arguments are defined when they are invoked: `run` needs none of the others.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Make a store, a key and a manifest
    Init(Init),
    /// Store a grant from a token response or a bare token
    Import(Import),
    /// Store, list and remove secrets
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Store, show and remove clients: apps registered with a provider
    #[command(subcommand)]
    Client(Client),
    /// Ask an account's owner for what the manifest needs
    Connect(Connect),
    /// Show the accounts, their scopes and the time that is left
    Status(Status),
    /// Replace access tokens that are about to expire
    Refresh(Refresh),
    /// Keep every grant fresh, for as long as it runs
    Daemon(Daemon),
    /// Print a fresh access token, for scripts
    Token(Token),
    /// Revoke a grant at the provider, then remove it
    Disconnect(Disconnect),
    /// Seal every record to the recipients of now, and sign it
    Reseal(Reseal),
    /// Say whose records of the store are trusted
    #[command(subcommand)]
    Writer(Writer),
    /// Check that manifests are well-formed
    Validate(Validate),
    /// Show what each key means, and which grant covers it
    Explain(Explain),
    /// Check that the stored grants cover the manifest
    Check(Check),
    /// Show what a newer manifest allows beyond an older one
    Diff(Diff),
    /// Launch an agent with exactly what it declares
    Run(Run),
    /// Serve the broker for agents that xreq does not launch, and decide on calls that wait
    Broker(Broker),
    /// Look at the audit log
    #[command(subcommand)]
    AuditLog(AuditLog),
    /// Let a manifest decide what nobody looks at, such as a command
    Trust(Trust),
    /// Show what a provider, key, scope or operation is
    Catalog(Catalog),
    /// List the kinds of findings, or explain one
    Rules(Rules),
    /// Print a JSON Schema
    Schema(Schema),
    /// Print completions for a shell
    Completions(Completions),
    /// Print a manual page
    Man(Man),
    /// Serve a provider in the shape of X, to build and test agents offline
    Sandbox(Sandbox),
    /// Show it all, with no account and no network
    Demo(Demo),
}

impl Command {
    /// Returns whether it launches an agent, or takes the place of a launch.
    pub(crate) fn is_launch(&self) -> bool {
        match self {
            Self::Run(_) => true,
            Self::Broker(broker) => broker.command.is_none(),
            _ => false,
        }
    }

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
            Self::Broker(broker) => broker.command.is_none(),
            Self::Secret(secret) => !matches!(secret, SecretCommand::List { .. }),
            Self::Client(client) => !matches!(client, Client::Show { .. }),
            Self::Check(check) => check.refresh || check.verify,
            Self::Status(status) => status.verify,
            Self::Writer(_)
            | Self::Validate(_)
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
            | Self::Demo(_) => false,
        }
    }
}
