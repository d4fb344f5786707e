//! A home, a provider and an account for the story, as they are before it begins.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::remains::Remains;
use crate::app::context::Context;
use crate::app::sandbox_home;
use crate::app::sandbox_home::KnownSandbox;
use crate::error::{Code, Error, Result};
use crate::sandbox::{Options, Sandbox};

/// Lifetime of the sandbox's access tokens, in seconds. Those of X live two hours.
const LIFE: u64 = 3;

/// The files of the working folder.
const FILES: [(&str, &str); 4] = [
    ("xreq.yaml", include_str!("xreq.yaml")),
    ("pull-request.yaml", include_str!("pull-request.yaml")),
    ("reader.yaml", include_str!("reader.yaml")),
    ("agent", include_str!("agent.sh")),
];

/// The programs and folders of the story.
pub(super) struct Stage<'a> {
    remains: Remains,
    context: &'a Context,
    /// Variables of the commands beside those that this process inherited.
    vars: Vec<(&'static str, OsString)>,
    /// It serves for as long as this is there.
    _sandbox: Sandbox,
}

impl<'a> Stage<'a> {
    /// Sets the stage: a store, a sandbox, and an account that granted too little.
    pub(super) fn set(context: &'a Context) -> Result<Self> {
        let remains = Remains::new().map_err(failed)?;
        for (name, content) in FILES {
            fs::write(remains.folder().join(name), content).map_err(failed)?;
        }
        let agent = remains.folder().join("agent");
        fs::set_permissions(agent, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let bin = remains.folder().join("bin");
        let program = std::env::current_exe().map_err(failed)?;
        fs::create_dir(&bin).and_then(|()| symlink(program, bin.join("xreq"))).map_err(failed)?;
        let path = path_with(bin, context.env.get("PATH"))?;
        let redirect_uri = format!("http://127.0.0.1:{}/callback", free_port()?);
        let sandbox = Sandbox::start(Options { expires_in: LIFE, ..Options::default() })?;
        sandbox.control().add_redirect_uri(&redirect_uri);
        let known = KnownSandbox::of(&sandbox, sandbox.client()).redirecting_to(Some(redirect_uri));
        let vars = vec![
            ("PATH", path),
            ("HOME", remains.folder().into()),
            ("XREQ_HOME", remains.folder().join("home").into()),
            ("XDG_RUNTIME_DIR", remains.folder().into()),
            ("BROWSER", "xreq sandbox approve %s".into()),
            ("CLICOLOR_FORCE", "1".into()),
            ("X_API_BASE_URL", sandbox.base_url().into()),
        ];
        let stage = Self { remains, context, vars, _sandbox: sandbox };
        let (home, env) = (stage.remains.folder().join("home"), stage.variables().collect());
        sandbox_home::prepare(&home, vec![known], &env, context)?;
        stage.plays("xreq connect x x.tweet.read", 0)?;
        Ok(stage)
    }

    /// Runs a command as it is typed, and returns what it printed.
    pub(super) fn plays(&self, typed: &str, expected: i32) -> Result<String> {
        let mut command = self.command();
        command.args(["-c", typed]);
        let (mut reader, writer) = io::pipe().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(failed)?).stderr(writer);
        let mut child = self.remains.start(&mut command).map_err(failed)?;
        // These ends of the pipe are the child's alone.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut printed = Vec::new();
        reader.read_to_end(&mut printed).map_err(failed)?;
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let status = self.remains.wait(&mut child).map_err(failed)?;
        if status.code() != Some(expected) {
            let message = format!("`{typed}` ended with {status}: {printed}");
            return Err(Error::new(Code::DemoFailed, message));
        }
        Ok(printed)
    }

    /// Returns a shell in the working folder.
    fn command(&self) -> Command {
        let mut command = Command::new("sh");
        command.current_dir(self.remains.folder()).env_clear().envs(self.variables());
        command
    }

    /// Returns the variables of the commands.
    fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let is_set = |name: &OsStr| self.vars.iter().any(|(set, _)| *set == name);
        let inherited = self.context.env.iter();
        let inherited = inherited.filter(move |(name, _)| keeps(name) && !is_set(name));
        inherited.chain(self.vars.iter().map(|(name, value)| (OsStr::new(name), value.as_os_str())))
    }
}

/// Returns whether a variable is inherited. The story must not depend on what the user has set for xreq,
/// see a token of theirs, or reach their folders and their network.
fn keeps(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    let begins = ["XREQ_", "X_", "XDG_"].iter().any(|prefix| name.starts_with(prefix));
    !begins && !name.ends_with("_PROXY") && name != "NO_COLOR"
}

/// Returns the search path, on which a folder comes first.
fn path_with(folder: PathBuf, path: Option<&OsStr>) -> Result<OsString> {
    let others = path.map(std::env::split_paths).into_iter().flatten();
    std::env::join_paths(std::iter::once(folder).chain(others))
        .map_err(|error| failed(io::Error::other(error)))
}

/// Finds a port of the loopback interface that nobody listens on now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    listener.local_addr().map(|address| address.port()).map_err(failed)
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: io::Error) -> Error {
    Error::new(Code::DemoFailed, format!("the demo cannot go on: {error}"))
        .with_hint("it needs a folder for temporary files (TMPDIR) and the loopback interface")
}
