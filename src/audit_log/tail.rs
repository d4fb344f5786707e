//! The end of a log: its last whole line, and what is behind that.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The number of bytes that are read at once. Nearly always the whole last line is in it.
const PIECE: usize = 2048;

/// The end of a log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The number of bytes up to the end of the last whole line.
    pub(super) size: u64,
    /// The number of bytes behind that: a line without an end.
    pub(super) torn: u64,
    /// The last whole line, without its line break.
    pub(super) line: Vec<u8>,
}

/// Reads the end of a log.
pub(super) fn tail(file: &File) -> io::Result<Tail> {
    let length = file.metadata()?.len();
    let mut read = Vec::new();
    let mut start = length;
    let (mut end, mut begin) = (None, None);
    while start > 0 && begin.is_none() {
        let piece = start.min(PIECE as u64);
        start -= piece;
        let mut content = vec![0; usize::try_from(piece).expect("it is a piece at most")];
        file.read_exact_at(&mut content, start)?;
        let mut breaks = content.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
        let at = |(at, _): (usize, &u8)| start + at as u64 + 1;
        end = end.or_else(|| breaks.next().map(at));
        if end.is_some() {
            begin = breaks.next().map(at);
        }
        content.append(&mut read);
        read = content;
    }
    let size = end.unwrap_or(0);
    let range = |from: u64| usize::try_from(from - start).expect("it was read");
    let line = match end {
        Some(end) => read[range(begin.unwrap_or(start))..range(end - 1)].to_vec(),
        None => Vec::new(),
    };
    Ok(Tail { size, torn: length - size, line })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn of(content: &[u8]) -> Tail {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(content).expect("it can be written");
        tail(&file).expect("it can be read")
    }

    #[test]
    fn the_last_whole_line_is_found_whatever_its_length() {
        let lengths = [0, 1, PIECE - 2, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE];
        for (last, torn) in lengths.iter().flat_map(|last| lengths.map(|torn| (*last, torn))) {
            for before in ["", "\n", "one\n", "one\ntwo\n"] {
                let (line, rest) = ("l".repeat(last), "t".repeat(torn));
                let expected = Tail {
                    size: (before.len() + last + 1) as u64,
                    torn: torn as u64,
                    line: line.clone().into_bytes(),
                };
                let content = format!("{before}{line}\n{rest}");
                assert_eq!(of(content.as_bytes()), expected, "{before:?} {last} {torn}");
            }
            let nothing = Tail { size: 0, torn: torn as u64, line: Vec::new() };
            assert_eq!(of("t".repeat(torn).as_bytes()), nothing);
        }
    }
}
