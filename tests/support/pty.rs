//! A terminal for the program under test, and a person who reads it and types.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::{Home, XREQ};

/// How long the person waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The rows of every terminal.
pub const ROWS: u16 = 37;
/// The columns of a terminal, unless a test is about them.
pub const COLUMNS: u16 = 191;

/// A session with a terminal, its leader, and what was printed in it.
pub struct Pty {
    terminal: File,
    leader: Leader,
    printed: Vec<u8>,
    /// How much of it was waited for.
    read: usize,
}

/// The first process of a session; it does not outlive the test.
struct Leader(Child);

impl Pty {
    /// Starts a shell script as the leader of a session in this home, with the terminal as its
    /// standard input, output and error. In the script `$0` is the binary under test.
    pub fn start(home: &Home, script: &str) -> Self {
        Self::start_wide(home, script, COLUMNS)
    }

    /// Does the same in a terminal that is so wide.
    pub fn start_wide(home: &Home, script: &str, columns: u16) -> Self {
        Self::of_wide(home.program("sh").args(["-c", script, XREQ]), columns)
    }

    /// Does the same with a program as it is given, in its folder and with its variables.
    pub fn of(program: &Command) -> Self {
        Self::of_wide(program, COLUMNS)
    }

    fn of_wide(program: &Command, columns: u16) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("there is a free terminal");
        grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("the terminal is ours");
        resize(&terminal, ROWS, columns);
        let end = || {
            let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
            ioctl_tiocgptpeer(&terminal, flags).expect("a terminal has another end")
        };
        let variables = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let leader = Command::new("setsid")
            .arg("--ctty")
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(variables)
            .current_dir(program.get_current_dir().expect("it has a folder"))
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("setsid of util-linux can be started");
        Self { terminal: terminal.into(), leader: Leader(leader), printed: Vec::new(), read: 0 }
    }

    /// The process id of the leader.
    pub fn leader(&self) -> u32 {
        self.leader.0.id()
    }

    /// Types a text; `\n` is the Enter key, `\x03` is Ctrl-C.
    pub fn type_in(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).expect("the terminal takes what is typed");
    }

    /// Waits until a text is printed, and answers what was printed since the text before.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let new = lines(&self.printed[self.read..]);
            if let Some(at) = new.find(text) {
                let new = &new[..at + text.len()];
                self.read += new.len() + new.matches('\n').count();
                return new.to_owned();
            }
            assert!(self.read_more(deadline), "the session ended before {text:?}: {}", self.all());
        }
    }

    /// Waits for the end of the session, and answers all that was printed and what became of the
    /// leader.
    #[track_caller]
    pub fn end(mut self) -> (String, ExitStatus) {
        let deadline = Instant::now() + PATIENCE;
        while self.read_more(deadline) {}
        (self.all(), self.leader.wait())
    }

    /// Makes the terminal larger or smaller.
    pub fn resize(&self, rows: u16, columns: u16) {
        resize(&self.terminal, rows, columns);
    }

    /// Takes the terminal away, as closing its window does, and answers what became of the leader.
    pub fn hang_up(self) -> ExitStatus {
        let Self { terminal, mut leader, .. } = self;
        drop(terminal);
        leader.wait()
    }

    /// Whether what is typed is shown, whether it comes a line at a time, and whether Ctrl-C is a
    /// signal.
    pub fn modes(&self) -> [bool; 3] {
        let modes = tcgetattr(&self.terminal).expect("a terminal has modes").local_modes;
        [LocalModes::ECHO, LocalModes::ICANON, LocalModes::ISIG].map(|mode| modes.contains(mode))
    }

    /// All that was printed.
    fn all(&self) -> String {
        lines(&self.printed)
    }

    /// Reads what there is, or waits for it; `false` when nobody has the terminal open any more.
    #[track_caller]
    fn read_more(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("some seconds");
        let mut polled = [PollFd::new(&self.terminal, PollFlags::IN)];
        let ready = poll(&mut polled, Some(&left)).expect("a terminal can be waited for");
        assert!(ready > 0, "nothing happens in the terminal after {}", self.all());
        let mut chunk = [0; 4096];
        // Linux answers EIO instead of an end of file.
        let length = self.terminal.read(&mut chunk).unwrap_or(0);
        self.printed.extend_from_slice(&chunk[..length]);
        length > 0
    }
}

impl Leader {
    fn wait(&mut self) -> ExitStatus {
        self.0.wait().expect("it is a child of ours")
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        // One that was waited for is not there any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn resize(terminal: impl AsFd, rows: u16, columns: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("a terminal has a size");
}

/// How a process ended, in the words of a shell.
pub fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        (None, None) => unreachable!("a process ends in one of two ways"),
    }
}

/// What a terminal shows, with simple line breaks.
fn lines(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).replace("\r\n", "\n")
}
