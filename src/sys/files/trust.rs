//! Owners and modes of the files that decide where secrets go.
//!
//! A writer of the home needs no key: another token URL in `config.yaml`, or one more line in
//! `recipients.txt`, and the next refresh token is theirs. So where a key is used or a request is sent,
//! each of these files, its folder, and every folder above belongs to this user or to root (or to an
//! owner that the command line names), and nobody else can write it.

use std::fs::{self, Metadata};
use std::io;
use std::iter;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::process::geteuid;

use super::fault::Fault;
use super::{groups, obstacle};

const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;
const GROUP_READS: u32 = 0o040;
const OTHERS: u32 = 0o007;
const GROUP_AND_OTHERS: u32 = 0o077;
const STICKY: u32 = 0o1000;
const MODE: u32 = 0o7777;

/// The number of links that are followed in a row, as the system does (`path_resolution(7)`).
const MOST_LINKS: u32 = 40;

/// The user that stands for all owners whom a user namespace does not know (`user_namespaces(7)`).
const OVERFLOW: u32 = 65_534;

/// The users who may own, and so change, the files that decide where secrets go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    user: u32,
    owners: Vec<u32>,
}

/// The users who can write something beside its owner.
struct Writers {
    by_others: bool,
}

impl Trust {
    /// Returns the trust of this process: in its user, in root, and in these owners.
    pub fn new(owners: &[u32]) -> Self {
        Self { user: geteuid().as_raw(), owners: owners.to_vec() }
    }

    /// Returns the owners beside this process's user and root.
    pub(crate) fn owners(&self) -> &[u32] {
        &self.owners
    }

    /// Returns whether this user may own what decides where secrets go.
    pub(crate) fn accepts(&self, owner: u32) -> bool {
        owner == self.user || owner == 0 || self.owners.contains(&owner)
    }

    /// Returns whether an owner is this process's user, or one who was named; root is not.
    pub(crate) fn is_own(&self, owner: u32) -> bool {
        owner == self.user || self.owners.contains(&owner)
    }

    /// Judges a file by the descriptor that was opened.
    pub(super) fn file(&self, found: &Metadata, path: &Path) -> io::Result<()> {
        self.owner(found, path)?;
        self.writers(found, path).map_or(Ok(()), |writers| Err(open(found, path, &writers)))
    }

    /// Judges an identity, which others may not read either. A pipe, which a process has open that was
    /// given it, has no mode that says anything.
    pub(crate) fn identity(&self, found: &Metadata, path: &Path) -> io::Result<()> {
        if !found.is_file() {
            return Ok(());
        }
        self.owner(found, path)?;
        let others = found.mode() & GROUP_AND_OTHERS;
        let by_group_alone = others & OTHERS == 0;
        let is_fine = others == 0
            || by_group_alone && self.is_private(found.gid())
            || others == GROUP_READS && (is_read_only(path) || is_in_a_sticky_folder(path));
        if is_fine {
            return Ok(());
        }
        let mode = found.mode() & MODE;
        Err(Fault::Exposed { path: path.to_owned(), mode, keeps_modes: keeps_modes(path) }.into())
    }

    /// Judges a folder of the home, where it is there; a link in its place, and all that is above the
    /// target, too.
    pub(crate) fn folder(&self, path: &Path) -> io::Result<()> {
        self.folder_within(path, MOST_LINKS)
    }

    /// Judges every folder above a path, up to the root: a writer of one of them can put another in
    /// the place of what is in it.
    pub(crate) fn above(&self, path: &Path) -> io::Result<()> {
        self.above_within(path, MOST_LINKS)
    }

    /// Judges a link, the folders above its target, and a target that is a link or a folder.
    pub(super) fn link(&self, path: &Path) -> io::Result<()> {
        self.link_within(path, MOST_LINKS)
    }

    fn folder_within(&self, path: &Path, links: u32) -> io::Result<()> {
        let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
        if found.is_symlink() {
            return self.link_within(path, links);
        }
        self.owner(&found, path)?;
        self.only(&found, path)
    }

