//! The texts of files in a commit.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::isolation::PARTIAL;
use super::path::path;
use super::program::not_started;
use super::repository::Repository;
use super::revision::Commit;
use crate::error::{Code, Error, Result};

/// The number of paths that surely fit in one command line.
const PATHS: usize = 250;

/// The id of the text of a file in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

/// Reads texts, all by one `git`.
#[derive(Debug)]
pub struct Texts {
    git: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    is_partial: bool,
}

impl Repository {
    /// Returns those of these paths that exist in a commit, each with its text where it is a file;
    /// folders, links and submodules have none. Paths start at the top of the working tree.
    ///
    /// # Errors
    ///
    /// `git` cannot read the commit.
    pub fn entries_in<'a>(
        &self,
        commit: &Commit,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Result<HashMap<PathBuf, Option<Id>>> {
        let words = ["--literal-pathspecs", "ls-tree", "--full-tree", "-z", &commit.0, "--"];
        let paths: Vec<_> = paths.into_iter().collect();
        let mut entries = HashMap::new();
        for some in paths.chunks(PATHS) {
            let listed = self.ask_of(&words, some)?;
            entries.extend(listed.split(|byte| *byte == 0).filter_map(entry));
        }
        Ok(entries)
    }

    /// Starts to read texts.
    ///
    /// # Errors
    ///
    /// `git` cannot be started.
    pub fn texts(&self) -> Result<Texts> {
        let mut command = self.command(&["cat-file", "--batch"]);
        let command = command.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut git = command.spawn().map_err(|error| not_started(&error))?;
        let questions = git.stdin.take();
        let answers = BufReader::new(git.stdout.take().expect("standard output is a pipe"));
        Ok(Texts { git, questions, answers, is_partial: self.isolation.is_partial() })
    }
}

impl Texts {
    /// Reads at most `most` bytes of a text.
    ///
    /// # Errors
    ///
    /// `git` does not have it.
    pub fn read(&mut self, id: &Id, most: u64) -> Result<Vec<u8>> {
        self.ask(id, most).map_err(|error| {
            let message = format!("git cannot read {}", id.0);
            let failed = Error::of_system(Code::GitFailed, message, &error);
            if self.is_partial { failed.with_hint(PARTIAL) } else { failed }
        })
    }

    fn ask(&mut self, id: &Id, most: u64) -> io::Result<Vec<u8>> {
        let questions = self.questions.as_mut().expect("it is there until all is read");
        writeln!(questions, "{}", id.0)?;
        questions.flush()?;
        let mut about = String::new();
        self.answers.read_line(&mut about)?;
        let size = about.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
        let size = size.ok_or_else(|| io::Error::other("there is no such object"))?;
        let mut text = Vec::new();
        self.answers.by_ref().take(size.min(most)).read_to_end(&mut text)?;
        // A line break follows.
        let rest = size.saturating_sub(most) + 1;
        let passed = io::copy(&mut self.answers.by_ref().take(rest), &mut io::sink())?;
        if text.len() as u64 == size.min(most) && passed == rest {
            Ok(text)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        // Without questions it ends.
        drop(self.questions.take());
        let _ = self.git.wait();
    }
}

/// Reads a line of `git ls-tree -z`: `MODE TYPE ID`, and a path.
fn entry(line: &[u8]) -> Option<(PathBuf, Option<Id>)> {
    let end = line.iter().position(|byte| *byte == b'\t')?;
    let about = String::from_utf8_lossy(&line[..end]);
    let id = match about.split(' ').collect::<Vec<_>>()[..] {
        [mode, "blob", id] if mode.starts_with("100") => Some(Id(id.to_owned())),
        _ => None,
    };
    Some((path(&line[end + 1..]), id))
}
