//! Opens the user's browser.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::env::Env;

/// How long a program may take to say that it has no browser. What runs longer is one.
const PATIENCE: Duration = Duration::from_secs(2);

/// Browsers that need the terminal, which is not theirs to have.
const OF_TERMINALS: [&str; 7] =
    ["w3m", "lynx", "links", "links2", "elinks", "browsh", "www-browser"];

/// Opens a URL in a browser, and says whether one seems to have taken it.
///
/// `$BROWSER` holds commands between colons, in which `%s` stands for the URL; without one it comes
/// last. Without `$BROWSER`, the desktop's own program is asked, if there is a desktop. A command is
/// no shell script: it is split at spaces, and the URL is one argument whatever it contains.
///
/// The browser gets none of xreq's variables, and no part of the terminal.
pub fn open(url: &str, env: &Env) -> bool {
    candidates(env).iter().any(|candidate| candidate.open(url, env))
}

/// Whether there may be a browser here.
pub fn may_exist(env: &Env) -> bool {
    candidates(env).iter().any(|candidate| candidate.is_installed(env))
}

/// A command that may open a browser: the program, then its arguments.
#[derive(Debug, PartialEq, Eq)]
struct Candidate(Vec<String>);

fn candidates(env: &Env) -> Vec<Candidate> {
    if let Some(browsers) = env.get("BROWSER").and_then(OsStr::to_str) {
        return browsers.split(':').filter_map(Candidate::parse).collect();
    }
    let is_set = |name: &&str| env.get(name).is_some();
    let mut programs = Vec::new();
    if cfg!(target_os = "macos") {
        programs.push("open");
    }
    if ["WSL_DISTRO_NAME", "WSL_INTEROP"].iter().any(is_set) {
        programs.push("wslview");
    }
    if ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set) {
        programs.push("xdg-open");
    }
    programs.into_iter().filter_map(Candidate::parse).collect()
}

impl Candidate {
    fn parse(command: &str) -> Option<Self> {
        let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        let name = Path::new(words.first()?).file_name()?;
        (!OF_TERMINALS.iter().any(|known| name == *known)).then_some(Self(words))
    }

    /// The program and its arguments, the URL among them.
    fn for_url(&self, url: &str) -> Vec<String> {
        let mut words: Vec<_> = self.0.iter().map(|word| word.replace("%s", url)).collect();
        if !self.0.iter().any(|word| word.contains("%s")) {
            words.push(url.to_owned());
        }
        words
    }

    fn is_installed(&self, env: &Env) -> bool {
        let Some(program) = self.0.first() else { return false };
        if program.contains('/') {
            return Path::new(program).is_file();
        }
        let path = env.get("PATH").map(OsStr::to_owned).unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    }

    /// Starts the command, which must not have failed within a moment.
    fn open(&self, url: &str, env: &Env) -> bool {
        let words = self.for_url(url);
        let Some((program, arguments)) = words.split_first() else { return false };
        let started = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(inherited(env))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let Ok(mut child) = started else { return false };
        let (sender, receiver) = channel();
        thread::spawn(move || sender.send(child.wait()));
        receiver.recv_timeout(PATIENCE).map_or(true, |end| end.is_ok_and(|end| end.success()))
    }
}

fn inherited(env: &Env) -> impl Iterator<Item = (OsString, OsString)> {
    env.iter()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"XREQ_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}
