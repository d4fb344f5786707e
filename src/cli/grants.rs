//! Arguments of the commands that get, keep and end grants.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::arguments::{CatalogFiles, ManifestFile, kind, time};
use super::format;
use crate::findings::Format;
use crate::model::access_level::AccessLevel;
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::Kind;
use crate::oauth::expectation::Expectation;
use crate::text::time::duration;

/// Store a grant, from a token response or a bare token, or a token of another kind
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The provider, such as `x`
    pub provider: String,
    /// The kind of the credential [default: `oauth2`, or the first that the provider has]
    #[arg(long, value_name = "KIND", value_parser = kind())]
    pub kind: Option<Kind>,
    /// The account, by its label
    #[arg(long, default_value = crate::model::name::DEFAULT_ACCOUNT, value_name = "[PROVIDER=]LABEL")]
    pub account: AccountChoice,
    /// Which token of a consent it is, where a consent gives several, such as `bot`
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
    /// The granted scopes, where the response does not say them; of a service account those that tokens
    /// are asked for with
    #[arg(long, value_name = "\"A B\"")]
    pub scopes: Option<String>,
    /// The client that an OAuth 1.0a token was given to, and whose keys are stored [default: default]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// How long the access token still lives, such as 2h
    #[arg(long, value_name = "DURATION", conflicts_with = "expires_at", value_parser = duration)]
    pub expires_in: Option<SignedDuration>,
    /// When the access token dies, such as 2026-12-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub expires_at: Option<Timestamp>,
    /// The file to read; `-` is standard input [default: -]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub service_account: ServiceAccountSource,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// The source of a service account's tokens, where it is no file that is read now.
#[derive(Args, Debug)]
#[command(next_help_heading = "Service accounts")]
pub(crate) struct ServiceAccountSource {
    /// A program that prints a token, by its absolute path, and all its arguments: the last option.
    /// Beside the file of a federation it prints the other provider's, which is exchanged
    #[arg(
        long,
        value_name = "PROGRAM",
        num_args = 1..,
        allow_hyphen_values = true,
        conflicts_with = "token_file"
    )]
    pub command: Vec<String>,
    /// A file that has a token, by its absolute path: it is read anew for each token. Beside the file
    /// of a federation it has the other provider's, which is exchanged
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The user in whose name the account acts, where a domain delegated that to it
    #[arg(long, value_name = "USER")]
    pub subject: Option<String>,
    /// The number of the project that the agent works in
    #[arg(long, value_name = "NUMBER")]
    pub project_number: Option<String>,
}

/// Store, show and remove clients: apps registered with a provider
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Store a client: its secret from standard input, or typed without being shown
    Set(ClientSet),
    /// Show the stored clients, without their secrets
    Show {
        /// Only those of this provider
        provider: Option<String>,
        /// The format of the output
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
        #[command(flatten)]
        catalog: CatalogFiles,
    },
    /// Remove a client
    Rm {
        /// Its provider
        provider: String,
        /// Its name
        #[arg(long = "client", value_name = "NAME", default_value = crate::model::name::DEFAULT_ACCOUNT)]
        name: String,
    },
}

/// Store a client: its secret from standard input, or typed without being shown
#[derive(Args, Debug)]
pub(crate) struct ClientSet {
    /// The provider that it is registered with, such as `x`
    pub provider: String,
    /// The client id [default: it is asked for]
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub id: Option<String>,
    /// A name, where there are several clients
    #[arg(long = "client", value_name = "NAME", default_value = crate::model::name::DEFAULT_ACCOUNT)]
    pub name: String,
    /// The redirect URI that it is registered with [default: the provider's usual one]
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
    /// A value of a variable in the provider's URLs, such as a tenant; repeatable
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = url_value)]
    pub variables: Vec<(String, String)>,
    /// It has no secret
    #[arg(long)]
    pub public: bool,
    /// Add an OAuth 1.0a consumer key to the stored client, and its secret
    #[arg(long, value_name = "KEY", conflicts_with_all = ["id", "redirect_uri", "public"])]
    pub consumer_key: Option<String>,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Reads a name and a value with `=` between them.
