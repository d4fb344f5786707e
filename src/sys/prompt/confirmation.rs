//! A question at the terminal to which the answer is yes or no, and which may be over before it is answered.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use rustix::process::getpgrp;
use rustix::termios::{QueueSelector, tcflush, tcgetpgrp};

use super::ready::is_ready;

/// Interval at which it is looked whether a question is over.
const NAP: Duration = Duration::from_millis(100);

/// The words behind a question that is over before it was answered.
const OVER: &str = "\n  nobody has to answer any more\n";

/// The most bytes that are read of an answer.
const LONGEST: usize = 256;

/// Returns whether this process has a terminal at which a person can type to it.
pub(crate) fn has_person() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| is_in_front(&terminal))
}

/// Shows a text at the terminal of this process, whatever its standard streams are, and asks until the answer
/// is yes or no. None is that the question is over, or that nobody can type to this process. What was typed
/// before is dropped. The text is shown as it is.
///
/// # Errors
///
/// The terminal cannot be used.
pub(crate) fn confirm(
    text: &str,
    question: &str,
    mut is_over: impl FnMut() -> bool,
) -> io::Result<Option<bool>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let mut shown = format!("{text}{question}");
    loop {
        if is_over() || !is_in_front(&terminal) {
            terminal.write_all(OVER.as_bytes())?;
            return Ok(None);
        }
        if !shown.is_empty() {
            tcflush(&terminal, QueueSelector::IFlush)?;
            terminal.write_all(shown.as_bytes())?;
            shown.clear();
        }
        if !is_ready(&terminal, NAP) {
            continue;
        }
        let mut line = [0; LONGEST];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&terminal, &mut line[..]))?;
        let said = String::from_utf8_lossy(&line[..length]).trim().to_ascii_lowercase();
        match said.as_str() {
            _ if length == 0 => return Ok(None),
            "y" | "yes" => return Ok(Some(true)),
            "n" | "no" => return Ok(Some(false)),
            _ => question.clone_into(&mut shown),
        }
    }
}

/// Returns whether this process reads from the terminal: one in the background that does is stopped.
fn is_in_front(terminal: &File) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
}
