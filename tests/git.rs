//! What is asked of the `git` program beyond what a command shows of it.

use std::os::unix::fs::symlink;
use std::path::Path;

use xreq::env::Env;
use xreq::error::Code;
use xreq::git::{Commit, Repository};

use crate::support::Home;
use crate::support::machine::lacks;

const MOST: u64 = 1_000;

/// A repository of one commit, and what was then written over it; nothing where there is no `git`.
fn repository() -> Option<Home> {
    if lacks("git") {
        return None;
    }
    let home = Home::empty();
    home.make_repository();
    home.write("a/xreq.yaml", "old\n");
    home.write("a/[b]*/xreq.yaml", b"old \xff\n");
    home.write("a/b/xreq.yaml", "another\n");
    symlink("xreq.yaml", home.path().join("a/link")).expect("a link");
    home.commit_all();
    home.write("a/xreq.yaml", "new\n");
    home.write("new.yaml", "new\n");
    Some(home)
}

fn opened(home: &Home, folder: &str) -> (Repository, Commit) {
    let env = [("PATH", std::env::var_os("PATH").unwrap_or_default())].into_iter().collect::<Env>();
    let folder = home.path().join(folder);
    let repository = Repository::around(&folder, &env).expect("it is a repository");
    let commit = repository.commit("HEAD").expect("it has a commit");
    (repository, commit)
}

#[test]
fn a_file_is_read_as_it_was() {
    let Some(home) = repository() else { return };
    let absolute = home.path().join("a/xreq.yaml");
    let absolute = absolute.to_str().expect("a plain path");
    for (folder, file, text) in [
        (".", "a/xreq.yaml", Some(&b"old\n"[..])),
        (".", "./a//xreq.yaml", Some(b"old\n")),
        (".", absolute, Some(b"old\n")),
        ("a", "xreq.yaml", Some(b"old\n")),
        ("a/b", "../xreq.yaml", Some(b"old\n")),
        (".", "a/[b]*/xreq.yaml", Some(b"old \xff\n")),
        (".", "new.yaml", None),
        (".", "a/*/xreq.yaml", None),
        (".", ":(glob)**", None),
    ] {
        let (repository, commit) = opened(&home, folder);
        let read = repository.text_at(&commit, Path::new(file), MOST).expect("git answers");
        assert_eq!(read.as_deref(), text, "{file} in {folder}");
    }
}

#[test]
fn no_more_is_read_than_is_wanted() {
    let Some(home) = repository() else { return };
    home.write("large.yaml", vec![b'#'; 3_000_000]);
    home.commit_all();
    let (repository, commit) = opened(&home, ".");
    let read = |most| repository.text_at(&commit, Path::new("large.yaml"), most);
    assert_eq!(read(MOST).expect("git answers").map(|text| text.len()), Some(1_000));
    assert_eq!(read(u64::MAX).expect("git answers").map(|text| text.len()), Some(3_000_000));
}

#[test]
fn what_was_no_file_is_told() {
    let Some(home) = repository() else { return };
    let (repository, commit) = opened(&home, ".");
    for other in ["a", "a/link"] {
        let error = repository.text_at(&commit, Path::new(other), MOST).expect_err("it is no file");
        assert_eq!(error.code(), Code::FileUnreadable, "{error}");
    }
    let outside = repository.text_at(&commit, Path::new("../xreq.yaml"), MOST);
    assert_eq!(outside.expect_err("it is outside").code(), Code::GitFailed);
}

#[test]
fn git_gets_nothing_of_ours() {
    let Some(home) = repository() else { return };
    // What a file is compared by is a program that the user has configured.
    home.write(".gitattributes", "*.yaml filter=spy\n");
    let seen = home.path().join("seen");
    let spy = format!("env >{}; cat", seen.display());
    home.git(&["config", "filter.spy.clean", &spy]);
    let env = [("PATH", std::env::var("PATH").unwrap_or_default()), ("HOME", String::new())];
    let env = env.into_iter().chain([("XREQ_IDENTITY", "canary".to_owned())]).collect::<Env>();
    let repository = Repository::around(home.path(), &env).expect("it is a repository");
    let commit = repository.commit("HEAD").expect("it has a commit");
    repository.changed_since(&commit).expect("git answers");
    let seen = std::fs::read_to_string(seen).expect("the program was started");
    assert!(seen.contains("GIT_OPTIONAL_LOCKS=0") && !seen.contains("canary"), "{seen}");
}