fn url_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let (name, value) = pair.ok_or("must be like `tenant=contoso`")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Ask an account's owner for what the manifest needs
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// The provider, such as `x` [default: the only one that the manifest needs]
    pub provider: Option<String>,
    /// Integration keys to ask for, instead of those of the manifest
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// The account, by its label
    #[arg(long, default_value = crate::model::name::DEFAULT_ACCOUNT, value_name = "[PROVIDER=]LABEL")]
    pub account: AccountChoice,
    /// The client that asks [default: `default`, or the one that the account was connected with]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// The kind of the credential [default: `oauth2`]
    #[arg(long, value_name = "KIND", value_parser = kind())]
    pub kind: Option<Kind>,
    /// A scope to ask for as well
    #[arg(long = "add-scope", value_name = "SCOPE")]
    pub add_scopes: Vec<String>,
    /// The token that is to have these scopes, where a consent gives several, such as `user`
    #[arg(long, value_name = "PART", requires = "add_scopes")]
    pub part: Option<String>,
    /// Store the grant only if this account consented: @HANDLE, or the account's id
    #[arg(long, value_name = "@HANDLE|ID", allow_hyphen_values = true)]
    pub expect: Option<Expectation>,
    /// Let the label pass to another account than the one that it has
    #[arg(long)]
    pub replace_account: bool,
    /// The level to ask for, with --kind oauth1 [default: what the manifest needs]
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<AccessLevel>,
    /// Wait for the PIN that the page shows, with --kind oauth1
    #[arg(long, conflicts_with_all = ["paste", "device"])]
    pub pin: bool,
    /// Wait for the redirected URL on the terminal, and listen for no browser
    #[arg(long)]
    pub paste: bool,
    /// Show a code to type on another device, where the provider has that
    #[arg(long, conflicts_with = "paste")]
    pub device: bool,
    /// Print the URL and open nothing
    #[arg(long)]
    pub no_browser: bool,
    /// How long to wait for the consent
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub timeout: SignedDuration,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Show the accounts, their scopes and the time that is left
#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Only this provider
    pub provider: Option<String>,
    /// Only the account with this label
    #[arg(long, value_name = "[PROVIDER=]LABEL")]
    pub account: Option<AccountChoice>,
    /// How far to look ahead for what will need a person
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub within: SignedDuration,
    /// Open each grant, and show what is sealed in it. Needs the key
    #[arg(long)]
    pub verify: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    /// The format of the output
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
}

/// Replace access tokens that are about to expire
#[derive(Args, Debug)]
pub(crate) struct Refresh {
    /// The provider [default: the only one that has a grant]
    pub provider: Option<String>,
    /// The account, by its label [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL", conflicts_with = "all")]
    pub account: Option<AccountChoice>,
    /// Only this token of the consent, where it gives several, such as `bot`
    #[arg(long, value_name = "PART", conflicts_with = "all")]
    pub part: Option<String>,
    /// Every account
    #[arg(long)]
    pub all: bool,
    /// Refresh access tokens that were issued so long ago, such as 90m
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "force")]
    pub older_than: Option<SignedDuration>,
    /// Refresh access tokens that live no longer than this, such as 30m
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "force")]
    pub min_ttl: Option<SignedDuration>,
    /// Refresh in any case: also what was rejected, is in doubt, or is to wait
    #[arg(long)]
    pub force: bool,
    /// The format of the output
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Print a fresh access token, for scripts
#[derive(Args, Debug)]
pub(crate) struct Token {
    /// The provider, such as `x` [default: the only one that has a grant]
    pub provider: Option<String>,
    /// The account, by its label [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL")]
    pub account: Option<AccountChoice>,
    /// Which token of the consent, where it gives several, such as `bot`
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
    /// How long the access token must still live, such as 5m or 1h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub min_ttl: SignedDuration,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub format: TokenFormat,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// How to print a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenFormat {
    /// The token alone
    #[default]
    Text,
    /// With its expiry and scopes
    Json,
    /// As the header that a request carries it in
    Header,
}

/// Seal every record to the recipients of now, and sign it
#[derive(Args, Debug)]
pub(crate) struct Reseal {
    /// Show what is not sealed to the recipients of now, or not signed by a trusted writer, and exit with
    /// 1 where there is any. Needs no key
    #[arg(long)]
    pub check: bool,
    /// Show what would be sealed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The format of the output
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
}

/// Revoke a grant or another credential at the provider, then remove it
#[derive(Args, Debug)]
pub(crate) struct Disconnect {
    /// The provider, such as `x`
    pub provider: String,
    /// The account, by its label [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL")]
    pub account: Option<AccountChoice>,
    /// The kind of the credential [default: `oauth2`, or the first that the provider has]
    #[arg(long, value_name = "KIND", value_parser = kind())]
    pub kind: Option<Kind>,
    /// Only this token of the consent, where it gives several, such as `bot`
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
    /// End an app-only token without being asked: it ends for all who use the app
    #[arg(long)]
    pub yes: bool,
    /// Remove it here, and tell the provider nothing: its tokens stay live
    #[arg(long)]
    pub local_only: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}
