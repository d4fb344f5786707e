//! Arguments of the commands that judge manifests.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Against, CatalogFiles, ManifestFile, RuleLevels};
use super::format;
use crate::findings::Format;

/// Check that manifests are well-formed
#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// Manifests, folders and globs; `-` is standard input
    #[arg(value_name = "FILE|FOLDER|GLOB|-")]
    pub paths: Vec<PathBuf>,
    /// Only what changed since this branch left REV: committed, staged, or new and not ignored
    #[arg(long, value_name = "REV")]
    pub changed: Option<String>,
    /// What standard input is called in findings
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,
    /// The format of the output
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    #[command(flatten)]
    pub levels: RuleLevels,
}

/// Show what each key means, and which grant covers it
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Integration keys to explain instead of the manifest, or the file of a manifest: a word with a `/`, or
    /// that ends in .yaml or .yml
    #[arg(value_name = "KEY|FILE", conflicts_with = "path")]
    pub keys: Vec<String>,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// Tell what a broker would let through, and what it would leave out
    #[arg(long)]
    pub broker: bool,
    /// The format of the output
    #[arg(long, value_parser = format::of_pages(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Check that the stored grants cover the manifest
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The manifest, as with `--manifest`
    #[arg(value_name = "FILE", conflicts_with = "path")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// Refresh access tokens that are about to expire, as a launch does. Needs the key
    #[arg(long)]
    pub refresh: bool,
    /// Open the grants and secrets that the manifest needs, and judge by what is sealed in them. Needs
    /// the key
    #[arg(long)]
    pub verify: bool,
    /// The folder of the grants, such as one that is kept in the repository [default: that of the
    /// user]
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<PathBuf>,
    /// The format of the output
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    #[command(flatten)]
    pub levels: RuleLevels,
}

/// Show what a newer manifest allows beyond an older one
#[derive(Args, Debug)]
#[command(override_usage = "xreq diff [OPTIONS] OLD NEW
       xreq diff [OPTIONS] --git REV [FILE|FOLDER|GLOB]...")]
pub(crate) struct Diff {
    /// The older and the newer manifest, of which one can be `-`, standard input; with `--git`,
    /// files, folders and globs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Compare what changed since this branch left REV with what it was
    #[arg(long, value_name = "REV")]
    pub git: Option<String>,
    /// New authority is no error: show it, and exit 0
    #[arg(long)]
    pub allow_widening: bool,
    /// The folder of the grants, whose accounts may have to consent again [default: that of the
    /// user]
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<PathBuf>,
    /// The format of the output
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    #[command(flatten)]
    pub levels: RuleLevels,
}
