//! Whatever happens to the store, nothing is lost, nothing is taken for what it is not, and the
//! error says which file it is.

mod age;
mod clock;
mod damage;
mod disk;
mod encodings;
mod files;
mod killed;
mod links;
mod locked;
mod older;
mod output;
mod own_provider;
mod owners;
mod special;
mod systems;
mod threads;
mod together;

use std::fs;
use std::path::Path;

use crate::support::{Home, Ran};

const MANIFEST: &str = "integrations: [x.tweet.read]\n";
const SCOPES: &str = "tweet.read users.read";

/// What `run` is given to print the token that it got.
const PRINT_TOKEN: [&str; 5] = ["run", "--", "sh", "-c", "printf %s \"$X_ACCESS_TOKEN\""];

/// A home with a manifest and an identity, and a grant that lives two hours.
fn home(token: &str) -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import(token, SCOPES);
    home
}

/// The token that an agent gets of the account `default`.
#[track_caller]
fn token(home: &Home) -> String {
    home.xreq(&PRINT_TOKEN).succeeds().stdout
}

/// The token that an agent gets of an account.
#[track_caller]
fn token_of(home: &Home, account: &str) -> String {
    let account = format!("x={account}");
    let args = [&["run", "--account", &account], &PRINT_TOKEN[1..]].concat();
    home.xreq(&args).succeeds().stdout
}

/// Tries to store a token.
fn import(home: &Home, account: &str, token: &str) -> Ran {
    home.xreq_with(&import_args(account), token)
}

fn import_args(account: &str) -> [&str; 8] {
    ["import", "x", "--account", account, "--scopes", SCOPES, "--expires-in", "7200"]
}

/// The names of what lies in a folder, in order.
fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<_> =
        entries.map(|entry| name(entry).into_string().expect("a plain name")).collect();
    names.sort_unstable();
    names
}

/// Asserts that the grant `default` is there, and nothing else but its lock.
#[track_caller]
fn assert_only_default(home: &Home) {
    assert_eq!(names(home.store().join("grants/x")), [".default.lock", "default.json"]);
}
