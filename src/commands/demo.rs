//! `xreq demo`: the whole way, in a throw-away home, with no account and no network. It is long, since
//! it is one story.
//!
//! The demo types the commands that a user would type: it starts this very program again, in a
//! home of its own, and shows what it prints. The provider is the sandbox, the account's owner
//! `xreq sandbox approve`, and the agent a script of two lines.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::app::context::Context;
use crate::error::{Code, Error, Exit, Result};
use crate::terminal::Terminal;

const MANIFEST: &str = include_str!("demo.yaml");

/// Lifetime of the sandbox's access tokens, in seconds. X's live two hours.
const LIFE: u64 = 5;

/// The agent of the demo. It shows that it got a token, and not which.
const AGENT: &str = r#"echo "agent: my token has ${#X_ACCESS_TOKEN} characters and dies at $X_ACCESS_TOKEN_EXPIRES_AT"
echo "agent: I may use $XREQ_INTEGRATIONS; refresh token: ${X_REFRESH_TOKEN:-not here}"
xreq sandbox post "Good morning!"
"#;

pub(super) fn run(context: &Context, terminal: &Terminal) -> Result<Exit> {
    let folder = tempfile::Builder::new().prefix("xreq-demo-").tempdir().map_err(failed)?;
    let mut demo = Demo::new(folder.path().to_owned(), context, terminal)?;
    fs::write(demo.folder.join("xreq.yaml"), MANIFEST).map_err(failed)?;
    fs::write(demo.folder.join("agent.sh"), AGENT).map_err(failed)?;

    demo.say("An app declares what it needs:")?;
    demo.print(&format!("{}\n", indented(MANIFEST)))?;
    demo.say("A provider in the shape of X, on this machine; its tokens live five seconds here:")?;
    let sandbox = demo.start_sandbox()?;
    demo.say("A store to keep grants in, sealed with age, in a folder that goes away again:")?;
    demo.xreq(&["init"], 0)?;
    demo.say("What do these keys mean?")?;
    demo.xreq(&["explain"], 0)?;
    demo.say("The user's own app at the provider: its id, and its secret from a pipe.")?;
    demo.set_client(&sandbox)?;
    demo.say("The account's owner is asked, and takes out what lets the app write:")?;
    demo.browser("--only tweet.read --only users.read --only offline.access");
    demo.xreq(&["connect", "x"], 1)?;
    demo.say("Such an agent is not launched: a requirement is unmet.")?;
    let launch = ["run", "--min-ttl", "1s", "--", "sh", "agent.sh"];
    demo.xreq(&launch, 125)?;
    demo.say("Asked again, for all of it, the owner consents:")?;
    demo.browser("");
    demo.xreq(&["connect", "x"], 0)?;
    demo.xreq(&["check", "--min-ttl", "1s"], 0)?;
    demo.say("The agent gets what it declared, nothing else, and posts:")?;
    demo.xreq(&launch, 0)?;
    demo.say("Some time later its token has expired …")?;
    thread::sleep(Duration::from_secs(LIFE));
    demo.xreq(&["status", "--within", "1h"], 0)?;
    demo.say("… and the next launch refreshes it first:")?;
    demo.xreq(&launch, 0)?;
    demo.say("The end: revoked at the provider, then removed here.")?;
    demo.xreq(&["disconnect", "x"], 0)?;
    demo.say("Done. Next: `xreq init` in your project, then `xreq --help`.")?;
    Ok(Exit::Done)
}

struct Demo<'a> {
    program: PathBuf,
    folder: PathBuf,
    context: &'a Context,
    terminal: &'a Terminal,
    /// Variables of the commands beside those that this process inherited.
    vars: Vec<(&'static str, OsString)>,
    redirect_uri: String,
}

/// The sandbox, until this is dropped.
struct Sandbox {
    child: Child,
    client_id: String,
    client_secret: String,
}

impl<'a> Demo<'a> {
    fn new(folder: PathBuf, context: &'a Context, terminal: &'a Terminal) -> Result<Self> {
        let program = std::env::current_exe().map_err(failed)?;
        let home = folder.join("home").into_os_string();
        let path = path_with(&program, context.env.get("PATH"))?;
        let vars = vec![("XREQ_HOME", home), ("PATH", path)];
        let redirect_uri = format!("http://127.0.0.1:{}/callback", free_port()?);
        Ok(Self { program, folder, context, terminal, vars, redirect_uri })
    }

    fn say(&self, text: &str) -> Result<()> {
        self.print(&format!("\x1b[1m# {text}\x1b[0m\n"))
    }

