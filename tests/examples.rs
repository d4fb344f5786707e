//! Every example, run by `xreq run` against the sandbox.
//!
//! Where the interpreter or the library of an example is not installed, its tests print why and
//! do nothing; with `XREQ_TEST_REQUIRE=all` they fail. `tests/python/setup` makes the environment
//! of the Python examples; `XREQ_TEST_PYTHON` names another interpreter, by its absolute path.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault, Options, Sandbox, fingerprint};

use crate::support::machine;

/// An example: its folder and the command that runs its agent.
struct Example {
    folder: PathBuf,
    command: Vec<OsString>,
}

impl Example {
    fn post_tweet() -> Option<Self> {
        Self::new("post-tweet", &machine::python(), "agent.py", &["-c", "import tweepy"])
    }

    fn dm_reader() -> Option<Self> {
        Self::new("dm-reader", &machine::python(), "agent.py", &["-c", "import xdk"])
    }

    fn whoami_node() -> Option<Self> {
        Self::new("whoami-node", "node".as_ref(), "agent.mjs", &["-e", "fetch.call"])
    }

    fn post_shell() -> Option<Self> {
        Self::new("post-shell", "sh".as_ref(), "agent.sh", &["-c", "curl --version"])
    }

    /// The example, or nothing where its interpreter, given these arguments, does not succeed.
    fn new(name: &str, interpreter: &OsStr, agent: &str, probe: &[&str]) -> Option<Self> {
        let probed = clean(interpreter, &env::temp_dir()).args(probe).output();
        if !probed.is_ok_and(|output| output.status.success()) {
            let reason = format!("{name}: `{} {}` fails", interpreter.display(), probe.join(" "));
            let required = env::var_os("XREQ_TEST_REQUIRE").is_some_and(|value| value == "all");
            assert!(!required, "{reason}");
            println!("skipped {reason}");
            return None;
        }
        let folder = repository().join("examples").join(name);
        let command = vec![interpreter.to_owned(), folder.join(agent).into()];
        Some(Self { folder, command })
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("xreq.yaml")
    }
}

/// A sandbox, and a home with a grant of alice's.
struct Stage {
    home: tempfile::TempDir,
    sandbox: Sandbox,
    token: String,
}

impl Stage {
    fn with_scopes(scopes: &str) -> Self {
        let sandbox = Sandbox::start(Options::default()).expect("a free port");
        let issued = sandbox.control().issue_grant("alice", &ScopeSet::parse(scopes));
        let home = tempfile::tempdir().expect("a temporary folder");
        let token = issued.access_token.expose_secret().to_owned();
        let stage = Self { home, sandbox, token };
        fs::create_dir(stage.app()).expect("a folder for the app");
        run(stage.xreq().arg("init"), "");
        run(stage.xreq().args(["import", "x", "-"]), issued.response.expose_secret());
        stage
    }

    fn app(&self) -> PathBuf {
        self.home.path().join("app")
    }

    fn xreq(&self) -> Command {
        let mut xreq = clean(env!("CARGO_BIN_EXE_xreq"), self.home.path());
        xreq.env("XREQ_HOME", self.home.path().join("xreq")).current_dir(self.app());
        xreq
    }

    /// `xreq run` of an example, which finds X's API at the sandbox.
    fn launch(&self, example: &Example, arguments: &[&str]) -> Output {
        let mut xreq = self.xreq();
        xreq.env("X_API_BASE_URL", self.sandbox.base_url()).arg("run").arg("--manifest");
        xreq.arg(example.manifest()).arg("--").args(&example.command).args(arguments);
        xreq.output().expect("the output of xreq")
    }

    /// What the agent printed, of which nothing may hold the token.
    #[track_caller]
    fn printed(&self, output: &Output) -> String {
        let (stdout, stderr) = (stdout(output), stderr(output));
        assert!(output.status.success(), "{}: {stderr}", output.status);
        let token = self.token.as_str();
        assert!(!stdout.contains(token) && !stderr.contains(token), "{stdout}{stderr}");
        stdout
    }

    /// The requests as `METHOD path`, all of them with the token that xreq handed over.
    #[track_caller]
    fn calls(&self) -> Vec<String> {
        let (log, token) = (self.sandbox.control().log(), fingerprint(&self.token));
        assert!(log.iter().all(|call| call.presented.as_ref() == Some(&token)), "{log:?}");
        log.iter().map(|call| format!("{} {}", call.method, call.path)).collect()
    }

    /// The texts of the posts that were made.
    fn posts(&self) -> Vec<String> {
        self.sandbox.control().posts().into_iter().map(|post| post.text).collect()
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program in an environment that holds nothing of the one that runs the tests.
fn clean(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("PATH", env::var_os("PATH").unwrap_or_default());
    command.current_dir(home);
    command
}

/// Runs a command that has to succeed.
fn run(command: &mut Command, stdin: &str) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("xreq starts");
    // A command that does not read is judged by its status.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("the output of xreq");
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Without one of its scopes an example is not launched: xreq names the scope, X hears nothing.
#[track_caller]
fn is_not_launched(example: &Example, granted: &str, missing: &str) {
    let stage = Stage::with_scopes(granted);
    let output = stage.launch(example, &["a text"]);
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains(missing), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(stage.calls().is_empty());
}

/// Started by hand, an example says in one line how it wants to be started.
#[track_caller]
fn asks_for_xreq(example: &Example) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = clean(&example.command[0], home.path())
        .args(&example.command[1..])
        .arg("a text")
        .output()
        .expect("the output of the agent");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("`xreq run -- "), "{}", stderr(&output));
}

