//! The place of the audit log: anywhere its owner likes, except in a place that is the store's own.
//! A log is appended to, cut back and moved on, and what else is in its file is lost by that.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::sys::home::Home;

/// The name of the log, where no other is set.
pub(super) const FILE: &str = "audit.jsonl";

/// The name of the log of calls beside it.
const CALLS: &str = "calls.jsonl";

/// Returns the place of a file that somebody set, from the store's folder.
///
/// # Errors
///
/// [`Code::InvalidConfig`]: it has no name, or belongs to the store.
pub(super) fn of(file: &Path, key: &Path, home: &Home) -> Result<PathBuf> {
    let refused = |why: &str| {
        let message = format!("`audit.file` in config.yaml: `{}` {why}", file.display());
        Error::new(Code::InvalidConfig, message)
            .with_hint("name a file of its own for the audit log, such as `audit.jsonl`")
    };
    if file.as_os_str().as_encoded_bytes().ends_with(b"/") || file.file_name().is_none() {
        return Err(refused("is no name of a file"));
    }
    let joined = home.data().join(file);
    let place = plain(&joined);
    let folders = [home.grants(), home.clients(), home.secrets(), home.providers()];
    let lock = home.data().join("daemon.lock");
    let files = [home.config_file(), home.identity_file(), home.recipients_file(), lock];
    let is_own = folders.iter().any(|folder| place.starts_with(plain(folder)))
        || files.iter().map(PathBuf::as_path).chain([key]).any(|own| place == plain(own))
        || place == plain(home.data());
    if is_own { Err(refused("belongs to the store")) } else { Ok(joined) }
}

/// Returns the file of calls beside a log of launches: `calls.jsonl`, or for a log of another name `calls-`
/// and that.
pub(super) fn of_calls(log: &Path) -> PathBuf {
    let name = log.file_name().unwrap_or(OsStr::new(FILE));
    if name == FILE {
        return log.with_file_name(CALLS);
    }
    let mut calls = OsStr::new("calls-").to_owned();
    calls.push(name);
    log.with_file_name(calls)
}

/// Returns a path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str) -> Result<PathBuf> {
        let home = Home::at("/home/ann/xreq");
        of(Path::new(file), Path::new("/home/ann/xreq/audit.key"), &home)
    }

    #[test]
    fn it_is_from_the_folder_of_the_store() {
        for (file, place) in [
            ("audit.jsonl", "/home/ann/xreq/audit.jsonl"),
            ("logs/./a", "/home/ann/xreq/logs/a"),
            ("../a", "/home/ann/xreq/../a"),
            ("/var/log/a", "/var/log/a"),
            ("grants.jsonl", "/home/ann/xreq/grants.jsonl"),
        ] {
            assert_eq!(at(file).expect(file), Path::new(place));
        }
    }

    #[test]
    fn calls_have_a_file_beside_it() {
        for (file, calls) in
            [("/a/audit.jsonl", "/a/calls.jsonl"), ("/var/log/xreq.log", "/var/log/calls-xreq.log")]
        {
            assert_eq!(of_calls(Path::new(file)), Path::new(calls));
        }
    }

    #[test]
    fn what_belongs_to_the_store_is_left_alone() {
        for file in [
            "",
            ".",
            "..",
            "/",
            "logs/",
            "../xreq/../xreq/grants",
            "identity.txt",
            "recipients.txt",
            "config.yaml",
            "audit.key",
            "./audit.key",
            "daemon.lock",
            "grants/x/default.json",
            "logs/../clients/x",
            "secrets/A",
            "/home/ann/xreq/identity.txt",
            "providers/x.yaml",
        ] {
            let error = at(file).expect_err(file);
            assert_eq!(error.code(), Code::InvalidConfig, "{file}");
        }
    }
}
