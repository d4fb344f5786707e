//! The progress of an audit log, kept outside it.
//!
//! A chain does not say that its last lines are there. So the number and the seal of the last line
//! are kept in the state folder, and written anew with each line, under the lock of the log. The
//! file is found by the path of the log: removing the log, and its key, does not begin a new one.
//! If it cannot be read or written, the log does without: it only tells less.

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chain::{Link, MOST_LINES};
use super::seal::Seal;
use crate::sys::files;
use crate::sys::files::Links;

/// The name of the folder in the state folder.
pub(crate) const STATE: &str = "audit";

/// No state is longer.
const LONGEST: usize = 256;

/// The progress of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// The last line.
    pub(super) last: Link,
    /// The number of the last line of the files that rotation has removed.
    pub(super) dropped: u64,
}

/// The form of the file.
#[derive(Serialize, Deserialize)]
struct Text<'a> {
    seq: u64,
    mac: &'a str,
    dropped: u64,
}

/// The file with the state of a log.
pub(super) struct State {
    file: Option<File>,
    progress: Option<Progress>,
}

impl State {
    /// Returns the path of the state of a log below the state folder.
    pub(super) fn path(folder: &Path, log: &Path) -> PathBuf {
        let name = URL_SAFE_NO_PAD.encode(Sha256::digest(log.as_os_str().as_bytes()));
        folder.join(STATE).join(format!("{name}.json"))
    }

    /// Opens the state for writing, and makes it where it is not there.
    pub(super) fn open(path: Option<&Path>) -> Self {
        let opened = path.map(|path| {
            files::make_folder(path.parent().expect("it is in a folder"))?;
            files::own(path)
        });
        let file = opened.and_then(io::Result::ok);
        let progress = file.as_ref().and_then(read);
        Self { file, progress }
    }

    /// Reads a state; `None` where there is none.
    pub(super) fn peek(path: &Path) -> Option<Progress> {
        let (file, _) = files::open(path, Links::Refused, None).ok()??;
        read(&file)
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        self.progress
    }

    /// Writes how far the log has come. The text is never shorter than before, and less than a page: a
    /// reader sees the old one or the new one.
    pub(super) fn advance(&mut self, progress: Progress) {
        let Some(file) = &self.file else { return };
        let Progress { last, dropped } = progress;
        let text = Text { seq: last.seq, mac: last.mac.as_str(), dropped };
        let text = serde_json::to_string(&text).expect("it is a text and numbers") + "\n";
        if file.write_all_at(text.as_bytes(), 0).is_ok() {
            self.progress = Some(progress);
        }
    }
}

fn read(file: &File) -> Option<Progress> {
    let mut content = [0; LONGEST];
    let length = file.read_at(&mut content, 0).ok()?;
    let first = content[..length].split(|byte| *byte == b'\n').next()?;
    let Text { seq, mac, dropped } = serde_json::from_slice(first).ok()?;
    // A line behind the last of all could not be read again.
    if seq >= MOST_LINES || dropped > MOST_LINES {
        return None;
    }
    Some(Progress { last: Link { seq, mac: Seal::parse(mac.as_bytes())? }, dropped })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn progress(seq: u64) -> Progress {
        Progress { last: Link { seq, mac: Seal::NONE }, dropped: seq / 2 }
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let folder = TempDir::new().expect("a folder");
        let path = State::path(folder.path(), Path::new("/log"));
        assert_eq!(State::peek(&path), None);
        for seq in [1, 2, 99, 100, 1_000_000] {
            let mut state = State::open(Some(&path));
            state.advance(progress(seq));
            assert_eq!(State::peek(&path), Some(progress(seq)));
            assert_eq!(State::open(Some(&path)).progress(), Some(progress(seq)));
        }
    }

    #[test]
    fn a_log_does_without_a_state_that_cannot_be_used() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("audit/state.json");
        let of = |seq: u64, dropped: u64| {
            format!("{{\"seq\":{seq},\"mac\":\"{}\",\"dropped\":{dropped}}}", Seal::NONE.as_str())
        };
        let [highest, beyond, dropped] =
            [of(u64::MAX, 0), of(MOST_LINES, 0), of(1, MOST_LINES + 1)];
        for content in [
            "",
            "{",
            "{\"seq\":1}",
            "{\"seq\":1,\"mac\":\"x\",\"dropped\":0}",
            &highest,
            &beyond,
            &dropped,
        ] {
            fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            fs::write(&path, content).expect("it can be written");
            assert_eq!(State::open(Some(&path)).progress(), None, "{content}");
        }
        fs::remove_file(&path).expect("it is there");
        fs::create_dir(&path).expect("it can be made");
        let mut state = State::open(Some(&path));
        state.advance(progress(1));
        assert_eq!(state.progress(), None);
        State::open(None).advance(progress(1));
    }
}
