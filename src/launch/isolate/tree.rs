//! The mounts of an agent: everything read-only but what its confinement says.
//!
//! All of it is done by the first process of the PID namespace, before anything else runs there. What is
//! hidden by a private folder and is to be seen in it nevertheless was opened before, and is mounted
//! again from there.

use std::ffi::CStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatVfsMountFlags, StatxFlags, open, statvfs, statx};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change, mount_remount,
};

use super::confinement::Confinement;
use super::failure::Failure;
use super::mount_table;
use super::step::Step;

/// The flags of a file system that holds nothing but files that were made there.
const PLAIN: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// The same, where nothing is written or executed either.
const CLOSED: MountFlags = PLAIN.union(MountFlags::NOEXEC).union(MountFlags::RDONLY);

/// The devices that every program relies on.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// The file that takes the place of covered ones, while covers are made.
const BLANK: &str = "/dev/.blank";

/// Arranges the mounts, and enters the working directory in them.
pub(in crate::launch) fn arrange(confinement: &Confinement) -> Result<(), Failure> {
    let all = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", all).map_err(|errno| failed(Step::Propagation, errno))?;
    mount_processes()?;
    let kept = Kept::open(confinement)?;
    mount_devices()?;
    for folder in &confinement.private {
        make_private(folder).map_err(|error| Failure::of(Step::Private, &error).at(folder))?;
        kept.show_in(folder)?;
    }
    let entries = table()?;
    make_read_only(confinement, &entries)?;
    for name in &confinement.read_only {
        keep_name(confinement, name).map_err(|error| Failure::of(Step::Names, &error).at(name))?;
    }
    for path in &confinement.covered {
        let aliases = mount_table::aliases(&entries, path);
        for path in aliases.iter().filter(|alias| are_same(alias, path)).chain([path]) {
            cover(path, &kept).map_err(|error| Failure::of(Step::Covers, &error).at(path))?;
        }
    }
    close_devices().map_err(|error| Failure::of(Step::Devices, &error))?;
    let folder = &confinement.folder;
    std::env::set_current_dir(folder).map_err(|error| Failure::of(Step::Folder, &error).at(folder))
}

fn failed(step: Step, errno: Errno) -> Failure {
    Failure::of(step, &errno.into())
}

/// Mounts the processes of the namespace alone, read-only: as root, what it says of the kernel could be
/// changed. Before, it says that no further user namespace can be made: that would give capabilities.
fn mount_processes() -> Result<(), Failure> {
    let flags = PLAIN | MountFlags::NOEXEC;
    mount("proc", "/proc", "proc", flags, None::<&CStr>)
        .map_err(|errno| failed(Step::Processes, errno))?;
    fs::write("/proc/sys/user/max_user_namespaces", "0")
        .map_err(|error| Failure::of(Step::Nesting, &error))?;
    remount("/proc", CLOSED).map_err(|errno| failed(Step::Processes, errno))
}

/// Changes the flags of a mount.
fn remount(path: impl rustix::path::Arg, flags: MountFlags) -> Result<(), Errno> {
    mount_remount(path, MountFlags::BIND | flags, c"")
}

/// Paths that stay what they are where a private folder or a cover hides them, opened before.
struct Kept(Vec<(PathBuf, OwnedFd)>);

impl Kept {
    /// Makes mounts of what can be written, and opens that and what is shown.
    fn open(confinement: &Confinement) -> Result<Self, Failure> {
        let mut kept = Vec::new();
        for path in confinement.writable_paths() {
            let at = |errno| failed(Step::Writable, errno).at(path);
            mount_bind_recursive(path, path).map_err(at)?;
            kept.push((path.clone(), opened(path).map_err(at)?));
        }
        for path in &confinement.shown {
            let at = |errno| failed(Step::Covers, errno).at(path);
            kept.push((path.clone(), opened(path).map_err(at)?));
        }
        Ok(Self(kept))
    }

    /// Mounts again what lies in a folder that hides it. Returns whether there was something.
    fn show_in(&self, folder: &Path) -> Result<bool, Failure> {
        let mut hidden: Vec<_> = self.0.iter().filter(|(path, _)| is_in(path, folder)).collect();
        hidden.sort_by_key(|(path, _)| path);
        for (path, was) in &hidden {
            show(path, was).map_err(|error| Failure::of(Step::Private, &error).at(path))?;
        }
        Ok(!hidden.is_empty())
    }
}

/// Returns whether a path lies in a folder, and is not that folder.
fn is_in(path: &Path, folder: &Path) -> bool {
    path != folder && path.starts_with(folder)
}

fn opened(path: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
    open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Mounts what was opened at a path, which is made.
fn show(path: &Path, was: &OwnedFd) -> io::Result<()> {
    let link = format!("/proc/self/fd/{}", was.as_raw_fd());
    // The other one made this one, where one lies in the other.
    if !path.exists() {
        if fs::metadata(&link)?.is_dir() {
            make_folders(path)?;
        } else {
            make_folders(path.parent().unwrap_or(path))?;
            File::create(path)?;
        }
    }
    mount_bind_recursive(&link, path)?;
    Ok(())
}

/// Makes a folder and those above it, through which one comes and which do not say what they hold.
fn make_folders(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o711).create(path)
}

/// Puts an empty folder in the place of one.
fn make_private(folder: &Path) -> io::Result<()> {
    let mode = c"mode=0700";
    mount("tmpfs", folder, "tmpfs", PLAIN, mode)?;
    Ok(())
}

