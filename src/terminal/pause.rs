//! A pause, in which somebody at the terminal reads.

use std::io::{self, Write};

/// Waits for Enter, with a line about it that goes away. Returns `false` at the end of the input.
pub(crate) fn pause() -> bool {
    let show = |text: &str| {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    };
    show("   Enter goes on, Ctrl-C ends");
    let mut line = String::new();
    let went_on = io::stdin().read_line(&mut line).is_ok_and(|read| read > 0);
    // Enter went to the next line.
    show(if went_on { "\x1b[A\r\x1b[2K" } else { "\r\x1b[2K" });
    went_on
}