#[test]
fn post_tweet_posts_with_tweepy() {
    let Some(example) = Example::post_tweet() else { return };
    let stage = Stage::with_scopes("tweet.read tweet.write users.read");
    let output = stage.launch(&example, &["Grüße 👋"]);
    let posts = stage.sandbox.control().posts();
    let printed = stage.printed(&output);
    assert_eq!(posts.len(), 1);
    assert_eq!(printed, format!("posted https://x.com/i/status/{}\n", posts[0].id));
    assert_eq!(stage.calls(), ["POST /2/tweets"]);
    assert_eq!((posts[0].author.as_str(), posts[0].text.as_str()), ("alice", "Grüße 👋"));
}

#[test]
fn post_tweet_needs_its_scopes() {
    let Some(example) = Example::post_tweet() else { return };
    is_not_launched(&example, "tweet.read users.read", "tweet.write");
    asks_for_xreq(&example);
}

#[test]
fn post_tweet_reports_a_refusal() {
    let Some(example) = Example::post_tweet() else { return };
    let stage = Stage::with_scopes("tweet.read tweet.write users.read");
    stage.sandbox.control().revoke_by_user("alice");
    let output = stage.launch(&example, &["hello"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).ends_with("post-tweet: X answered 401 Unauthorized\n"));
    stage.sandbox.control().fault(Endpoint::Api, Fault::status(503), 1);
    let output = stage.launch(&example, &["hello"]);
    assert!(stderr(&output).ends_with("post-tweet: X answered 503 Service Unavailable\n"));
}

#[test]
fn dm_reader_reads_and_answers_with_the_xdk() {
    let Some(example) = Example::dm_reader() else { return };
    let stage = Stage::with_scopes("dm.read dm.write tweet.read users.read");
    let output = stage.launch(&example, &["yes"]);
    assert_eq!(
        stage.printed(&output),
        "@alice: one moment\n@bob: are you there? 👋\n@carol: hello\nanswered 1002\n"
    );
    let sent = "POST /2/dm_conversations/with/1002/messages";
    assert_eq!(stage.calls(), ["GET /2/dm_events", "GET /2/users/me", sent]);
    let query = stage.sandbox.control().log()[0].query.clone().unwrap_or_default();
    assert!(query.contains("max_results=20"), "{query}");
    let messages = stage.sandbox.control().messages();
    assert_eq!((messages.len(), messages[0].text.as_str()), (1, "yes"));
}

#[test]
fn dm_reader_only_reads_without_the_optional_key() {
    let Some(example) = Example::dm_reader() else { return };
    let stage = Stage::with_scopes("dm.read tweet.read users.read");
    let output = stage.launch(&example, &["yes"]);
    assert_eq!(stage.printed(&output).lines().count(), 3);
    assert!(stderr(&output).ends_with("not answered: x.dm.write is not granted\n"));
    assert_eq!(stage.calls(), ["GET /2/dm_events"]);
}

#[test]
fn dm_reader_needs_its_scopes() {
    let Some(example) = Example::dm_reader() else { return };
    is_not_launched(&example, "dm.write tweet.read users.read", "dm.read");
    asks_for_xreq(&example);
}

#[test]
fn whoami_node_names_the_account() {
    let Some(example) = Example::whoami_node() else { return };
    let stage = Stage::with_scopes("tweet.read users.read");
    let printed = stage.printed(&stage.launch(&example, &[]));
    let (account, expiry) = printed.split_once('\n').expect("two lines");
    assert_eq!(account, "@alice (Alice, id 1001)");
    assert!(expiry.starts_with("the token is valid until 2"), "{expiry}");
    assert!(expiry.ends_with("Z\n"), "{expiry}");
    assert_eq!(stage.calls(), ["GET /2/users/me"]);
}

/// The published scopes of a key are enough for xreq, which warns, but not for X.
#[test]
fn whoami_node_reports_a_refusal() {
    let Some(example) = Example::whoami_node() else { return };
    let stage = Stage::with_scopes("users.read");
    let output = stage.launch(&example, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("tweet.read"), "{}", stderr(&output));
    assert!(stderr(&output).ends_with("whoami-node: X answered 403 Forbidden\n"));
    assert_eq!(stage.calls(), ["GET /2/users/me"]);
}

#[test]
fn whoami_node_needs_its_scopes() {
    let Some(example) = Example::whoami_node() else { return };
    is_not_launched(&example, "tweet.read", "users.read");
    asks_for_xreq(&example);
}

#[test]
fn post_shell_posts_any_text() {
    let Some(example) = Example::post_shell() else { return };
    let stage = Stage::with_scopes("tweet.read tweet.write users.read");
    let text = "say \"hi\" \\o/\n@file & 50 % $HOME 👋";
    let output = stage.launch(&example, &[text]);
    assert!(stage.printed(&output).contains(r#"{"data":{"id":"1"#));
    assert_eq!(stage.calls(), ["POST /2/tweets"]);
    assert_eq!(stage.posts(), [text]);
}

#[test]
fn post_shell_needs_its_scopes() {
    let Some(example) = Example::post_shell() else { return };
    is_not_launched(&example, "tweet.read users.read", "tweet.write");
    asks_for_xreq(&example);
}
