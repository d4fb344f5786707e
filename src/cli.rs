//! The command line: what can be typed, and nothing of what it does.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::sandbox::PlannedFault;

const EXAMPLES: &str = "\
Examples:
  xreq demo                         see all of it, with no account and no network
  xreq init                         make a store, an identity and a manifest
  xreq client set x --id ID         say which app asks: its client id and secret
  xreq connect x                    ask for what the manifest needs, in the browser
  xreq check                        do the stored grants cover the manifest?
  xreq run -- python agent.py       launch the agent with what it declared

Exit status: 0 done, 1 requirements unmet or findings, 2 usage, 3 the store, the network or the
provider failed. `xreq run --help` has those of `run`.";

/// Proves that stored grants cover what an agent declares, then launches it with exactly those.
#[derive(Debug, Parser)]
#[command(name = "xreq", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    /// When to use colour; `auto` is on terminals, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, hide_possible_values = true, value_name = "auto|always|never")]
    pub color: Colour,
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

/// How to print a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// The commands. Their arguments are defined when they are invoked: `run` needs none of the others.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Make an identity, a store and, where there is none, a commented manifest
    Init,
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
    /// Print a fresh access token, for scripts
    Token(Token),
    /// Revoke a grant at the provider, then remove it
    Disconnect(Disconnect),
    /// Check that manifests are well-formed
    Validate(Validate),
    /// Show what each key means: scopes, operations, and which grant covers it
    Explain(Explain),
    /// Hold the manifest against the store
    Check(Check),
    /// Launch an agent with exactly the grants and secrets that it declares
    Run(Run),
    /// Show what the catalog says of a provider, key, scope or operation
    Catalog(Catalog),
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

/// Store a grant from a token response or a bare token
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq import x token-response.json
  pbpaste | xreq import x --account work --scopes \"tweet.read users.read\" --expires-in 7200
  printf %s \"$TOKEN\" | xreq import x --scopes \"tweet.read users.read\" -

The text is a token response (JSON, RFC 6749 section 5.1) or a bare access token. A token is never
an argument: other users of the machine can read the arguments of a process.")]
pub(crate) struct Import {
    /// The provider, such as `x`
    pub provider: String,
    /// The label of the account
    #[arg(long, default_value = crate::name::DEFAULT_ACCOUNT, value_name = "LABEL")]
    pub account: String,
    /// The granted scopes, where the response does not say them
    #[arg(long, value_name = "\"A B\"")]
    pub scopes: Option<String>,
    /// How long the access token still lives: seconds, or such as 2h
    #[arg(long, value_name = "SECONDS", conflicts_with = "expires_at", value_parser = duration)]
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

/// Store, list and remove secrets
#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Store a secret: its value from standard input, or typed without being shown
    #[command(after_help = "\
Examples:
  xreq secret set FAL_KEY            asks for the value
  pass show fal | xreq secret set FAL_KEY

One line break at the end of standard input is not part of the value.")]
    Set {
        /// The name of the variable that the agent will get
        name: String,
    },
    /// List the names of the stored secrets
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Remove a secret
    Rm {
        /// Its name
        name: String,
    },
}

/// Store, show and remove clients: the apps that you registered with a provider
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Store a client: its secret from standard input, or typed without being shown
    #[command(after_help = "\
Examples:
  xreq client set x --id bWFkZS11cC1leGFtcGxl:1:ci       asks for the secret
  pass show x-app | xreq client set x --id \"$ID\"
  xreq client set x --id \"$ID\" --public                 a native app has no secret

The redirect URI has to be registered with the provider, letter by letter.
Where no client is stored, X_CLIENT_ID and X_CLIENT_SECRET serve (for another provider, its prefix).")]
    Set(ClientSet),
    /// Show the stored clients, without their secrets
    Show {
        /// Only those of this provider
        provider: Option<String>,
        /// How to print them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        catalog: CatalogFiles,
    },
    /// Remove a client
    Rm {
        /// Its provider
        provider: String,
        /// Its name
        #[arg(long = "client", value_name = "NAME", default_value = crate::name::DEFAULT_ACCOUNT)]
        name: String,
    },
}

