//! Arguments of the commands that get, keep and end grants.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::arguments::{CatalogFiles, ManifestFile, time};
use super::format;
use crate::findings::Format;
use crate::model::account_choice::AccountChoice;
use crate::oauth::expectation::Expectation;
use crate::text::time::duration;

/// Store a grant from a token response or a bare token
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq import x token-response.json
  pbpaste | xreq import x --account work --scopes \"tweet.read users.read\" --expires-in 7200
  printf %s \"$TOKEN\" | xreq import x --scopes \"tweet.read users.read\" -

The text is a token response (JSON, RFC 6749 section 5.1) as it came or as a library keeps it \
(`expires_at` and its like win over `expires_in`), the file of google-auth, xurl or gh, or a bare \
access token. A token is never an argument: other users of the machine can read the arguments of a \
process.")]
pub(crate) struct Import {
    /// The provider, such as `x`
    pub provider: String,
    /// The label of the account
    #[arg(long, default_value = crate::model::name::DEFAULT_ACCOUNT, value_name = "[PROVIDER=]LABEL")]
    pub account: AccountChoice,
    /// The granted scopes, where the response does not say them
    #[arg(long, value_name = "\"A B\"")]
    pub scopes: Option<String>,
    /// How long the access token still lives, such as 2h
    #[arg(long, value_name = "DURATION", conflicts_with = "expires_at", value_parser = duration)]
    pub expires_in: Option<SignedDuration>,
    /// When the access token dies, such as 2026-12-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub expires_at: Option<Timestamp>,
    /// The file to read; `-` is standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Store, show and remove clients: the apps that you registered with a provider
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Store a client: its secret from standard input, or typed without being shown
    #[command(after_help = "\
Examples:
  xreq client set x                                      asks for the client id and the secret
  pass show x-app | xreq client set x --id \"$ID\"
  xreq client set x --id \"$ID\" --public                 a native app has no secret

The redirect URI has to be registered with the provider, letter by letter. \
Where no client is stored, X_CLIENT_ID and X_CLIENT_SECRET serve (for another provider, its prefix).")]
    Set(ClientSet),
    /// Show the stored clients, without their secrets
    Show {
        /// Only those of this provider
        provider: Option<String>,
        /// How to print them
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
    /// It has no secret
    #[arg(long)]
    pub public: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Ask an account's owner, in the browser, for what the manifest needs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq connect x                     what the manifest here needs
  xreq connect x x.tweet.write       what a key needs
  xreq connect x --account work --add-scope dm.read
  xreq connect x --paste             on a machine without a browser
  xreq connect x --expect @me </dev/null         no terminal: who consents is said before

What the account granted before is asked for again: with most providers a new grant replaces the \
old one. Nothing is opened before you have seen what is asked for, and why.

The browser is given a file that only you can read and that leads to the provider; one that may not \
read it (in a snap or a container) shows an error: then open the address that is shown, or use \
--no-browser.

At a terminal you confirm which account consented, unless it is the label's already. Without one, --expect names it, or \
`accounts: {x: {default: \"@me\"}}` in config.yaml. A grant that is not confirmed is revoked. \
With X, which keeps one grant of an account, the consent ends that account's stored grant even then.

Exit status 1: less was granted than was asked for, or it was not the right account.")]
pub(crate) struct Connect {
    /// The provider, such as `x` [default: the only one that the manifest needs]
    pub provider: Option<String>,
    /// Integration keys to ask for, instead of those of the manifest
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// The label of the account
    #[arg(long, default_value = crate::model::name::DEFAULT_ACCOUNT, value_name = "[PROVIDER=]LABEL")]
    pub account: AccountChoice,
    /// The client that asks [default: `default`, or the one that the account was connected with]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// A scope to ask for as well
    #[arg(long = "add-scope", value_name = "SCOPE")]
    pub add_scopes: Vec<String>,
    /// Store the grant only if this account consented: @HANDLE, or the account's id
    #[arg(long, value_name = "@HANDLE|ID", allow_hyphen_values = true)]
    pub expect: Option<Expectation>,
    /// Let the label pass to another account than the one that it has
    #[arg(long)]
    pub replace_account: bool,
    /// Wait for the redirected URL on the terminal, and listen for no browser
    #[arg(long)]
    pub paste: bool,
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
#[command(after_help = "\
States: connected; expiring, expired (the next use refreshes the token); in_doubt (the answer to a \
refresh was lost: the next use that needs a new token asks once more); reconnect (the grant is dead). \
A refresh token that is past an end that is only assumed may have expired: that is said, and is no \
state of its own.

Needs no key but with --verify. Exit status 1: something needs a person now, or within the time of \
--within, or a grant is damaged; what is only assumed does not count.")]
pub(crate) struct Status {
    /// Only this provider
    pub provider: Option<String>,
    /// How far to look ahead for what will need a person
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub within: SignedDuration,
    /// Open each grant, and show what is sealed in it. Needs the key
    #[arg(long)]
    pub verify: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    /// How to print it
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
}

/// Get new access tokens where the old ones are about to expire
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq refresh x                     the account `default`, if it is about to expire
  xreq refresh --all                 every account; from cron, every minute if you like
  xreq refresh --all --older-than 90m
  xreq refresh x --account work --force

Exit status: 1 a person has to do something, 3 a provider gave no tokens for now.")]
pub(crate) struct Refresh {
    /// The provider [default: the only one that has a grant]
    pub provider: Option<String>,
    /// The account [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL", conflicts_with = "all")]
    pub account: Option<AccountChoice>,
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
    /// How to print what was done
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Print a fresh access token, for scripts
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq token x
  xreq token x --format header | curl --header @- https://api.x.com/2/users/me

It refreshes the token if it has to, and never opens a browser. A token that nobody gets, because \
standard output is full, closed or a pipe without a reader, is exit status 3. Whoever reads the output can act on \
the account: `xreq run` hands a token to one program alone.")]
pub(crate) struct Token {
    /// The provider, such as `x` [default: the only one that has a grant]
    pub provider: Option<String>,
    /// The account [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL")]
    pub account: Option<AccountChoice>,
    /// How long the access token must still live, such as 5m or 1h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub min_ttl: SignedDuration,
    /// How to print it
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
#[command(after_help = "\
Examples:
  xreq reseal
  xreq reseal --check                for cron and CI: is there anything to do?

After recipients.txt was changed: grants, clients and secrets that were sealed before are still open \
to a key that was removed, and shut to one that was added. Each is sealed anew under its lock; what was \
interrupted is continued by the next run.

Each is signed as well: from then on, records that no trusted writer signed are refused on this \
machine. `xreq writer list` shows before whose they are.

It cannot take back what is elsewhere: whoever has copies of the old records, and a key that opened \
them, has the tokens in them. `xreq refresh --all --force` makes those worthless that can be refreshed; \
connect the other accounts anew, and replace secrets.

Exit status: 1 with --check, there is something to do; 3 a record could not be sealed.")]
pub(crate) struct Reseal {
    /// Show what is not sealed to the recipients of now, or not signed by a trusted writer, and exit with
    /// 1 where there is any. Needs no key
    #[arg(long)]
    pub check: bool,
    /// Show what would be sealed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to print what was done
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
}

/// Revoke a grant at the provider, then remove it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq disconnect x
  xreq disconnect x --account work --local-only

Where the provider does not revoke the grant, it is kept, since it is still live: exit status 3.")]
pub(crate) struct Disconnect {
    /// The provider, such as `x`
    pub provider: String,
    /// The account [default: `default`, or the only one]
    #[arg(long, value_name = "[PROVIDER=]LABEL")]
    pub account: Option<AccountChoice>,
    /// Remove it here, and tell the provider nothing: its tokens stay live
    #[arg(long)]
    pub local_only: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}
