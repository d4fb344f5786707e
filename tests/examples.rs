//! Every example, run by `xreq run` against a stand-in for X's API.
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

use serde_json::{Value, json};

use crate::support::api::{Api, Request};

const TOKEN: &str = "the-access-token-of-the-example-tests";
const BEARER: &str = "Bearer the-access-token-of-the-example-tests";

/// An example: its folder and the command that runs its agent.
struct Example {
    folder: PathBuf,
    command: Vec<OsString>,
}

impl Example {
    fn post_tweet() -> Option<Self> {
        Self::new("post-tweet", &python(), "agent.py", &["-c", "import tweepy"])
    }

    fn dm_reader() -> Option<Self> {
        Self::new("dm-reader", &python(), "agent.py", &["-c", "import xdk"])
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

/// A home with one grant.
struct Home(tempfile::TempDir);

impl Home {
    fn with_scopes(scopes: &str) -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir(home.app()).expect("a folder for the app");
        run(home.xreq().arg("init"), "");
        run(
            home.xreq().args(["import", "x", "--scopes", scopes, "--expires-in", "7200", "-"]),
            TOKEN,
        );
        home
    }

    fn app(&self) -> PathBuf {
        self.0.path().join("app")
    }

    fn xreq(&self) -> Command {
        let mut xreq = clean(env!("CARGO_BIN_EXE_xreq"), self.0.path());
        xreq.env("XREQ_HOME", self.0.path().join("xreq")).current_dir(self.app());
        xreq
    }

    /// `xreq run` of an example, which finds X's API at the stand-in.
    fn launch(&self, example: &Example, api: &Api, arguments: &[&str]) -> Output {
        let mut xreq = self.xreq();
        xreq.env("X_API_BASE_URL", api.base_url()).arg("run").arg("--manifest");
        xreq.arg(example.manifest()).arg("--").args(&example.command).args(arguments);
        xreq.output().expect("the output of xreq")
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn python() -> OsString {
    let prepared = repository().join("target/test-python/bin/python");
    env::var_os("XREQ_TEST_PYTHON")
        .or_else(|| prepared.exists().then(|| prepared.into()))
        .unwrap_or_else(|| "python3".into())
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

/// What the agent printed, of which nothing may hold the token.
#[track_caller]
fn printed(output: &Output) -> String {
    let (stdout, stderr) = (stdout(output), stderr(output));
    assert!(output.status.success(), "{}: {stderr}", output.status);
    assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "{stdout}{stderr}");
    stdout
}

/// The requests as `METHOD path`, all of them with the token that xreq handed over.
#[track_caller]
fn calls(requests: &[Request]) -> Vec<String> {
    assert!(requests.iter().all(|request| request.authorization == BEARER), "{requests:?}");
    requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).expect("a body of JSON")
}

/// Without one of its scopes an example is not launched: xreq names the scope, X hears nothing.
#[track_caller]
fn is_not_launched(example: &Example, granted: &str, missing: &str) {
    let api = Api::start(TOKEN, &[]);
    let output = Home::with_scopes(granted).launch(example, &api, &["a text"]);
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains(missing), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert_eq!(api.requests(), []);
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
    let api = Api::start(TOKEN, &["tweet.read", "tweet.write", "users.read"]);
    let home = Home::with_scopes("tweet.read tweet.write users.read");
    let output = home.launch(&example, &api, &["Grüße 👋"]);
    assert_eq!(printed(&output), "posted https://x.com/i/status/3001\n");
    assert_eq!(calls(&api.requests()), ["POST /2/tweets"]);
    assert_eq!(body(&api.requests()[0]), json!({"text": "Grüße 👋"}));
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
    let api = Api::start("another token", &["tweet.read", "tweet.write", "users.read"]);
    let home = Home::with_scopes("tweet.read tweet.write users.read");
    let output = home.launch(&example, &api, &["hello"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).ends_with("post-tweet: X answered 401 Unauthorized\n"));
}

#[test]
fn dm_reader_reads_and_answers_with_the_xdk() {
    let Some(example) = Example::dm_reader() else { return };
    let api = Api::start(TOKEN, &["dm.read", "dm.write", "tweet.read", "users.read"]);
    let home = Home::with_scopes("dm.read dm.write tweet.read users.read");
    let output = home.launch(&example, &api, &["yes"]);
    assert_eq!(
        printed(&output),
        "@an_agent: one moment\n@a_friend: are you there? 👋\n@1003: hello\nanswered 1002\n"
    );
    let requests = api.requests();
    let sent = "POST /2/dm_conversations/with/1002/messages";
    assert_eq!(calls(&requests), ["GET /2/dm_events", "GET /2/users/me", sent]);
    assert!(requests[0].query.contains("max_results=20"), "{}", requests[0].query);
    assert_eq!(body(&requests[2])["text"], "yes");
}

#[test]
fn dm_reader_only_reads_without_the_optional_key() {
    let Some(example) = Example::dm_reader() else { return };
    let scopes = ["dm.read", "tweet.read", "users.read"];
    let api = Api::start(TOKEN, &scopes);
    let output = Home::with_scopes(&scopes.join(" ")).launch(&example, &api, &["yes"]);
    assert_eq!(printed(&output).lines().count(), 3);
    assert!(stderr(&output).ends_with("not answered: x.dm.write is not granted\n"));
    assert_eq!(calls(&api.requests()), ["GET /2/dm_events"]);
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
    let api = Api::start(TOKEN, &["tweet.read", "users.read"]);
    let output = Home::with_scopes("tweet.read users.read").launch(&example, &api, &[]);
    let printed = printed(&output);
    let (account, expiry) = printed.split_once('\n').expect("two lines");
    assert_eq!(account, "@an_agent (An Agent, id 1001)");
    assert!(expiry.starts_with("the token is valid until 2"), "{expiry}");
    assert!(expiry.ends_with("Z\n"), "{expiry}");
    assert_eq!(calls(&api.requests()), ["GET /2/users/me"]);
}

/// The published scopes of a key are enough for xreq, which warns, but not for X.
#[test]
fn whoami_node_reports_a_refusal() {
    let Some(example) = Example::whoami_node() else { return };
    let api = Api::start(TOKEN, &["users.read"]);
    let output = Home::with_scopes("users.read").launch(&example, &api, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("tweet.read"), "{}", stderr(&output));
    assert!(stderr(&output).ends_with("whoami-node: X answered 403 Forbidden\n"));
    assert_eq!(calls(&api.requests()), ["GET /2/users/me"]);
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
    let api = Api::start(TOKEN, &["tweet.read", "tweet.write", "users.read"]);
    let home = Home::with_scopes("tweet.read tweet.write users.read");
    let text = "say \"hi\" \\o/\n@file & 50 % $HOME 👋";
    let output = home.launch(&example, &api, &[text]);
    assert!(printed(&output).contains(r#""id":"3001""#));
    assert_eq!(calls(&api.requests()), ["POST /2/tweets"]);
    assert_eq!(body(&api.requests()[0]), json!({"text": text}));
}

#[test]
fn post_shell_needs_its_scopes() {
    let Some(example) = Example::post_shell() else { return };
    is_not_launched(&example, "tweet.read users.read", "tweet.write");
    asks_for_xreq(&example);
}
