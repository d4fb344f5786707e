//! The table of mounts of a process: `/proc/PID/mountinfo` (`proc_pid_mountinfo(5)`).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number.
    pub(super) id: u64,
    /// The device of its file system, as it is written there.
    device: String,
    /// The folder or file of the file system that is mounted.
    root: PathBuf,
    /// Where it is mounted.
    pub(super) point: PathBuf,
    /// Its options, such as `ro` and `nosuid`; not those of the file system.
    pub(super) options: Vec<String>,
}

/// Returns the mounts of a table, in its order; `None` if it is none.
pub(super) fn entries(table: &[u8]) -> Option<Vec<Entry>> {
    let lines = table.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(entry).collect()
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut fields = line.split(|byte| *byte == b' ');
    let id = str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    // The parent is not needed.
    let device = str::from_utf8(fields.nth(1)?).ok()?.to_owned();
    let mut path = || Some(PathBuf::from(OsString::from_vec(unescaped(fields.next()?))));
    let (root, point) = (path()?, path()?);
    let options = str::from_utf8(fields.next()?).ok()?;
    Some(Entry {
        id,
        device,
        root,
        point,
        options: options.split(',').map(str::to_owned).collect(),
    })
}

/// Returns the paths at which a path can be found too, where parts of its file system are mounted more than
/// once.
pub(super) fn aliases(entries: &[Entry], path: &Path) -> Vec<PathBuf> {
    // Of mounts at one place the last one is what is there.
    let holding = entries.iter().filter(|entry| path.starts_with(&entry.point));
    let Some(holding) = holding.max_by_key(|entry| entry.point.components().count()) else {
        return Vec::new();
    };
    let below = path.strip_prefix(&holding.point).expect("it lies there");
    let inner = joined(&holding.root, below);
    let others = entries.iter().filter(|entry| entry.device == holding.device);
    let found = others.filter_map(|entry| {
        inner.strip_prefix(&entry.root).ok().map(|below| joined(&entry.point, below))
    });
    let mut aliases: Vec<_> = found.filter(|alias| alias != path).collect();
    aliases.sort();
    aliases.dedup();
    aliases
}

/// Returns a path in a folder; that of the folder itself without a slash behind it.
fn joined(folder: &Path, below: &Path) -> PathBuf {
    if below.as_os_str().is_empty() { folder.to_owned() } else { folder.join(below) }
}

/// Returns a path without the octal escapes of space, tab, line break and backslash.
fn unescaped(path: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, behind @ ..] = rest {
        let digit = |at: usize| behind.get(at).filter(|digit| (b'0'..b'8').contains(digit));
        if let (b'\\', Some(one), Some(two), Some(three)) = (first, digit(0), digit(1), digit(2)) {
            let value =
                [one, two, three].iter().fold(0_u32, |sum, d| sum * 8 + u32::from(**d - b'0'));
            bytes.push(u8::try_from(value).unwrap_or(b'?'));
            rest = &behind[3..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_escapes() {
        let table = b"23 28 0:21 / /proc rw,nosuid,relatime shared:13 - proc proc rw\n\
            30 28 8:1 /data /mnt/a\\040b\\134\\011 ro,noatime - ext4 /dev/sda1 rw\n";
        let entries = entries(table).expect("it is a table");
        let seen =
            entries.iter().map(|entry| (entry.id, entry.point.to_str().expect("it is text")));
        assert_eq!(seen.collect::<Vec<_>>(), [(23, "/proc"), (30, "/mnt/a b\\\t")]);
        assert_eq!(entries[0].options, ["rw", "nosuid", "relatime"]);
    }

    #[test]
    fn a_path_is_found_where_its_file_system_is_mounted_too() {
        let table = b"1 0 8:1 / / rw - ext4 d rw\n2 1 8:2 / /home rw - ext4 e rw\n\
            3 1 8:2 /u/.local /mnt/local rw - ext4 e rw\n4 1 8:2 / /snapshots rw - ext4 e ro\n\
            5 1 8:2 /other /mnt/other rw - ext4 e rw\n6 1 0:5 / /tmp rw - tmpfs t rw\n\
            7 1 8:2 /u/.local/share/xreq /store rw - ext4 e rw\n";
        let entries = entries(table).expect("it is a table");
        let aliases = |path: &str| {
            let aliases = aliases(&entries, Path::new(path)).into_iter();
            aliases
                .map(|path| path.into_os_string().into_string().expect("a text"))
                .collect::<Vec<_>>()
        };
        let store = "/home/u/.local/share/xreq";
        assert_eq!(
            aliases(store),
            ["/mnt/local/share/xreq", "/snapshots/u/.local/share/xreq", "/store"]
        );
        assert_eq!(
            aliases("/store"),
            [store, "/mnt/local/share/xreq", "/snapshots/u/.local/share/xreq"]
        );
        assert!(aliases("/etc/xreq").is_empty());
    }

    #[test]
    fn anything_else_is_no_table() {
        assert_eq!(entries(b"23 28 0:21 /\n"), None);
        assert_eq!(entries(b"x 28 0:21 / /proc rw - proc proc rw\n"), None);
    }
}
