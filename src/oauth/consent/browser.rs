//! The start of the user's browser.

mod command;
mod words;

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use command::{BrowserCommand, Unbalanced};
use rustix::io::{FdFlags, fcntl_setfd};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::opening;
use crate::sys::env::Env;

/// The time in which a program has to say that it has no browser. A program that runs longer is
/// one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Browsers that need the terminal, which is not theirs to have.
const OF_TERMINALS: [&str; 7] =
    ["w3m", "lynx", "links", "links2", "elinks", "browsh", "www-browser"];

/// The variable that names browsers.
const VARIABLE: &str = "BROWSER";

/// A browser that was asked to open a file.
#[derive(Debug)]
pub struct Opening {
    /// Whether one was started.
    pub is_started: bool,
    failures: UnboundedReceiver<BrowserFailure>,
}

/// The failure of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserFailure {
    /// What failed, and why, in the words of the browser where it has some.
    pub what: String,
    /// Whether there is no other to try.
    pub is_last: bool,
}

impl Opening {
    /// Waits for the next browser that fails; `None`: none will.
    pub async fn failure(&mut self) -> Option<BrowserFailure> {
        self.failures.recv().await
    }
}

/// Starts a browser that opens a file.
///
/// `$BROWSER` holds commands between colons, in which `%s` stands for the URL of the file; without one
/// it comes last. Without `$BROWSER`, the desktop's own program is asked, if there is a desktop. The
/// URL is one argument whatever it contains.
///
/// One that cannot be started gives way to the next at once; one that fails within a moment does so
/// later, from a thread of its own, so that nobody waits for it.
///
/// The browser gets none of xreq's variables, and no part of the terminal.
pub fn open(file: &Path, env: &Env) -> Opening {
    let (tell, failures) = unbounded_channel();
    let attempt =
        Attempt { candidates: candidates(env), file: file.to_owned(), env: env.clone(), tell };
    Opening { is_started: attempt.start(), failures }
}

/// Returns whether there is a program to ask for a browser.
pub fn is_known(env: &Env) -> bool {
    !candidates(env).is_empty()
}

/// A command that may open a browser, or one that cannot be understood.
type Candidate = Result<BrowserCommand, Unbalanced>;

