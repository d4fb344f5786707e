//! Asking the person at the terminal for what nobody else may see.

use std::fs::File;
use std::io::{self, Read, Write};

use rpassword::ConfigBuilder;
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// What Ctrl-C types.
const INTERRUPT: u8 = 0x03;

/// Asks on the terminal of this process, whatever its standard streams are, and answers the line
/// that is typed, which is not shown.
///
/// What was typed before the question is dropped, and what is typed behind the line is left: it is
/// for the agent. Ctrl-C ends the process as ever, but first the terminal is made what it was.
pub(crate) fn ask(question: &str) -> io::Result<Zeroizing<String>> {
    converse(question, |_| true, OptionalActions::Now)
}

/// The same for an answer that is pasted: it ends with the line with which it is complete, and what
/// is left of it is dropped, so that nothing of a secret comes to the shell.
pub(crate) fn ask_for_paste(
    question: &str,
    is_complete: impl Fn(&str) -> bool,
) -> io::Result<Zeroizing<String>> {
    converse(question, is_complete, OptionalActions::Flush)
}

fn converse(
    question: &str,
    is_complete: impl Fn(&str) -> bool,
    rest: OptionalActions,
) -> io::Result<Zeroizing<String>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let hidden = Hidden::on(terminal.try_clone()?, rest)?;
    terminal.write_all(question.as_bytes())?;
    let mut typed = line(&terminal);
    while let Ok(text) = &mut typed
        && !is_complete(text)
    {
        match line(&terminal) {
            Ok(more) => {
                text.push('\n');
                text.push_str(&more);
            }
            Err(error) => typed = Err(error),
        }
    }
    // The Enter key was not shown either.
    let _ = terminal.write_all(b"\n");
    drop(hidden);
    if typed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        kill_process(getpid(), Signal::INT)?;
    }
    typed
}

fn line(terminal: &File) -> io::Result<Zeroizing<String>> {
    let keys = Keys(terminal.try_clone()?);
    let config = ConfigBuilder::new().input_reader(keys).output_discard().build();
    rpassword::read_password_with_config(config).map(Zeroizing::new)
}

/// A terminal that shows nothing of what is typed and hands over every key, until this is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
    rest: OptionalActions,
}

impl Hidden {
    fn on(terminal: File, rest: OptionalActions) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(&terminal, OptionalActions::Flush, &modes)?;
        Ok(Self { terminal, before, rest })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that went away shows nothing.
        let _ = tcsetattr(&self.terminal, self.rest, &self.before);
    }
}

/// The keys that are typed; Ctrl-C is an interruption, and nothing else is.
struct Keys(File);

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut *buffer))?;
        if buffer[..length].contains(&INTERRUPT) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(length)
    }
}
