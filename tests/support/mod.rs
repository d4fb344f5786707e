//! What the tests share: a home for the binary under test, and stand-ins for what is around it.

pub mod chromium;
pub mod git;
pub mod http;
pub mod machine;
pub mod node;
pub mod provider;
pub mod pty;
pub mod random;
pub mod service_account;
pub mod stored;
pub mod systemd;
pub mod trace;
pub mod wait;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

/// The binary under test.
pub const XREQ: &str = env!("CARGO_BIN_EXE_xreq");

/// The whole program, which has to lie beside it.
pub const XREQ_MAIN: &str = env!("CARGO_BIN_EXE_xreq-main");

/// The scopes that cover posting and reading on X.
pub const SCOPES: &str = "tweet.read tweet.write users.read";

/// A throw-away folder that an isolated agent finds where it is: temporary folders are its own, and the
/// project may have been built in one.
pub fn lasting_folder() -> TempDir {
    let built = env!("CARGO_TARGET_TMPDIR");
    let places = if is_temporary(built) { vec!["/srv", "/opt", "/var/lib"] } else { vec![built] };
    let made = places.into_iter().find_map(|place| TempDir::new_in(place).ok());
    made.expect("there is a folder that is not temporary and can be written")
}

/// Whether a path lies in a folder in whose place an isolated agent has its own.
pub fn is_temporary(path: &str) -> bool {
    ["/tmp/", "/var/tmp/"].iter().any(|folder| path.starts_with(folder))
}

/// A throw-away home, in which the binary under test runs with an environment of its own.
pub struct Home {
    folder: TempDir,
    vars: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// A home in which nothing was done yet.
    pub fn empty() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        Self { folder, vars: Vec::new() }
    }

    /// A home after `xreq init`, in which `xreq.yaml` is the manifest.
    pub fn with_manifest(manifest: &str) -> Self {
        let home = Self::empty();
        home.initialise(manifest);
        home
    }

    /// A home on a file system in memory, where there is one: there, to write costs nothing.
    pub fn in_memory() -> Self {
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        Self { folder: folder.expect("a temporary folder can be made"), vars: Vec::new() }
    }

    /// Runs `xreq init`, with this as the manifest.
    pub fn initialise(&self, manifest: &str) {
        self.write("xreq.yaml", manifest);
        self.xreq(&["init"]).succeeds();
    }

    /// Sets a variable for all commands in this home.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The working folder of the commands.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that is `$XREQ_HOME`.
    pub fn store(&self) -> PathBuf {
        self.path().join("home")
    }

    /// The file of a grant of X.
    pub fn grant(&self, account: &str) -> PathBuf {
        self.store().join("grants/x").join(format!("{account}.json"))
    }

    /// Writes a program in the working folder, and answers where it is.
    ///
    /// A file that this process has open for writing could not be executed while another test starts
    /// a process, which has it open too for a moment. So another process writes it.
    pub fn write_program(&self, name: &str, script: &str) -> PathBuf {
        self.write(name, "");
        let path = self.path().join(name);
        let mut writer = self.program("sh");
        writer.args(["-c", "printf %s \"$1\" >\"$0\" && chmod 755 \"$0\""]).arg(&path).arg(script);
        assert!(writer.status().expect("a shell").success());
        path
    }

    /// Writes a file in the working folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(path, content).expect("the working folder can be written");
    }

    /// The binary under test, in this home, with nothing of the caller's environment but `PATH`.
    pub fn command(&self) -> Command {
        self.program(XREQ)
    }

    /// Another program, with what the binary under test gets.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("XREQ_HOME", self.store())
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary under test.
    pub fn xreq(&self, args: &[&str]) -> Ran {
        Ran::of(self.command().args(args))
    }

    /// Runs the binary under test with a text on standard input.
    pub fn xreq_with(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        Ran::with_input(self.command().args(args), input.as_ref())
    }

    /// Stores a grant of X with these scopes, which lives two hours.
    pub fn import(&self, token: &str, scopes: &str) {
        let args = ["import", "x", "--scopes", scopes, "--expires-in", "7200", "-"];
        self.xreq_with(&args, token).succeeds();
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().expect("the command can be started").into()
    }

    /// Runs a command to its end with a text on standard input.
    pub fn with_input(command: &mut Command, input: &[u8]) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("the command can be started");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        // A command that fails early does not read its input.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().expect("the command ends").into()
    }

    /// Asserts that the command succeeded.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.status.code(),
            Some(code),
            "{}\n--- standard output\n{}\n--- standard error\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Asserts that standard error has a text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
        self
    }

    /// Asserts that standard output has a text.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no {text:?} in\n{}", self.stdout);
        self
    }

    /// Asserts that standard error has nothing but the command that comes next.
    #[track_caller]
    pub fn says_no_more_than_next(self) -> Self {
        assert!(self.stderr.lines().all(|line| line.starts_with("next")), "{}", self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Asserts that a value conforms to a published schema.
#[track_caller]
pub fn conforms(schema: &str, value: &serde_json::Value) {
    let path = format!("{}/schemas/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the schema is published");
    let schema = serde_json::from_str(&text).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{value:#}");
}
