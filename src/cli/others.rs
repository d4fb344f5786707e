//! Arguments of the commands on secrets, the catalog, and the program itself.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::arguments::{CatalogFiles, ManifestFile};
use super::format;
use crate::findings::Format;

/// Make a store, a key and a manifest
#[derive(Args, Debug)]
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

/// Say whose records of the store are trusted
#[derive(Debug, Subcommand)]
pub(crate) enum Writer {
    /// Trust a writer: another machine, or another user, whose records this machine shall use
    Add {
        /// The key, as `xreq writer list` prints it where the writer works
        key: String,
        /// A name for it
        #[arg(long)]
        name: Option<String>,
    },
    /// List who wrote the records of the store, and who is trusted. Needs no key
    List {
        /// The format of the output
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
pub(crate) enum SecretCommand {
    /// Store a secret: its value from standard input, or typed without being shown
    Set {
        /// The name of the variable that the agent will get
        name: String,
    },
    /// Store secrets that lie in a file such as .env
    Import(SecretImport),
    /// List the names of the stored secrets
    List {
        /// The format of the output
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

/// Show what a provider, key, scope or operation is
#[derive(Args, Debug)]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
pub(crate) struct Catalog {
    /// A provider, a key, a scope or an operation
    #[arg(value_name = "SUBJECT")]
    pub subject: Vec<String>,
    /// The format of the output
    #[arg(long, value_parser = format::of_results(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// List the kinds of findings and refusals, or explain one
#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// The code of a finding, or of a refusal of the broker
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// The format of the output
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
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
    /// The words of a command line up to the cursor, of which the last one is to be completed: what
    /// the script for the shell asks
    #[arg(last = true, hide = true, value_name = "WORD")]
    pub words: Option<Vec<OsString>>,
}

/// Show it all, with no account and no network
#[derive(Args, Debug)]
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
pub(crate) struct Man {
    /// The command, such as `run` or `secret-set`; without one, the page of xreq itself
    pub command: Option<String>,
}
