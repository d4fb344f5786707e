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

/// How the names of variables end that hold tokens and secrets of clients: those of a provider's
/// file, and those that other tools use.
const SECRETS: [&str; 5] =
    ["_CLIENT_SECRET", "_ACCESS_TOKEN", "_ACCESS_TOKEN_SECRET", "_REFRESH_TOKEN", "_BEARER_TOKEN"];

/// What a browser needs no more than an agent does is not passed on.
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

    const URL: &str = "https://example.com/?a=$(touch+x)&b=%s;c";

    fn env(vars: &[(&str, &str)]) -> Env {
        vars.iter().copied().collect()
    }

    /// The commands that would be tried.
    fn commands(vars: &[(&str, &str)]) -> Vec<String> {
        candidates(&env(vars)).iter().map(|candidate| candidate.for_url("URL").join(" ")).collect()
    }

    #[test]
    fn the_variable_names_the_browsers_and_otherwise_the_desktop_is_asked() {
        for (vars, expected) in [
            (&[("BROWSER", "firefox")][..], &["firefox URL"][..]),
            (&[("BROWSER", "a --url=%s -x: : b")], &["a --url=URL -x", "b URL"]),
            (&[("BROWSER", "a"), ("DISPLAY", ":0")], &["a URL"]),
            (&[("BROWSER", "/usr/bin/w3m:lynx %s:b")], &["b URL"]),
            (&[("BROWSER", ""), ("DISPLAY", ":0")], &["xdg-open URL"]),
            (&[("WAYLAND_DISPLAY", "wayland-0")], &["xdg-open URL"]),
            (&[("WSL_DISTRO_NAME", "d"), ("DISPLAY", ":0")], &["wslview URL", "xdg-open URL"]),
        ] {
            assert_eq!(commands(vars), expected, "{vars:?}");
        }
        assert_eq!(commands(&[]).is_empty(), cfg!(not(target_os = "macos")));
    }

    /// A folder with a program that is called `browser`.
    fn with_browser(script: &str) -> (TempDir, String) {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("browser");
        fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display()))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        (folder, path)
    }

    #[test]
    fn the_browser_gets_the_url_and_nothing_of_ours() {
        let report = "printf '%s\\n' \"$@\" >arguments; env >environment
            exec 3>&1; readlink /proc/$$/fd/0 /proc/$$/fd/3 /proc/$$/fd/2 >streams
            cut -d' ' -f5 /proc/$$/stat >group; echo $$ >process";
        let (folder, path) = with_browser(report);
        let env = env(&[
            ("BROWSER", "missing:browser a\tb"),
            ("PATH", &path),
            ("XREQ_IDENTITY", "canary"),
            ("LANG", "C"),
        ]);
        assert!(may_exist(&env));
        assert!(open(URL, &env));
        let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(written("arguments"), format!("a\nb\n{URL}\n"));
        assert_eq!(written("streams"), "/dev/null\n".repeat(3));
        assert_eq!(written("group"), written("process"));
        let environment = written("environment");
        assert!(environment.contains("LANG=C") && !environment.contains("XREQ"), "{environment}");
        assert!(!folder.path().join("x").exists());
    }

    #[test]
    fn a_browser_that_fails_gives_way_to_the_next() {
        let (folder, path) = with_browser("echo \"$1\" >>calls; test \"$1\" = good");
        let calls = || fs::read_to_string(folder.path().join("calls")).unwrap();
        assert!(open(
            URL,
            &env(&[("PATH", &path), ("BROWSER", "browser bad:browser good:browser late")])
        ));
        assert_eq!(calls(), "bad\ngood\n");
        assert!(!open(URL, &env(&[("PATH", &path), ("BROWSER", "browser bad:missing")])));
    }

    #[test]
    fn a_browser_that_goes_on_is_one() {
        let (folder, path) = with_browser("mkfifo wait; read line <wait; echo \"$line\" >wait");
        assert!(open(URL, &env(&[("PATH", &path), ("BROWSER", "browser")])));
        // It is still there, and ends now.
        let wait = folder.path().join("wait");
        fs::write(&wait, "done\n").unwrap();
        assert_eq!(fs::read_to_string(&wait).unwrap(), "done\n");
    }

    #[test]
    fn without_a_program_there_is_no_browser() {
        let (folder, path) = with_browser("");
        let is_there = |browser: &str| may_exist(&env(&[("PATH", &path), ("BROWSER", browser)]));
        assert!(is_there("browser"));
        assert!(is_there(&format!("missing:{}", folder.path().join("browser").display())));
        for browser in ["missing", "lynx", "/missing/browser", " : "] {
            assert!(!is_there(browser), "{browser}");
            assert!(!open(URL, &env(&[("PATH", &path), ("BROWSER", browser)])), "{browser}");
        }
    }
}
