//! Arguments of the commands that judge manifests.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Against, CatalogFiles, ManifestFile, RuleLevels};
use super::format;
use crate::findings::Format;

/// Check that manifests are well-formed
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  xreq validate                      the manifest here
  xreq validate agents/              every manifest below a folder
  xreq validate 'agents/*/app.yaml'  files of another name, by a glob
  xreq validate --changed main       what this branch changes, in the whole repository
  git show main:xreq.yaml | xreq validate -

In a folder, manifests are the files called xreq.yaml, xreq.yml, inf.yml and inf.yaml. Folders and \
globs leave out what `.gitignore` and `.ignore` name, hidden folders, and node_modules, target, vendor \
and venv, unless the folder itself is named; with `--changed`, nothing that `git` keeps is left out. \
A link in the place of a manifest is an error, unless it is named itself. \
Exit status 1: there are errors.")]
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
    /// How to print findings
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub levels: RuleLevels,
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
    /// Integration keys to explain instead of the manifest, or the file of a manifest: a word with a `/`, or
    /// that ends in .yaml or .yml
    #[arg(value_name = "KEY|FILE", conflicts_with = "path")]
    pub keys: Vec<String>,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// How to print it
    #[arg(long, value_parser = format::of_pages(), default_value = "text")]
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

Needs no key: what is granted can be read without it, and is not proved. With --verify, grants and \
secrets are opened, and one whose readable part is not what was sealed is an error, exit status 3. Exit \
status 1: a requirement is unmet.")]
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
    /// How to print the verdict
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub levels: RuleLevels,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// Show what a newer manifest lets an agent do beyond an older one
#[derive(Args, Debug)]
#[command(
    after_help = "\
Examples:
  xreq diff old.yaml xreq.yaml
  xreq diff --git origin/main        what this branch changes, in the whole repository
  xreq diff --git origin/main .      the same below this folder
  git show main:xreq.yaml | xreq diff - xreq.yaml --format markdown

Authority is scopes, secrets, and ways to the agent (delivery, on_refresh): a key that asks for \
nothing new is told, and is none. \
An empty file, such as /dev/null, requires nothing. \
With `--git`, what `git` says has changed since this branch left REV is compared, as it is in the \
working tree: hidden and vendored folders too, and what was deleted or moved. A link is an error. \
Exit status 0: no new authority; 1: new authority; 2: a manifest has errors, or cannot be read.",
    override_usage = "xreq diff [OPTIONS] OLD NEW
       xreq diff [OPTIONS] --git REV [FILE|FOLDER|GLOB]..."
)]
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
    /// How to print it
    #[arg(long, value_parser = format::of_findings(), default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub levels: RuleLevels,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}
