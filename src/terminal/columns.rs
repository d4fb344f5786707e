//! The columns of a terminal, and how lines are wrapped in them.

use std::env;
use std::os::fd::AsFd;

use anstream::adapter::strip_str;
use rustix::termios::{isatty, tcgetwinsize};

use crate::text::layout::lines;

/// The columns that a terminal is taken to have at least.
const FEWEST: usize = 20;

/// The labels of lines; what is wrapped of such a line stands behind its label.
const LABELS: [&str; 5] = ["= help: ", "= note: ", "help: ", "tip: ", "Usage: "];

/// Returns how wide a stream is: `COLUMNS`, else what the terminal says; `None` if it is none.
pub(super) fn columns(stream: impl AsFd) -> Option<usize> {
    if !isatty(&stream) {
        return None;
    }
    let stated = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let known = || Some(usize::from(tcgetwinsize(&stream).ok()?.ws_col));
    stated.or_else(known).filter(|columns| *columns > 0).map(|columns| columns.max(FEWEST))
}

/// Wraps the messages of a text. The lines of a drawing stay as they are.
pub(super) fn wrapped_messages(text: &str, limit: Option<usize>) -> String {
    lines(text, limit, |line| {
        let line = strip_str(line).to_string();
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        if is_drawn(rest) {
            return None;
        }
        let label = LABELS.iter().find(|label| rest.starts_with(**label));
        Some(match label {
            Some(label) => indent + label.len(),
            None if ["error", "warning", "note"].iter().any(|it| rest.starts_with(it)) => {
                indent + 2
            }
            None => indent,
        })
    })
}

/// Returns whether a line quotes a file, or marks a part of it.
fn is_drawn(line: &str) -> bool {
    let behind_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = behind_number.len() < line.len()
        && [" |", " +", " -", " ~"].iter().any(|mark| behind_number.starts_with(mark));
    is_numbered || ["|", "--> ", "::: "].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_wrapped_and_drawings_stay() {
        let text = "\x1b[1m\x1b[31merror[a/b]\x1b[0m: one two three four\n --> a/long/path/to/xreq.yaml:4:12\n\
                    4 |     - key: x.tweet.write  # long\n  = help: run `xreq connect x`, or import it\n";
        assert_eq!(
            wrapped_messages(text, Some(26)),
            "\x1b[1m\x1b[31merror[a/b]\x1b[0m: one two three\n  four\n \
             --> a/long/path/to/xreq.yaml:4:12\n4 |     - key: x.tweet.write  # long\n  = help: run\n          \
             `xreq connect x`,\n          or import it\n"
        );
        assert_eq!(wrapped_messages(text, None), text);
    }
}