    fn above_within(&self, path: &Path, links: u32) -> io::Result<()> {
        let mut folders: Vec<_> = path.ancestors().skip(1).collect();
        folders.reverse();
        for folder in folders {
            let Ok(found) = fs::symlink_metadata(folder) else { return Ok(()) };
            if found.is_symlink() {
                self.link_within(folder, links)?;
                let Ok(target) = fs::canonicalize(folder) else { return Ok(()) };
                let rest = path.strip_prefix(folder).unwrap_or(path);
                return self.above_within(&target.join(rest), links.saturating_sub(1));
            }
            if !is_unmapped(found.uid()) {
                self.owner(&found, folder)?;
            }
            self.only(&found, folder)?;
        }
        Ok(())
    }

    fn link_within(&self, path: &Path, links: u32) -> io::Result<()> {
        // A link that leads nowhere, or in a circle, is found out when it is opened.
        let Some(links) = links.checked_sub(1) else { return Ok(()) };
        self.owner(&fs::symlink_metadata(path)?, path)?;
        let target = obstacle::target(path);
        self.above_within(&target, links)?;
        let is_file = fs::symlink_metadata(&target).is_ok_and(|found| found.is_file());
        if is_file { Ok(()) } else { self.folder_within(&target, links) }
    }

    /// Refuses a folder in which others can put something in the place of what is there. In a sticky
    /// one they can add to it, and what they add is theirs, which is found out.
    fn only(&self, found: &Metadata, folder: &Path) -> io::Result<()> {
        if found.mode() & STICKY != 0 {
            return Ok(());
        }
        self.writers(found, folder).map_or(Ok(()), |writers| Err(open(found, folder, &writers)))
    }

    fn owner(&self, found: &Metadata, path: &Path) -> io::Result<()> {
        let owner = found.uid();
        if self.accepts(owner) {
            return Ok(());
        }
        Err(Fault::Foreign { path: path.to_owned(), owner }.into())
    }

    /// Returns whether a group is the own one of this user, or of an owner that is trusted.
    fn is_private(&self, group: u32) -> bool {
        let mut users = iter::once(self.user).chain(self.owners.iter().copied());
        users.any(|user| groups::is_private(group, user))
    }

    /// Returns the users who can write something beside its owner. With an access control list, the bits
    /// of the group are its mask (`acl(5)`), the most that any entry gives.
    fn writers(&self, found: &Metadata, path: &Path) -> Option<Writers> {
        let by_others = found.mode() & OTHERS_WRITE != 0;
        let by_group = found.mode() & GROUP_WRITES != 0;
        let is_fine = !by_others && (!by_group || self.is_private(found.gid()));
        (!is_fine && !is_read_only(path)).then_some(Writers { by_others })
    }
}

fn open(found: &Metadata, path: &Path, writers: &Writers) -> io::Error {
    Fault::Open {
        path: path.to_owned(),
        mode: found.mode() & MODE,
        owner: found.uid(),
        by_others: writers.by_others,
        keeps_modes: keeps_modes(path),
    }
    .into()
}

/// Returns whether nobody can write something through the mount that it is reached by.
fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY))
}

fn is_in_a_sticky_folder(path: &Path) -> bool {
    let folder = path.parent().and_then(|folder| fs::metadata(folder).ok());
    folder.is_some_and(|folder| folder.mode() & STICKY != 0)
}

/// Returns whether an owner is a user whom this user namespace does not know, such as the root of
/// the machine below an unprivileged container.
fn is_unmapped(owner: u32) -> bool {
    owner == OVERFLOW
        && fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| {
            !map.lines().any(|line| {
                let mut fields = line.split_whitespace().map(|field| field.parse::<u64>().ok());
                let (Some(Some(first)), Some(Some(count))) = (fields.next(), fields.nth(1)) else {
                    return false;
                };
                (first..first.saturating_add(count)).contains(&u64::from(OVERFLOW))
            })
        })
}

/// Returns whether a file system keeps the modes that it is given. Those of other systems often
/// show the same mode for everything.
#[cfg(target_os = "linux")]
fn keeps_modes(path: &Path) -> bool {
    // By `statfs(2)` and the kernel's `magic.h`: vfat, exfat, ntfs, CIFS, SMB2, 9p (as of WSL).
    const WITHOUT: [u32; 7] =
        [0x4d44, 0x2011_bab0, 0x5346_544e, 0x7366_746e, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997];
    let found = rustix::fs::statfs(path);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the numbers have 32 bits, whatever the type"
    )]
    found.is_ok_and(|system| !WITHOUT.contains(&(system.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn keeps_modes(_: &Path) -> bool {
    true
}
