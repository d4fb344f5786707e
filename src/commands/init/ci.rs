//! `xreq init --ci`: configuration that makes a service check the manifests of a repository. The files
//! are those of `examples/ci`.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::Ci;
use crate::error::{Code, Error, Result};

const GITHUB: &str = include_str!("../../../examples/ci/github.yml");
const GITLAB: &str = include_str!("../../../examples/ci/gitlab-ci.yml");
const PRE_COMMIT: &str = include_str!("../../../examples/ci/pre-commit-config.yaml");

/// File that GitLab's own one can include, if that is there already.
const INCLUDED: &str = ".gitlab/xreq.yml";

/// Writes the files of these services at the root of the repository, if they are not there yet; says
/// what it did, and what is left to do.
pub(super) fn write(services: &[Ci]) -> Result<String> {
    let mut text = String::new();
    if services.is_empty() {
        return Ok(text);
    }
    let root = Root::find()?;
    let mut told = Vec::new();
    for &service in services {
        if !told.contains(&service) {
            told.push(service);
            text.push_str(&root.add(service)?);
        }
    }
    if text.contains("(new)") {
        text.push_str("next       in each new file, replace `<owner>`: whose xreq it is to run\n");
    }
    Ok(text)
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

    fn add(&self, service: Ci) -> Result<String> {
        match service {
            Ci::Github => self.file(".github/workflows/xreq.yml", GITHUB),
            Ci::Gitlab if self.lacks_xreq(".gitlab-ci.yml")? => {
                let told = self.file(INCLUDED, GITLAB)?;
                let include = format!("include:\n  - local: {INCLUDED}\n");
                Ok(told + &to_add(".gitlab-ci.yml", &include))
            }
            Ci::Gitlab => self.file(".gitlab-ci.yml", GITLAB),
            Ci::PreCommit if self.lacks_xreq(".pre-commit-config.yaml")? => {
                Ok(format!("ci         {}\n", self.shown(".pre-commit-config.yaml"))
                    + &to_add(".pre-commit-config.yaml", PRE_COMMIT))
            }
            Ci::PreCommit => self.file(".pre-commit-config.yaml", PRE_COMMIT),
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

    /// Writes a file that is not there; says whether it was.
    fn file(&self, name: &str, content: &str) -> Result<String> {
        let shown = self.shown(name);
        match write_new(&self.folder.join(name), content) {
            Ok(()) => Ok(format!("ci         {shown}  (new)\n")),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(format!("ci         {shown}  (there already)\n"))
            }
            Err(error) => {
                Err(Error::new(Code::OutputFailed, format!("cannot write {shown}: {error}")))
            }
        }
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

fn to_add(name: &str, lines: &str) -> String {
    let indented: Vec<_> = lines.lines().map(|line| format!("    {line}")).collect();
    format!("  add to {name}:\n{}\n", indented.join("\n"))
}
