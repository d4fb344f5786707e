//! What is asked of the `git` program beyond what a command shows of it.

use std::os::unix::fs::symlink;
use std::path::Path;

use xreq::git::{Commit, Repository};
use xreq::sys::env::Env;

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

/// Whether a commit has something at a path from the top of the working tree, and its text.
fn entry(repository: &Repository, commit: &Commit, file: &str) -> (bool, Option<Vec<u8>>) {
    let mut entries = repository.entries_in(commit, [Path::new(file)]).expect("git answers");
    let Some(entry) = entries.remove(Path::new(file)) else { return (false, None) };
    let mut texts = repository.texts().expect("git is there");
    (true, entry.map(|id| texts.read(&id, MOST).expect("git answers")))
}

#[test]
fn a_file_is_read_as_it_was() {
    let Some(home) = repository() else { return };
    for folder in [".", "a", "a/b"] {
        let (repository, commit) = opened(&home, folder);
        for (file, text) in [
            ("a/xreq.yaml", Some(&b"old\n"[..])),
            ("a/[b]*/xreq.yaml", Some(b"old \xff\n")),
            ("new.yaml", None),
            ("a/*/xreq.yaml", None),
            (":(glob)**", None),
        ] {
            let read = entry(&repository, &commit, file);
            assert_eq!(read, (text.is_some(), text.map(<[u8]>::to_owned)), "{file} in {folder}");
        }
        for other in ["a", "a/link"] {
            let read = entry(&repository, &commit, other);
            assert_eq!(read, (true, None), "{other} has no text");
        }
    }
}

#[test]
fn many_files_are_read_by_one_git() {
    let Some(home) = repository() else { return };
    let names: Vec<_> = (0..600).map(|file| format!("many/{file}.yaml")).collect();
    for name in &names {
        home.write(name, format!("{name}\n"));
    }
    home.commit_all();
    let (repository, commit) = opened(&home, "a");
    let entries = repository.entries_in(&commit, names.iter().map(Path::new)).expect("git answers");
    let mut texts = repository.texts().expect("git is there");
    for name in &names {
        let id = entries[Path::new(name)].as_ref().expect("it is a file");
        assert_eq!(texts.read(id, MOST).expect("git answers"), format!("{name}\n").as_bytes());
    }
}

#[test]
fn no_more_is_read_than_is_wanted() {
    let Some(home) = repository() else { return };
    home.write("large.yaml", vec![b'#'; 3_000_000]);
    home.commit_all();
    let (repository, commit) = opened(&home, ".");
    let files = ["large.yaml", "a/xreq.yaml"].map(Path::new);
    let entries = repository.entries_in(&commit, files).expect("git answers");
    let ids = files.map(|file| entries[file].as_ref().expect("it is a file"));
    let mut texts = repository.texts().expect("git is there");
    for (most, length) in [(MOST, 1_000), (u64::MAX, 3_000_000), (0, 0)] {
        assert_eq!(texts.read(ids[0], most).expect("git answers").len(), length);
        let next = texts.read(ids[1], most).expect("git answers");
        assert_eq!(next, b"new\n"[..next.len()], "the next answer begins where it should");
    }
}