/// Puts a folder in the place of `/dev` that has what every program relies on, and terminals that are
/// made in it.
fn mount_devices() -> Result<(), Failure> {
    let made = || -> io::Result<()> {
        let devices = DEVICES.map(|name| (name, opened(format!("/dev/{name}"))));
        mount("tmpfs", "/dev", "tmpfs", PLAIN - MountFlags::NODEV, c"mode=0755")?;
        for (name, was) in devices {
            let path = PathBuf::from(format!("/dev/{name}"));
            show(&path, &was?)?;
            remount(&path, MountFlags::NOSUID | MountFlags::NOEXEC)?;
        }
        for (name, to) in [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
            ("ptmx", "pts/ptmx"),
        ] {
            symlink(to, format!("/dev/{name}"))?;
        }
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        fs::create_dir("/dev/pts")?;
        mount("devpts", "/dev/pts", "devpts", flags, c"newinstance,ptmxmode=0666,mode=0620")?;
        fs::create_dir("/dev/shm")?;
        mount("tmpfs", "/dev/shm", "tmpfs", PLAIN, c"mode=1777")?;
        File::create(BLANK)?.set_permissions(Permissions::from_mode(0o000))
    };
    made().map_err(|error| Failure::of(Step::Devices, &error))
}

/// Ends the work in `/dev`: nothing more is made there.
fn close_devices() -> io::Result<()> {
    fs::remove_file(BLANK)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::RDONLY;
    Ok(remount("/dev", flags)?)
}

/// Returns the mounts that there are now.
fn table() -> Result<Vec<mount_table::Entry>, Failure> {
    let table = fs::read("/proc/self/mountinfo").and_then(|table| {
        mount_table::entries(&table).ok_or_else(|| io::ErrorKind::InvalidData.into())
    });
    table.map_err(|error| Failure::of(Step::ReadOnly, &error))
}

/// Makes every mount read-only but those that are the agent's, and none one of devices or of programs
/// that run as somebody else.
fn make_read_only(
    confinement: &Confinement,
    entries: &[mount_table::Entry],
) -> Result<(), Failure> {
    let failed = |error: &io::Error| Failure::of(Step::ReadOnly, error);
    let devices = Path::new("/dev");
    let writable = confinement.writable_paths();
    for entry in entries.iter().filter(|entry| !entry.point.starts_with(devices)) {
        let mut flags = flags(&entry.options) | PLAIN;
        let is_open = |path: &Path| entry.point.starts_with(path);
        let is_writable =
            writable.iter().any(|path| is_open(path)) || confinement.private.contains(&entry.point);
        if !is_writable {
            flags |= MountFlags::RDONLY;
        }
        if let Err(errno) = remount(&entry.point, flags)
            && is_reached(entry)
        {
            return Err(failed(&errno.into()).at(&entry.point));
        }
    }
    Ok(())
}

/// Returns the flags of options that a mount cannot lose, or must not. Times of access stay as they are
/// where no flag is about them.
fn flags(options: &[String]) -> MountFlags {
    let has = |option: &str| options.iter().any(|other| other == option);
    let read_only = if has("ro") { MountFlags::RDONLY } else { MountFlags::empty() };
    let no_programs = if has("noexec") { MountFlags::NOEXEC } else { MountFlags::empty() };
    read_only | no_programs
}

/// Returns whether a mount is what one comes to at its place: others may lie above it, or above a folder
/// on the way, and to others this user does not come.
fn is_reached(entry: &mount_table::Entry) -> bool {
    let found = statx(CWD, &entry.point, AtFlags::NO_AUTOMOUNT, StatxFlags::MNT_ID);
    found.is_ok_and(|found| {
        found.stx_mask & StatxFlags::MNT_ID.bits() == 0 || found.stx_mnt_id == entry.id
    })
}

/// Makes a name read-only that lies in what can be written. The folders on the way become mounts, which
/// cannot be moved: another one cannot be put in their place.
fn keep_name(confinement: &Confinement, name: &Path) -> io::Result<()> {
    let is_above = |path: &&&PathBuf| is_in(name, path);
    let writable = confinement.writable_paths();
    let top = writable.iter().filter(is_above).max_by_key(|path| path.components().count());
    let Some(top) = top else { return Ok(()) };
    let above = name.ancestors().skip(1).take_while(|folder| *folder != top.as_path());
    for folder in above.collect::<Vec<_>>().into_iter().rev() {
        mount_bind_recursive(folder, folder)?;
    }
    mount_bind_recursive(name, name)?;
    let had = statvfs(name)?.f_flag;
    let no_programs = if had.contains(StatVfsMountFlags::NOEXEC) {
        MountFlags::NOEXEC
    } else {
        MountFlags::empty()
    };
    Ok(remount(name, PLAIN | MountFlags::RDONLY | no_programs)?)
}

/// Returns whether two paths lead to one file.
fn are_same(one: &Path, other: &Path) -> bool {
    let file = |path| statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS);
    let place = |path| file(path).map(|it| (it.stx_dev_major, it.stx_dev_minor, it.stx_ino));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

/// Covers a path, but for what is shown in it. One that is not there, or hidden by now, needs no cover.
fn cover(path: &Path, kept: &Kept) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if found.is_dir() {
        mount("tmpfs", path, "tmpfs", PLAIN | MountFlags::NOEXEC, c"mode=0700,size=64k")?;
        let is_entered =
            kept.show_in(path).map_err(|failure| io::Error::from_raw_os_error(failure.errno))?;
        let mode = if is_entered { 0o111 } else { 0o000 };
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    } else {
        mount_bind_recursive(BLANK, path)?;
    }
    Ok(remount(path, CLOSED)?)
}
