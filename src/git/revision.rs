//! Revisions: what is compared with.

use super::repository::Repository;
use crate::error::{Code, Error, Result};
use crate::text::escape::legible;
use crate::text::nearest::nearest;

/// A commit that exists, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit(pub(super) String);

/// The commit that a branch is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The commit where this branch left the line of the revision; the revision itself, where the
    /// two have no commit in common here.
    pub commit: Commit,
    /// `true` if they have one.
    pub is_common: bool,
}

impl Repository {
    /// Looks a revision up: a branch, a tag, an id, or whatever else `git` takes for one.
    ///
    /// # Errors
    ///
    /// There is no such commit here.
    pub fn commit(&self, revision: &str) -> Result<Commit> {
        let commit = format!("{revision}^{{commit}}");
        let asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let output = self.run(&asked)?;
        match String::from_utf8(output.stdout) {
            Ok(id) if output.status.success() => Ok(Commit(id.trim_end().to_owned())),
            _ => Err(Error::new(
                Code::RevisionUnknown,
                format!("`{}` is no commit of this repository", legible(revision)),
            )
            .with_hint(self.way_out(revision)?)),
        }
    }

    /// Returns the names of branches and tags, each with its kind, the newest first.
    ///
    /// # Errors
    ///
    /// `git` fails.
    pub fn revisions(&self) -> Result<Vec<(String, &'static str)>> {
        const KINDS: [(&str, &str); 3] = [
            ("refs/heads/", "branch"),
            ("refs/remotes/", "branch elsewhere"),
            ("refs/tags/", "tag"),
        ];
        let words = ["for-each-ref", "--sort=-creatordate", "--count=500", "--format=%(refname)"];
        let listed = self.ask(&words)?;
        let listed = String::from_utf8_lossy(&listed);
        let name = |line: &str| {
            let mut kinds = KINDS.iter();
            kinds.find_map(|(folder, kind)| Some((line.strip_prefix(folder)?.to_owned(), *kind)))
        };
        Ok(listed.lines().filter_map(name).collect())
    }

    /// Returns the commit at which this branch left the line of a commit.
    ///
    /// # Errors
    ///
    /// There is no `git`.
    pub fn base(&self, commit: &Commit) -> Result<Base> {
        let output = self.run(&["merge-base", &commit.0, "HEAD"])?;
        let base = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
        let common = base.map(|id| Commit(id.trim_end().to_owned()));
        let is_common = common.is_some();
        Ok(Base { commit: common.unwrap_or_else(|| commit.clone()), is_common })
    }

    fn way_out(&self, revision: &str) -> Result<String> {
        if revision.contains("..") {
            return Ok(
                "name one revision, such as `main`: what is compared is what changed since \
                       this branch left it"
                    .to_owned(),
            );
        }
        // To fetch one commit alone would make a shallow clone of a whole one.
        if self.run(&["rev-parse", "--is-shallow-repository"])?.stdout == b"true\n" {
            return Ok("this clone does not have all commits; get the branch to compare with \
                       first: `git fetch --depth=1 origin main`, then name `FETCH_HEAD`"
                .to_owned());
        }
        let names = self.ask(&["for-each-ref", "--format=%(refname:short)"])?;
        let names = String::from_utf8_lossy(&names);
        let of_remote = format!("/{revision}");
        let likely = names.lines().find(|name| !revision.is_empty() && name.ends_with(&of_remote));
        Ok(match likely.or_else(|| nearest(revision, names.lines())) {
            Some(name) => format!("did you mean `{}`?", legible(name)),
            None => "list the branches with `git branch --all`, and the tags with `git tag`".into(),
        })
    }
}