    fn print(&self, text: &str) -> Result<()> {
        self.terminal.print_styled(text)
    }

    /// Sets the browser to a command that decides in this way.
    fn browser(&mut self, decision: &str) {
        self.vars.retain(|(name, _)| *name != "BROWSER");
        self.vars.push(("BROWSER", format!("xreq sandbox approve %s {decision}").into()));
    }

    fn start_sandbox(&mut self) -> Result<Sandbox> {
        let seconds = LIFE.to_string();
        let arguments = ["sandbox", "--port", "0", "--expires-in", &seconds, "--home", "home"];
        self.print(&format!("\x1b[32m$\x1b[0m xreq {} &\n", arguments.join(" ")))?;
        let mut command = self.command(&arguments);
        command.args(["--redirect-uri", &self.redirect_uri]).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut sandbox = Sandbox { child, client_id: String::new(), client_secret: String::new() };
        let mut base_url = None;
        let mut lines = output.lines();
        while sandbox.client_secret.is_empty() {
            let Some(line) = lines.next().transpose().map_err(failed)? else {
                return Err(Error::new(Code::DemoFailed, "the sandbox did not start"));
            };
            let exported =
                |name| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('=');
            let unquoted = |text: &str| text.trim_matches('\'').to_owned();
            if let Some(id) = exported("X_CLIENT_ID") {
                sandbox.client_id = unquoted(id);
            } else if let Some(secret) = exported("X_CLIENT_SECRET") {
                sandbox.client_secret = unquoted(secret);
            }
            base_url.get_or_insert(line);
        }
        let base_url = base_url.expect("it printed lines");
        self.print(&format!("{base_url}\n\n"))?;
        self.vars.push(("X_API_BASE_URL", base_url.into()));
        // What it prints from now on is read by nobody; it must not wait for that.
        thread::Builder::new().spawn(move || lines.for_each(drop)).map_err(failed)?;
        Ok(sandbox)
    }

    fn set_client(&self, sandbox: &Sandbox) -> Result<()> {
        let id = sandbox.client_id.as_str();
        let arguments = ["client", "set", "x", "--id", id, "--redirect-uri", &self.redirect_uri];
        self.print(&format!("\x1b[32m$\x1b[0m … | xreq {}\n", arguments.join(" ")))?;
        let mut child = self.command(&arguments).stdin(Stdio::piped()).spawn().map_err(failed)?;
        let mut stdin = child.stdin.take().expect("it is a pipe");
        stdin.write_all(sandbox.client_secret.as_bytes()).map_err(failed)?;
        drop(stdin);
        self.ended(&arguments, &mut child, 0)
    }

    /// Shows a command and what it prints. Its exit status is part of the show, and must be the one
    /// that the story needs.
    fn xreq(&self, arguments: &[&str], expected: i32) -> Result<()> {
        self.print(&format!("\x1b[32m$\x1b[0m xreq {}\n", arguments.join(" ")))?;
        let mut child = self.command(arguments).spawn().map_err(failed)?;
        self.ended(arguments, &mut child, expected)
    }

    fn ended(&self, arguments: &[&str], child: &mut Child, expected: i32) -> Result<()> {
        let status = child.wait().map_err(failed)?;
        if status.code() != Some(expected) {
            let message = format!("`xreq {}` ended with {status}", arguments.join(" "));
            return Err(Error::new(Code::DemoFailed, message));
        }
        let end = if expected == 0 { String::new() } else { format!("(exit status {expected})\n") };
        self.print(&format!("{end}\n"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.context.env.iter().filter(|(name, _)| keeps(name)))
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns whether a variable is inherited. The demo must not depend on what the user has set for xreq,
/// or see a token of theirs.
fn keeps(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with("XREQ_") && !name.starts_with("X_")
}

/// Returns the search path, on which this very program is the first one called `xreq`.
fn path_with(program: &std::path::Path, path: Option<&OsStr>) -> Result<OsString> {
    let folder = program.parent().map(PathBuf::from).unwrap_or_default();
    let others = path.map(std::env::split_paths).into_iter().flatten();
    std::env::join_paths(std::iter::once(folder).chain(others))
        .map_err(|error| failed(io::Error::other(error)))
}

/// Finds a port of the loopback interface that nobody listens on now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    listener.local_addr().map(|address| address.port()).map_err(failed)
}

fn indented(text: &str) -> String {
    format!("    {}\n", text.trim_end().replace('\n', "\n    "))
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: io::Error) -> Error {
    Error::new(Code::DemoFailed, format!("the demo cannot go on: {error}"))
        .with_hint("it needs a folder for temporary files (TMPDIR) and the loopback interface")
}
