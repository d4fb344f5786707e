//! The chain of the lines of an audit log.
//!
//! Each line ends with its number, the seal of the line before it, and a seal of its own:
//!
//! ```text
//! {"schema_version":1, …,"seq":7,"prev":"<seal of line 6>","mac":"<seal of this line>"}
//! ```
//!
//! A seal is HMAC-SHA256, under the key of the log, over the exact bytes of the line up to
//! `,"mac":`. So a line cannot be changed, and none can be taken out, put in, moved or repeated
//! before the last one, by anybody who has not got the key. The chain does not prove that the last
//! lines are there.

use std::fmt::Write;

use super::key::Key;
use super::seal::Seal;

/// The number of digits that a number of a line has at most.
const DIGITS: usize = 15;

/// The largest number that has so many digits.
pub(super) const MOST_LINES: u64 = 999_999_999_999_999;

/// The place of a line in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The number of the line, from 1 on.
    pub(super) seq: u64,
    /// The seal of the line.
    pub(super) mac: Seal,
}

impl Link {
    /// The place before the first line.
    pub(super) const NONE: Self = Self { seq: 0, mac: Seal::NONE };
}

/// Remarks of a writer on the state in which it found the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    /// The number of bytes of a line without an end that the writer cut off.
    pub(super) torn: u64,
    /// The number of the last line of the files that rotation has removed.
    pub(super) dropped: u64,
}

/// A line that has the form of a chained one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chained<'a> {
    pub(super) link: Link,
    pub(super) prev: Seal,
    pub(super) remarks: Remarks,
    /// The bytes that the seal is over.
    sealed: &'a [u8],
}

/// Makes a line of a JSON object: adds the remarks and the chain, without a line break. Gives the line
/// and its place in the chain.
pub(super) fn line(body: &str, before: Link, remarks: Remarks, key: &Key) -> (String, Link) {
    let mut line = body.strip_suffix('}').expect("it is a JSON object").to_owned();
    let seq = before.seq + 1;
    let named = [("torn", remarks.torn), ("dropped", remarks.dropped)];
    for (name, number) in named.into_iter().filter(|(_, number)| *number > 0) {
        let _ = write!(line, ",\"{name}\":{number}");
    }
    let _ = write!(line, ",\"seq\":{seq},\"prev\":\"{}\"", before.mac.as_str());
    let mac = key.seal(line.as_bytes());
    let _ = write!(line, ",\"mac\":\"{}\"}}", mac.as_str());
    (line, Link { seq, mac })
}

impl<'a> Chained<'a> {
    /// Reads a line, without its line break; `None` where it has no chain.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let (sealed, mac) = seal_field(line.strip_suffix(b"}")?, b",\"mac\":")?;
        let (rest, prev) = seal_field(sealed, b",\"prev\":")?;
        let (rest, seq) = number_field(rest, b",\"seq\":")?;
        let (rest, dropped) = number_field(rest, b",\"dropped\":").unwrap_or((rest, 0));
        let (_, torn) = number_field(rest, b",\"torn\":").unwrap_or((rest, 0));
        let remarks = Remarks { torn, dropped };
        Some(Self { link: Link { seq, mac }, prev, remarks, sealed })
    }

    /// Tells whether the line is as it was sealed under this key.
    pub(super) fn is_whole(&self, key: &Key) -> bool {
        key.seal(self.sealed) == self.link.mac
    }
}

/// Tells whether a line has a field of the chain, be it damaged. In a text the quotes would be escaped.
pub(super) fn is_mentioned(line: &[u8]) -> bool {
    let fields: [&[u8]; 3] = [b",\"seq\":", b",\"prev\":\"", b",\"mac\":\""];
    fields.iter().any(|field| line.windows(field.len()).any(|part| part == *field))
}

/// Splits a field with a seal off the end of a text.
fn seal_field<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], Seal)> {
    let (rest, quoted) = text.split_at_checked(text.len().checked_sub(Seal::LENGTH + 2)?)?;
    let seal = Seal::parse(quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?)?;
    Some((rest.strip_suffix(name)?, seal))
}

/// Splits a field with a number off the end of a text.
fn number_field<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], u64)> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, number) = text.split_at(text.len() - digits);
    let is_number = (1..=DIGITS).contains(&digits) && number[0] != b'0';
    let number = str::from_utf8(number).ok()?.parse().ok().filter(|_| is_number)?;
    Some((rest.strip_suffix(name)?, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_made() {
        let key = Key::random();
        let mut before = Link::NONE;
        for (number, remarks) in (1..).zip([
            Remarks::default(),
            Remarks { torn: 12, dropped: 0 },
            Remarks { torn: 0, dropped: 400 },
            Remarks { torn: 1, dropped: 999_999_999_999_999 },
        ]) {
            let (text, link) = line("{\"event\":\"check\"}", before, remarks, &key);
            serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON");
            let read = Chained::parse(text.as_bytes()).expect("it is chained");
            assert_eq!((read.link, read.prev, read.remarks), (link, before.mac, remarks));
            assert_eq!(link.seq, number);
            assert!(read.is_whole(&key) && !read.is_whole(&Key::random()));
            before = link;
        }
    }

    #[test]
    fn lines_of_another_form_are_not_chained() {
        let (good, _) = line("{\"a\":1}", Link::NONE, Remarks::default(), &Key::random());
        let swap = |from: &str, to: &str| good.replacen(from, to, 1);
        for bad in [
            String::new(),
            "{}".to_owned(),
            "{\"a\":1}".to_owned(),
            format!("{good} "),
            format!("{good}}}"),
            swap("\"seq\":1", "\"seq\":0"),
            swap("\"seq\":1", "\"seq\":01"),
            swap("\"seq\":1", "\"seq\":-1"),
            swap("\"seq\":1", "\"seq\":1000000000000000"),
            swap("prev\":\"A", "prev\":\"="),
            swap(",\"mac\"", ", \"mac\""),
        ] {
            assert_eq!(Chained::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