/// Store a client: its secret from standard input, or typed without being shown
#[derive(Args, Debug)]
pub(crate) struct ClientSet {
    /// The provider that it is registered with, such as `x`
    pub provider: String,
    /// The client id
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub id: String,
    /// A name, where there are several clients
    #[arg(long = "client", value_name = "NAME", default_value = crate::name::DEFAULT_ACCOUNT)]
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

What the account granted before is asked for again: with most providers a new grant replaces the
old one. Nothing is opened before you have seen what is asked for, and why.
Exit status 1: less was granted than is needed.")]
pub(crate) struct Connect {
    /// The provider, such as `x`
    pub provider: String,
    /// Integration keys to ask for, instead of those of the manifest
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// The label of the account
    #[arg(long, default_value = crate::name::DEFAULT_ACCOUNT, value_name = "LABEL")]
    pub account: String,
    /// The client that asks [default: `default`, or the one that the account was connected with]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// A scope to ask for as well
    #[arg(long = "add-scope", value_name = "SCOPE")]
    pub add_scopes: Vec<String>,
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
    /// Only this provider
    #[arg(required_unless_present = "all")]
    pub provider: Option<String>,
    /// The account [default: `default`, or the only one]
    #[arg(long, value_name = "LABEL", requires = "provider", conflicts_with = "all")]
    pub account: Option<String>,
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
    #[arg(long, value_enum, default_value_t)]
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

It refreshes the token if it has to, and never opens a browser. Whoever reads the output can act on
the account: `xreq run` hands a token to one program alone.")]
pub(crate) struct Token {
    /// The provider, such as `x`
    pub provider: String,
    /// The account [default: `default`, or the only one]
    #[arg(long, value_name = "LABEL")]
    pub account: Option<String>,
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
    #[arg(long, value_name = "LABEL")]
    pub account: Option<String>,
    /// Remove it here, and tell the provider nothing: its tokens stay live
    #[arg(long)]
    pub local_only: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Show the accounts, their scopes and the time that is left
#[derive(Args, Debug)]
#[command(after_help = "\
States: connected; expiring, expired (the next use refreshes the token); in_doubt (the answer to a
refresh was lost: the next use that needs a new token asks once more); reconnect (the grant is dead).

Needs no key. Exit status 1: something needs a person now, or within the time of --within.")]
pub(crate) struct Status {
    /// Only this provider
    pub provider: Option<String>,
    /// How far to look ahead for what will need a person
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub within: SignedDuration,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Check that manifests are well-formed
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq validate                      the manifest here
  xreq validate agents/              every manifest below a folder
  git show main:xreq.yaml | xreq validate -

In a folder, manifests are the files called xreq.yaml, xreq.yml, inf.yml and inf.yaml.
Exit status 1: there are errors.")]
pub(crate) struct Validate {
    /// Manifests and folders; `-` is standard input
    #[arg(value_name = "FILE|FOLDER|-")]
    pub paths: Vec<PathBuf>,
    /// How to print findings
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Show what each key means: scopes, operations, and which grant covers it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq explain                       the manifest here
  xreq explain x.dm.read x.like.write")]
pub(crate) struct Explain {
    /// Integration keys to explain instead of a manifest
    #[arg(value_name = "KEY", conflicts_with = "path")]
    pub keys: Vec<String>,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Hold the manifest against the store
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq check
  xreq check --account x=work --format json

Needs no key: what is granted can be read without it. Exit status 1: a requirement is unmet.")]
pub(crate) struct Check {
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// Refresh access tokens that are about to expire, as a launch does. Needs the key
    #[arg(long)]
    pub refresh: bool,
    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Launch an agent with exactly the grants and secrets that it declares
#[derive(Args, Debug)]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
#[command(after_help = "\
Examples:
  xreq run -- python agent.py
  xreq run --account x=work --min-ttl 30m -- ./agent --once
  xreq run --dry-run -- ./agent

The agent gets PROVIDER_ACCESS_TOKEN and PROVIDER_ACCESS_TOKEN_EXPIRES_AT (for x: X_ACCESS_TOKEN),
each secret under its own name, and XREQ_INTEGRATIONS, the keys that are met. xreq becomes the
agent: signals, the terminal and the exit status are the agent's own.

In `xreq run -- echo $X_ACCESS_TOKEN` your own shell replaces the variable before xreq starts, by
nothing. Let a shell below xreq do it: xreq run -- sh -c 'echo ${#X_ACCESS_TOKEN}'

Exit status: 125 the command line is wrong, xreq failed or a requirement is unmet, and nothing was
launched; 126 the command cannot be executed; 127 it was not found; otherwise that of the agent.")]
pub(crate) struct Run {
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// Let the agent inherit only what every program needs: PATH, HOME, USER, LOGNAME, SHELL, TERM,
    /// COLORTERM, `NO_COLOR`, LANG, LC_*, TZ, TMPDIR, PWD and `XDG_RUNTIME_DIR`
    #[arg(long)]
    pub pristine: bool,
    /// Show what would be set and removed, with values hidden, and launch nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    /// The agent and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Show what the catalog says of a provider, key, scope or operation
#[derive(Args, Debug)]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
#[command(after_help = "\
Examples:
  xreq catalog                       the providers
  xreq catalog x                     keys and scopes of x
  xreq catalog x.dm.read             what a key allows
  xreq catalog dm.read               who needs a scope
  xreq catalog \"POST /2/tweets\"      what an operation needs")]
pub(crate) struct Catalog {
    /// A provider, a key, a scope or an operation
    #[arg(value_name = "PROVIDER|KEY|SCOPE|\"METHOD /path\"")]
    pub subject: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Serve a provider in the shape of X on this machine, for building and testing agents offline
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  xreq sandbox --home /tmp/try       then, in another terminal, paste the lines that it prints, and
  xreq connect x                     asks for consent on the sandbox's page, as alice or bob
  BROWSER='xreq sandbox approve %s' xreq connect x        asks nobody: for scripts
  xreq sandbox --expires-in 60       access tokens live for a minute
  xreq sandbox --fault token=drop-after --fault api=429-retry-60:3

The first line of standard output is the base URL and nothing else. What it serves: the consent page,
the token and revocation endpoints, users, posts, direct messages, likes, follows and bookmarks, each
operation with the scopes that X wants; for every other operation it judges the scopes and answers
501. Everything is in memory and gone with it.

Faults: drop-after (does its work and closes the connection: a refresh is spent), drop-before, hang,
slow-2s, truncated, garbage, garbage-after, html, redirect, 503 and any other status, 429-retry-60.
They strike authorize, token, revoke, me (GET /2/users/me) or api; once, or as often as stands behind
a colon, or `:always`.

While it runs, at its base URL:
  curl -X PUT --data 'token=503:2' $URL/sandbox/faults       DELETE takes them back
  curl -X POST $URL/sandbox/expire                           all access tokens die
  curl -X POST \"$URL/sandbox/revoke?account=alice\"         alice takes the access away
  curl $URL/sandbox/log                                      what was asked; also posts, messages"
)]
pub(crate) struct Sandbox {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
    #[command(flatten)]
    pub serve: SandboxServe,
}

/// How to serve.
#[derive(Args, Debug)]
pub(crate) struct SandboxServe {
    /// The port of 127.0.0.1; 0 is a free one
    #[arg(long, default_value_t = 8181)]
    pub port: u16,
    /// How many seconds an access token lives
    #[arg(long, default_value_t = 7200, value_name = "SECONDS")]
    pub expires_in: u64,
    /// How often an account may call an operation in 15 minutes
    #[arg(long, default_value_t = 900, value_name = "CALLS")]
    pub rate_limit: u32,
    /// Make an endpoint fail: ENDPOINT=FAULT, or ENDPOINT=FAULT:TIMES
    #[arg(long = "fault", value_name = "FAULT", value_parser = str::parse::<PlannedFault>)]
    pub faults: Vec<PlannedFault>,
    /// Register another redirect URI, beside <http://127.0.0.1:8080/callback>
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// Make this folder an `XREQ_HOME` in which provider `x` is the sandbox
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// What there is to do with a sandbox that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Decide on a request for consent, in the place of an account's owner with a browser
    #[command(after_help = "\
Examples:
  BROWSER='xreq sandbox approve %s' xreq connect x
  BROWSER='xreq sandbox approve --as bob --only tweet.read %s' xreq connect x --account bob

Only a URL of this machine is taken. Prints the status and the title of the page that the app shows
in the end.")]
    Approve {
        /// The URL of the request for consent
        url: String,
        /// Whose account it is: alice or bob
        #[arg(long = "as", value_name = "ACCOUNT")]
        account: Option<String>,
        /// Grant only this scope, of those that are asked for
        #[arg(long, value_name = "SCOPE")]
        only: Vec<String>,
        /// Refuse
        #[arg(long, conflicts_with_all = ["only", "account"])]
        deny: bool,
    },
    /// Post a text, in the place of an agent: with `X_ACCESS_TOKEN`, to `X_API_BASE_URL`
    #[command(after_help = "\
Examples:
  xreq run -- xreq sandbox post \"good morning\"")]
    Post {
        /// The text
        text: String,
    },
}

/// Print a JSON Schema
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// Which one; without a name, the names are listed
    #[arg(value_enum)]
    pub name: Option<SchemaName>,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// The schemas that are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// A manifest
    Manifest,
    /// A provider file
    Provider,
    /// What `xreq check --format json` prints
    Check,
    /// What `xreq status --format json` prints
    Status,
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq completions bash > ~/.local/share/bash-completion/completions/xreq
  xreq completions zsh > \"${fpath[1]}/_xreq\"
  xreq completions fish > ~/.config/fish/completions/xreq.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Print a manual page
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq man | man -l -
  xreq man run > ~/.local/share/man/man1/xreq-run.1")]
pub(crate) struct Man {
    /// The command, such as `run` or `secret-set`; without one, the page of xreq itself
    pub command: Option<String>,
}

fn account(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((provider, label)) if !provider.is_empty() && !label.is_empty() => {
            Ok((provider.to_owned(), label.to_owned()))
        }
        _ => Err("write it as PROVIDER=LABEL, such as x=work".to_owned()),
    }
}

/// Seconds, days, or what jiff reads: `90s`, `1h30m`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let whole = |text: &str, unit: i64| Some(text.parse::<u32>().ok().map(i64::from)? * unit);
    whole(text, 1)
        .or_else(|| whole(text.strip_suffix('d')?, 86_400))
        .map(SignedDuration::from_secs)
        .or_else(|| text.parse::<SignedDuration>().ok())
        .filter(|duration| !duration.is_negative())
        .ok_or_else(|| "write it as a number and a unit, such as 90s, 5m, 1h30m or 7d".to_owned())
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write it as in RFC 3339, such as 2026-12-01T08:00:00Z".to_owned())
}
