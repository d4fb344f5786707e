//! The table of mounts of a process: `/proc/PID/mountinfo` (`proc_pid_mountinfo(5)`).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number.
    pub(super) id: u64,
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
    // The parent, the device and the root within the file system are not needed.
    let point = PathBuf::from(OsString::from_vec(unescaped(fields.nth(3)?)));
    let options = str::from_utf8(fields.next()?).ok()?;
    Some(Entry { id, point, options: options.split(',').map(str::to_owned).collect() })
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
    fn anything_else_is_no_table() {
        assert_eq!(entries(b"23 28 0:21 /\n"), None);
        assert_eq!(entries(b"x 28 0:21 / /proc rw - proc proc rw\n"), None);
    }
}