fn candidates(env: &Env) -> Vec<Candidate> {
    if let Some(browsers) = env.get(VARIABLE).and_then(OsStr::to_str) {
        return BrowserCommand::list(browsers);
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
    programs.into_iter().map(|program| Ok(BrowserCommand::program_only(program))).collect()
}

/// The candidates that are left, and what they are to open.
struct Attempt {
    candidates: Vec<Candidate>,
    file: PathBuf,
    env: Env,
    tell: UnboundedSender<BrowserFailure>,
}

impl Attempt {
    /// Starts the first that can be started, and looks after it.
    fn start(mut self) -> bool {
        while !self.candidates.is_empty() {
            let command = match self.candidates.remove(0) {
                Ok(command) => command,
                Err(Unbalanced(text)) => {
                    self.say(format!("a quotation in `{text}` of `{VARIABLE}` does not end"));
                    continue;
                }
            };
            let name = Path::new(command.program()).file_name().unwrap_or_default();
            if OF_TERMINALS.iter().any(|known| name == *known) {
                self.say(format!("`{command}` needs the terminal, and was not started"));
                continue;
            }
            match self.spawn(&command) {
                Ok((child, words)) => {
                    // Where the system has no thread for it, nobody looks: it was started.
                    let _ = thread::Builder::new()
                        .spawn(move || self.look_after(child, words, &command));
                    return true;
                }
                Err(error) => self.say(format!("the browser `{command}` cannot be run: {error}")),
            }
        }
        false
    }

    fn say(&self, what: String) {
        // Once consent came, nobody listens.
        let _ = self.tell.send(BrowserFailure { what, is_last: self.candidates.is_empty() });
    }

    /// Starts a browser, and returns the stream of what it says on standard error.
    fn spawn(&self, command: &BrowserCommand) -> io::Result<(Child, PipeReader)> {
        // A Windows program knows the files of this system by another name.
        let is_of_windows = command.program().to_ascii_lowercase().ends_with(".exe");
        let distribution = self.env.get("WSL_DISTRO_NAME").and_then(OsStr::to_str);
        let url = opening::file_url(&self.file, distribution.filter(|_| is_of_windows));
        let words = command.with_url(&url);
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
        let (reader, writer) = words::pipe()?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(inherited(&self.env))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(writer)
            .process_group(0)
            .spawn();
        fcntl_setfd(&reader, FdFlags::CLOEXEC)?;
        Ok((child?, reader))
    }

    /// Waits a moment for the end of a browser; one that fails gives way to the next.
    fn look_after(self, mut child: Child, words: PipeReader, command: &BrowserCommand) {
        let (sender, receiver) = channel();
        let wait = move || sender.send(child.wait());
        // Where the system has no thread for it, nobody waits: it was started.
        if thread::Builder::new().spawn(wait).is_err() {
            return;
        }
        let ended = receiver.recv_timeout(PATIENCE);
        let why = match ended {
            Ok(Ok(status)) if !status.success() => how(status),
            _ => return,
        };
        let said = words::said(words);
        self.say(format!("the browser `{command}` failed ({why}){said}"));
        if !self.candidates.is_empty() {
            self.start();
        }
    }
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// The endings of the names of variables that hold tokens and secrets of clients: those of a
/// provider's file, and those that other tools use.
const SECRETS: [&str; 5] =
    ["_CLIENT_SECRET", "_ACCESS_TOKEN", "_ACCESS_TOKEN_SECRET", "_REFRESH_TOKEN", "_BEARER_TOKEN"];

/// Returns the variables that a browser inherits: none that it needs no more than an agent does.
fn inherited(env: &Env) -> impl Iterator<Item = (OsString, OsString)> {
    let is_kept = |name: &str| {
        !name.starts_with("XREQ_") && !SECRETS.iter().any(|secret| name.ends_with(secret))
    };
    env.iter()
        .filter(move |(name, _)| is_kept(&name.to_string_lossy()))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    const FILE: &str = "/a b/$(touch x)/%s;c.html";
    const URL: &str = "file:///a%20b/%24%28touch%20x%29/%25s%3Bc.html";

    /// The longest time that something may take that has to happen.
    const LONG: Duration = Duration::from_secs(20);

    fn env(vars: &[(&str, &str)]) -> Env {
        vars.iter().copied().collect()
    }

    /// Returns whether a browser was started, and what is told of those that failed.
    fn opened(env: &Env) -> (bool, Failures) {
        let opening = open(Path::new(FILE), env);
        (opening.is_started, Failures(opening.failures))
    }

    struct Failures(UnboundedReceiver<BrowserFailure>);

    impl Iterator for Failures {
        type Item = BrowserFailure;

        fn next(&mut self) -> Option<BrowserFailure> {
            self.0.blocking_recv()
        }
    }

    fn sentences(failures: Failures) -> Vec<String> {
        failures.map(|failure| failure.what).collect()
    }

    /// Returns the commands that would be tried.
    fn commands(vars: &[(&str, &str)]) -> Vec<String> {
        let shown = |candidate: Candidate| candidate.unwrap().with_url("URL").join(" ");
        candidates(&env(vars)).into_iter().map(shown).collect()
    }

    #[test]
    fn the_variable_names_the_browsers_and_otherwise_the_desktop_is_asked() {
        for (vars, expected) in [
            (&[("BROWSER", "firefox")][..], &["firefox URL"][..]),
            (&[("BROWSER", "a"), ("DISPLAY", ":0")], &["a URL"]),
            (&[("BROWSER", ""), ("DISPLAY", ":0")], &["xdg-open URL"]),
            (&[("WAYLAND_DISPLAY", "wayland-0")], &["xdg-open URL"]),
            (&[("WSL_DISTRO_NAME", "d"), ("DISPLAY", ":0")], &["wslview URL", "xdg-open URL"]),
        ] {
            assert_eq!(commands(vars), expected, "{vars:?}");
        }
        assert_eq!(is_known(&env(&[])), cfg!(target_os = "macos"));
    }

    /// Creates a folder with a program that is called `browser`, and tells when it has ended.
    fn with_browser(script: &str) -> (TempDir, String) {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("browser");
        fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display()))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        (folder, path)
    }

    /// Waits for a file that a browser writes as the last thing that it does.
    fn written(folder: &TempDir, name: &str) -> String {
        let path = folder.path().join(name);
        let began = std::time::Instant::now();
        while !path.exists() {
            assert!(began.elapsed() < LONG, "{name} is not written");
            thread::sleep(Duration::from_millis(5));
        }
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_browser_gets_the_file_and_nothing_of_ours() {
        let report = "printf '%s\\n' \"$@\" >arguments; env >environment
            exec 3>&1; readlink /proc/$$/fd/0 /proc/$$/fd/3 /proc/$$/fd/2 >streams
            cut -d' ' -f5 /proc/$$/stat >group; echo $$ >process.new; mv process.new process";
        let (folder, path) = with_browser(report);
        let env = env(&[
            ("BROWSER", "missing:browser a\tb"),
            ("PATH", &path),
            ("XREQ_IDENTITY", "canary"),
            ("LANG", "C"),
        ]);
        let (started, mut said) = opened(&env);
        assert!(started);
        let failure = said.next().unwrap();
        assert!(!failure.is_last);
        assert_eq!(
            failure.what,
            "the browser `missing` cannot be run: No such file or directory (os error 2)"
        );
        let process = written(&folder, "process");
        assert_eq!(written(&folder, "arguments"), format!("a\nb\n{URL}\n"));
        let streams = written(&folder, "streams");
        assert!(streams.starts_with(&format!("{}pipe:", "/dev/null\n".repeat(2))), "{streams}");
        assert_eq!(written(&folder, "group"), process);
        let environment = written(&folder, "environment");
        assert!(environment.contains("LANG=C") && !environment.contains("XREQ"), "{environment}");
        assert!(!folder.path().join("x").exists());
    }

    #[test]
    fn a_browser_that_fails_is_told_and_gives_way_to_the_next() {
        let script = "echo \"$1\" >>calls; printf 'no \\033 here\\n' >&2
            test \"$1\" = good && echo >done; test \"$1\" = good";
        let (folder, path) = with_browser(script);
        let browsers = "browser bad:browser good:browser late";
        let (started, said) = opened(&env(&[("PATH", &path), ("BROWSER", browsers)]));
        assert!(started);
        written(&folder, "done");
        assert_eq!(written(&folder, "calls"), "bad\ngood\n");
        let failure = BrowserFailure {
            what: "the browser `browser bad` failed (exit status 1): no   here".to_owned(),
            is_last: false,
        };
        assert_eq!(said.collect::<Vec<_>>(), [failure]);
        let browsers = "browser bad:missing";
        let (_, said) = opened(&env(&[("PATH", &path), ("BROWSER", browsers)]));
        let is_last: Vec<_> = said.map(|failure| failure.is_last).collect();
        assert_eq!(is_last, [false, true]);
    }

    #[test]
    fn a_browser_that_goes_on_is_one_and_nobody_waits_for_it() {
        let (folder, path) = with_browser("mkfifo wait; read line <wait; echo \"$line\" >wait");
        let (started, said) = opened(&env(&[("PATH", &path), ("BROWSER", "browser")]));
        assert!(started);
        drop(said);
        // It is still there, and ends now.
        let wait = folder.path().join("wait");
        fs::write(&wait, "done\n").unwrap();
        assert_eq!(fs::read_to_string(&wait).unwrap(), "done\n");
    }

    #[test]
    fn what_cannot_be_run_is_told_with_its_reason() {
        let (folder, path) = with_browser("");
        let plain = folder.path().join("plain file");
        fs::write(&plain, "").unwrap();
        for (browser, why) in [
            ("missing".to_owned(), "the browser `missing` cannot be run: No such file"),
            (plain.display().to_string(), "cannot be run: Permission denied"),
            ("lynx -x".to_owned(), "`lynx -x` needs the terminal"),
            ("\"browser".to_owned(), "a quotation in `\"browser` of `BROWSER` does not end"),
        ] {
            let (started, said) = opened(&env(&[("PATH", &path), ("BROWSER", &browser)]));
            assert!(!started, "{browser}");
            let said = sentences(said);
            assert!(said.len() == 1 && said[0].contains(why), "{said:?}");
        }
        assert!(!opened(&env(&[("PATH", &path), ("BROWSER", " : ")])).0);
    }

    #[test]
    fn windows_programs_get_the_name_that_windows_has_for_the_file() {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("Program Files");
        fs::create_dir(&program).unwrap();
        let (program, seen) = (program.join("b.exe"), folder.path().join("seen"));
        let script =
            format!("#!/bin/sh\nprintf %s \"$1\" >'{0}.new'; mv '{0}.new' '{0}'\n", seen.display());
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let browser = program.display().to_string();
        let vars =
            [("PATH", "/usr/bin:/bin"), ("BROWSER", &browser), ("WSL_DISTRO_NAME", "Ubuntu")];
        assert!(opened(&env(&vars)).0);
        let expected = URL.replacen("file:///", "file://wsl.localhost/Ubuntu/", 1);
        assert_eq!(written(&folder, "seen"), expected);
    }
}
