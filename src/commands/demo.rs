//! `xreq demo`: the whole way, in a throw-away home, with no account and no network.
//!
//! The demo types the commands that a user would type: it starts this very program again, in a
//! home of its own, and shows what it prints.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Context;
use crate::error::{Code, Error, Exit, Result};

const MANIFEST: &str = include_str!("demo.yaml");

/// What the agent of the demo is. It shows that it got a token, and not which.
const AGENT: &str = r#"echo "agent: X_ACCESS_TOKEN has ${#X_ACCESS_TOKEN} characters"
echo "agent: X_ACCESS_TOKEN_EXPIRES_AT is $X_ACCESS_TOKEN_EXPIRES_AT"
echo "agent: XREQ_INTEGRATIONS is $XREQ_INTEGRATIONS"
echo "agent: X_REFRESH_TOKEN is ${X_REFRESH_TOKEN:-not here}""#;

pub(super) fn run(context: &Context) -> Result<Exit> {
    let folder = tempfile::Builder::new().prefix("xreq-demo-").tempdir().map_err(failed)?;
    let demo = Demo {
        program: std::env::current_exe().map_err(failed)?,
        folder: folder.path().to_owned(),
        context,
    };
    fs::write(demo.folder.join("xreq.yaml"), MANIFEST).map_err(failed)?;
    fs::write(demo.folder.join("agent.sh"), format!("{AGENT}\n")).map_err(failed)?;

    demo.say("An app declares what it needs:")?;
    demo.print(&format!("{}\n", indented(MANIFEST)))?;
    demo.say("A store to keep grants in, sealed with age, in a folder that goes away again:")?;
    demo.xreq(&["init"], None, 0)?;
    demo.say("What do these keys mean?")?;
    demo.xreq(&["explain"], None, 0)?;
    demo.say("A token that may read, but not write. (It is made up: the demo has no account.)")?;
    demo.import("tweet.read users.read")?;
    demo.say("Does it cover the manifest? It does not, and xreq says so before the launch:")?;
    demo.xreq(&["check"], None, 1)?;
    demo.say("The fix: a grant that has the missing scope.")?;
    demo.import("tweet.read tweet.write users.read")?;
    demo.xreq(&["check"], None, 0)?;
    demo.say("Now the agent gets what it declared, and nothing else:")?;
    demo.xreq(&["run", "--", "sh", "agent.sh"], None, 0)?;
    demo.say("Done. Next: `xreq init` in your project, then `xreq --help`.")?;
    Ok(Exit::Done)
}

struct Demo<'a> {
    program: PathBuf,
    folder: PathBuf,
    context: &'a Context,
}

impl Demo<'_> {
    fn say(&self, text: &str) -> Result<()> {
        self.print(&format!("\x1b[1m# {text}\x1b[0m\n"))
    }

    fn print(&self, text: &str) -> Result<()> {
        self.context.terminal.print(text)
    }

    /// A grant with these scopes, from the answer that a token endpoint would give.
    fn import(&self, scopes: &str) -> Result<()> {
        let response = format!(
            r#"{{"token_type":"bearer","expires_in":7200,"access_token":"demo-access-token","refresh_token":"demo-refresh-token","scope":"{scopes}"}}"#
        );
        self.xreq(&["import", "x", "-"], Some(&response), 0)
    }

    /// Shows a command and what it prints. Its exit status is part of the show, and must be the one
    /// that the story needs.
    fn xreq(&self, arguments: &[&str], input: Option<&str>, expected: i32) -> Result<()> {
        let typed = arguments.join(" ");
        let pipe = if input.is_some() { "… | " } else { "" };
        self.print(&format!("\x1b[32m$\x1b[0m {pipe}xreq {typed}\n"))?;
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.context.env.iter().filter(|(name, _)| keeps(name)))
            .env("XREQ_HOME", Path::new("home"))
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .spawn()
            .map_err(failed)?;
        if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(text.as_bytes()).map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        if status.code() != Some(expected) {
            let message = format!("`xreq {typed}` ended with {status}");
            return Err(Error::new(Code::DemoFailed, message));
        }
        let end = if expected == 0 { String::new() } else { format!("(exit status {expected})\n") };
        self.print(&format!("{end}\n"))
    }
}

/// The demo must not depend on what the user has set for xreq, or see a token of theirs.
fn keeps(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with("XREQ_") && !name.starts_with("X_")
}

fn indented(text: &str) -> String {
    format!("    {}\n", text.trim_end().replace('\n', "\n    "))
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: std::io::Error) -> Error {
    Error::new(Code::OutputFailed, format!("the demo cannot go on: {error}"))
        .with_hint("it needs a folder for temporary files: set TMPDIR to one")
}
