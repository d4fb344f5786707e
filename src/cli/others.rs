//! Arguments of the commands on secrets, the catalog, and the program itself.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::arguments::{CatalogFiles, ManifestFile};
use super::format;
use crate::findings::Format;

/// Make an identity, a store and, where there is none, a commented manifest
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq init
  xreq init --ci github --ci pre-commit

Nothing that is there already is written over.")]
pub(crate) struct Init {
    /// Also write what makes this service check the manifests, at the root of the repository
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub ci: Vec<Ci>,
}

/// Services that check what is pushed or committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ci {
    /// A workflow of GitHub Actions
    Github,
    /// Jobs of GitLab CI
    Gitlab,
    /// A hook of pre-commit
    PreCommit,
}

/// Trust, list and no longer trust writers of the store
#[derive(Debug, Subcommand)]
pub(crate) enum Writer {
    /// Trust a writer: another machine, or another user, whose records this machine shall use
    #[command(after_help = "\
Examples:
  xreq writer list                   there: prints its key
  xreq writer add KEY --name laptop  here

Keys and what was trusted lie in $XDG_STATE_HOME/xreq, or ~/.local/state/xreq, for each store of \
its own.")]
    Add {
        /// The key, as `xreq writer list` prints it where the writer works
        key: String,
        /// A name for it
        #[arg(long)]
        name: Option<String>,
    },
    /// List who wrote the records of the store, and who is trusted. Needs no key
    List {
        /// How to print them
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
    /// No longer trust a writer
    Remove {
        /// The key
        key: String,
    },
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
    /// Store secrets that lie in a file such as .env
    #[command(after_help = "\
Examples:
  xreq secret import .env --dry-run  shows what would be stored
  xreq secret import .env            the secrets that the manifest declares
  xreq secret import .env FAL_KEY    this one
  sops -d .env.enc | xreq secret import -

The file is read as python-dotenv and npm's dotenv read it, and docker's --env-file where a line has \
neither quotes nor `export`. If they differ on a line that is wanted, nothing is stored. The file stays as \
it is.")]
    Import(SecretImport),
    /// List the names of the stored secrets
    List {
        /// How to print them
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
    /// Remove a secret
    Rm {
        /// Its name
        name: String,
    },
}

/// Which secrets of which file are stored.
#[derive(Args, Debug)]
pub(crate) struct SecretImport {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// The secrets to store [default: those that the manifest declares]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Store all that the file assigns
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Replace secrets that are stored already
    #[arg(long)]
    pub replace: bool,
    /// Show what would be stored, and store nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub catalog: CatalogFiles,
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
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// List the kinds of findings, or explain one
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq rules                         all of them: level, command, what is wrong
  xreq rules scope/raw               what one means, with a bad and a good example

What is no error by itself can be set otherwise: with `--deny`, `--warn` and `--allow` of `validate`, \
`check` and `diff`; for every run in config.yaml; for one line by a comment above it:
  rules: {scope/raw: deny, warnings: warn}
  # xreq: allow scope/raw the platform writes it so")]
pub(crate) struct Rules {
    /// The code of a finding
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// How to print it
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
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
    /// What `xreq validate --format json` prints
    Findings,
    /// What `xreq status --format json` prints
    Status,
    /// A line of the audit log
    Audit,
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Once, in the shell that is to complete:
  bash  echo 'eval \"$(xreq completions bash)\"' >> ~/.bashrc
  zsh   echo 'eval \"$(xreq completions zsh)\"' >> ~/.zshrc
  fish  mkdir -p ~/.config/fish/completions
        xreq completions fish > ~/.config/fish/completions/xreq.fish

In these three, also providers, keys, scopes, accounts, clients, secrets, codes of rules and the \
sandbox's users are completed, as they are at that moment: xreq is asked, which uses neither a key nor \
the network. Elvish and PowerShell get commands, options and fixed values.")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
    /// The words of a command line up to the cursor, of which the last one is to be completed: what
    /// the script for the shell asks
    #[arg(last = true, hide = true, value_name = "WORD")]
    pub words: Option<Vec<OsString>>,
}

/// Show it all in a throw-away home, with no account and no network
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq demo                          a step at a time: Enter goes on
  xreq demo --fast                   all of it at once, as in a pipe
  xreq demo --record demo.cast       for asciinema: the times are those of a reader

Everything is in a new folder for temporary files, and goes away with it, also after Ctrl-C.")]
pub(crate) struct Demo {
    /// Wait for nobody between two steps
    #[arg(long)]
    pub fast: bool,
    /// Also write what is shown to a file, as asciicast (version 2)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
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
