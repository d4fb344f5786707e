//! `xreq init --ci`: configuration that makes a service check the manifests of a repository. The files
//! are those of `examples/ci`.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::row::row;
use crate::cli::Ci;
use crate::error::{Code, Error, Result};
use crate::text::layout::Layout;

const GITHUB: &str = include_str!("../../../examples/ci/github.yml");
const GITLAB: &str = include_str!("../../../examples/ci/gitlab-ci.yml");
const PRE_COMMIT: &str = include_str!("../../../examples/ci/pre-commit-config.yaml");

/// File that GitLab's own one can include, if that is there already.
const INCLUDED: &str = ".gitlab/xreq.yml";

/// Writes the files of these services at the root of the repository, if they are not there yet; says
/// what it did, and what is left to do.
pub(super) fn write(services: &[Ci], layout: &mut Layout) -> Result<()> {
    if services.is_empty() {
        return Ok(());
    }
    let root = Root::find()?;
    let mut told = Vec::new();
    let mut has_new = false;
    for &service in services {
        if !told.contains(&service) {
            told.push(service);
            has_new |= root.add(service, layout)?;
        }
    }
    if has_new {
        let left = "in each new file, replace `<owner>`: whose xreq it is to run";
        row(layout, "to do", left.to_owned());
    }
    Ok(())
}

/// The root of the repository.
struct Root {
    folder: PathBuf,
    here: PathBuf,
}

impl Root {
    /// Finds the nearest folder above that has `.git`, or else the working folder.
    fn find() -> Result<Self> {
        let here = env::current_dir().map_err(|error| {
            let message = format!("the working folder is unknown: {error}");
            Error::new(Code::OutputFailed, message)
        })?;
        let folder = here.ancestors().find(|folder| folder.join(".git").exists());
        Ok(Self { folder: folder.unwrap_or(&here).to_owned(), here })
    }

    /// Adds the file of a service; returns whether it is new.
    fn add(&self, service: Ci, layout: &mut Layout) -> Result<bool> {
        match service {
            Ci::Github => self.file(".github/workflows/xreq.yml", GITHUB, layout),
            Ci::Gitlab if self.lacks_xreq(".gitlab-ci.yml")? => {
                let is_new = self.file(INCLUDED, GITLAB, layout)?;
                let include = format!("include:\n  - local: {INCLUDED}\n");
                show_addition(layout, ".gitlab-ci.yml", &include);
                Ok(is_new)
            }
            Ci::Gitlab => self.file(".gitlab-ci.yml", GITLAB, layout),
            Ci::PreCommit if self.lacks_xreq(".pre-commit-config.yaml")? => {
                row(layout, "ci", self.shown(".pre-commit-config.yaml"));
                show_addition(layout, ".pre-commit-config.yaml", PRE_COMMIT);
                Ok(false)
            }
            Ci::PreCommit => self.file(".pre-commit-config.yaml", PRE_COMMIT, layout),
        }
    }

    /// Returns whether a file is there that says nothing of xreq.
    fn lacks_xreq(&self, name: &str) -> Result<bool> {
        match fs::read(self.folder.join(name)) {
            Ok(content) => Ok(!content.windows(4).any(|part| part == b"xreq")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => {
                let message = format!("cannot read {}: {error}", self.shown(name));
                Err(Error::new(Code::FileUnreadable, message))
            }
        }
    }

    /// Writes a file that is not there, and says whether it was; returns whether it is new.
    fn file(&self, name: &str, content: &str, layout: &mut Layout) -> Result<bool> {
        let shown = self.shown(name);
        let is_new = match write_new(&self.folder.join(name), content) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => {
                let message = format!("cannot write {shown}: {error}");
                return Err(Error::new(Code::OutputFailed, message));
            }
        };
        let state = if is_new { "new" } else { "there already" };
        row(layout, "ci", format!("{shown}  ({state})"));
        Ok(is_new)
    }

    /// Returns the path of a file at the root, as seen from the working folder.
    fn shown(&self, name: &str) -> String {
        if self.folder == self.here {
            name.to_owned()
        } else {
            self.folder.join(name).display().to_string()
        }
    }
}

fn write_new(path: &Path, content: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().expect("a file has a folder"))?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content.as_bytes())
}

/// Shows lines that are to be added to a file.
fn show_addition(layout: &mut Layout, name: &str, lines: &str) {
    layout.line(2, format!("add to {name}:"));
    for line in lines.lines() {
        layout.verbatim(&format!("    {line}"));
    }
}
