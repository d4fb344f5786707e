//! The data of a confinement: what the agent may write, what it does not see, and where it is served.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The confinement of one agent. All paths are absolute, and none is or goes through a symbolic link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// The working directory, which can be written.
    pub folder: PathBuf,
    /// Other files and folders that can be written.
    pub writable: Vec<PathBuf>,
    /// Files and folders in those that stay read-only. They exist.
    pub read_only: Vec<PathBuf>,
    /// Folders in whose place the agent has an empty one of its own, in memory: nothing outside sees what
    /// it writes there. None is in the working directory, or holds it but as a temporary folder does.
    pub private: Vec<PathBuf>,
    /// Files and folders that it cannot read. One that does not exist needs no cover, where its folder
    /// cannot be written.
    pub covered: Vec<PathBuf>,
    /// Folders in covered or private ones that it can read nevertheless.
    pub shown: Vec<PathBuf>,
    /// Ports of the loopback interface on which it is served.
    pub ports: Vec<u16>,
    /// Whether it may make Unix sockets, and so reach all that listen at a path that it can see.
    pub unix_sockets: bool,
}

/// The bytes of a length.
const LENGTH: usize = 4;

impl Confinement {
    /// Returns the paths that can be written, those first that hold others.
    pub(super) fn writable_paths(&self) -> Vec<&PathBuf> {
        let mut paths: Vec<_> = self.writable.iter().chain([&self.folder]).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Encodes it for another process of the same program.
    pub(in crate::launch) fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut add = |part: &[u8]| {
            let length = u32::try_from(part.len()).expect("a path has a few thousand bytes");
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(part);
        };
        add(self.folder.as_os_str().as_bytes());
        for paths in [&self.writable, &self.read_only, &self.private, &self.covered, &self.shown] {
            add(&[]);
            for path in paths {
                add(path.as_os_str().as_bytes());
            }
        }
        add(&[]);
        for port in &self.ports {
            add(&port.to_le_bytes());
        }
        add(&[]);
        add(&[u8::from(self.unix_sockets)]);
        bytes
    }

    /// Decodes it; `None` if something is missing.
    pub(in crate::launch) fn decoded(mut bytes: &[u8]) -> Option<Self> {
        let mut texts = Vec::new();
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (part, rest) = rest.split_at_checked(length)?;
            texts.push(part);
            bytes = rest;
        }
        // No part of a list is empty.
        let mut lists = texts.split(|part| part.is_empty());
        let mut paths = || {
            let list = lists.next()?;
            Some(list.iter().map(|part| PathBuf::from(OsStr::from_bytes(part))).collect::<Vec<_>>())
        };
        let folder = paths()?.into_iter().next()?;
        let [writable, read_only, private, covered, shown] =
            [paths()?, paths()?, paths()?, paths()?, paths()?];
        let port = |part: PathBuf| {
            part.into_os_string().into_vec().try_into().ok().map(u16::from_le_bytes)
        };
        let ports = paths()?.into_iter().map(port).collect::<Option<_>>()?;
        let unix_sockets = paths()?.first()?.as_os_str().as_bytes() == [1];
        Some(Self { folder, writable, read_only, private, covered, shown, ports, unix_sockets })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn paths() -> impl Strategy<Value = Vec<PathBuf>> {
        let path = vec(1..=u8::MAX, 1..40);
        vec(path.prop_map(|bytes| PathBuf::from(OsStr::from_bytes(&bytes))), 0..4)
    }

    proptest! {
        #[test]
        fn what_is_decoded_was_encoded(
            lists in [paths(), paths(), paths(), paths(), paths()],
            ports in vec(any::<u16>(), 0..4),
            unix_sockets: bool,
        ) {
            let [writable, read_only, private, covered, shown] = lists;
            let folder = PathBuf::from("/work");
            let confinement =
                Confinement { folder, writable, read_only, private, covered, shown, ports, unix_sockets };
            let encoded = confinement.encoded();
            prop_assert_eq!(Confinement::decoded(&encoded), Some(confinement));
            let cut = &encoded[..encoded.len() - 1];
            prop_assert_eq!(Confinement::decoded(cut), None);
        }
    }
}
