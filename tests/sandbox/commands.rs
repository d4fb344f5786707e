//! `xreq sandbox` and `xreq sandbox approve`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Stdio};
use std::thread::{self, JoinHandle};

use super::*;
use crate::support::Home;

/// `xreq sandbox` on a free port, which ends with the test.
struct Serving {
    process: Child,
    output: BufReader<ChildStdout>,
    base_url: String,
}

impl Serving {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["sandbox", "--port", "0"]).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().expect("xreq starts");
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a first line");
        Self { process, output, base_url: line.trim_end().to_owned() }
    }

    /// The lines up to one that starts with this.
    fn until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.output.by_ref().lines() {
            lines.push(line.expect("it is text"));
            if lines.last().is_some_and(|line| line.starts_with(start)) {
                return lines;
            }
        }
        panic!("no line starts with {start:?}: {lines:?}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().expect("it runs until it is ended");
        self.process.wait().expect("it is ours");
    }
}

/// An app that waits for one redirect, answers it with a page, and gives the path it was asked for.
fn app() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let uri = format!("http://{}/back", listener.local_addr().expect("it is bound"));
    let waiting = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut line = String::new();
        let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
        while !line.ends_with("\r\n\r\n") {
            reader.read_line(&mut line).expect("a head");
        }
        let page = "<!doctype html><title>Connected &amp; well</title>";
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", page.len());
        stream.write_all(format!("{head}{page}").as_bytes()).expect("it reads");
        line.split(' ').nth(1).expect("a path").to_owned()
    });
    (uri, waiting)
}

fn query(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name);
    found.next().map(|(_, value)| value.into_owned())
}

/// Approves a request for consent by the command, and gives what the app was told.
fn approved(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (uri, waiting) = app();
    sandbox.control().add_redirect_uri(&uri);
    let app = App::of(sandbox);
    let mut asked = app.asking(SCOPES);
    asked[2].1 = uri;
    let url = app.authorize_url(&asked);
    let arguments = [&["sandbox", "approve"], arguments, &[url.as_str()]].concat();
    let ran = Home::empty().xreq(&arguments).succeeds();
    assert_eq!(ran.stdout, "200 Connected & well\n");
    waiting.join().expect("the app is asked")
}

#[test]
fn approve_plays_the_owner() {
    let sandbox = sandbox();
    let told = approved(&sandbox, &["--as", "bob", "--only", "tweet.read", "--only", "users.read"]);
    assert!(query(&told, "code").is_some());
    assert_eq!(query(&told, "state").as_deref(), Some("a state"));
    let grant = sandbox.control().log().pop().expect("the decision");
    assert_eq!(grant.account_id.as_deref(), Some("1002"));
    let told = approved(&sandbox, &["--deny"]);
    assert_eq!(query(&told, "error").as_deref(), Some("access_denied"));
    let told = approved(&sandbox, &[]);
    assert!(query(&told, "code").is_some());
}

#[test]
fn approve_refuses_what_is_not_offered() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let approve = |url: &str, arguments: &[&str]| {
        let arguments = [&["sandbox", "approve"], arguments, &[url]].concat();
        Home::empty().xreq(&arguments)
    };
    let url = app.authorize_url(&app.asking(SCOPES));
    approve(&url, &["--only", "dm.read"]).exits(2).complains("no scope `dm.read`");
    approve(&url, &["--as", "carol"]).exits(2).complains("it has alice bob");
    let real = url.replace(&sandbox.base_url(), "http://x.example");
    approve(&real, &[]).exits(2).complains("not one of a server on this machine");
    let mut unregistered = app.asking(SCOPES);
    unregistered[2].1 = "http://127.0.0.1:1/".to_owned();
    let refused = approve(&app.authorize_url(&unregistered), &[]).exits(3);
    refused.complains("error[sandbox_failed]: the sandbox refuses: 400");
    let other = format!("{}/sandbox", sandbox.base_url());
    approve(&other, &[]).exits(3).complains("shows no consent page");
    // Nobody listens where the browser would be sent to, and the code stays unsaid.
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = format!("http://{}", free.local_addr().expect("it is bound"));
    drop(free);
    sandbox.control().add_redirect_uri(&nobody);
    let mut asked = app.asking(SCOPES);
    asked[2].1.clone_from(&nobody);
    let ran = approve(&app.authorize_url(&asked), &[]).exits(3);
    let ran = ran.complains(&format!("the app at {nobody}"));
    assert!(!ran.stderr.contains("code="));
}

#[test]
fn the_first_line_is_the_url_and_the_rest_can_be_pasted() {
    let home = Home::with_manifest("integrations: [x.tweet.write]\n");
    let folder = home.path().join("of the sandbox");
    let folder = folder.to_str().expect("it is text");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let uri = format!("http://{}/callback", free.local_addr().expect("it is bound"));
    drop(free);
    let options = ["--home", folder, "--redirect-uri", &uri, "--fault", "token=503"];
    let mut serving = Serving::start(&home, &options);
    assert!(serving.base_url.starts_with("http://127.0.0.1:"), "{}", serving.base_url);
    let exports: Vec<_> =
        serving.until("xreq connect").into_iter().filter(|l| l.starts_with("export ")).collect();
    assert_eq!(exports.len(), 2, "its client is in the folder: {exports:?}");

    let pasted = format!(
        "set -eu\n{}\n\
         export BROWSER=\"$XREQ sandbox approve --as bob %s\"\n\
         \"$XREQ\" connect x --expect @bob && exit 9\n\
         \"$XREQ\" connect x --expect @bob\n\
         \"$XREQ\" run -- sh -c 'echo ${{#X_ACCESS_TOKEN}}'\n",
        exports.join("\n")
    );
    let mut shell = home.program("sh");
    shell.args(["-c", &pasted]).env("XREQ", crate::support::XREQ);
    let ran = crate::support::Ran::of(&mut shell).succeeds();
    assert!(!ran.stderr.contains("is kept from the agent"), "{}", ran.stderr);
    ran.prints("@bob").prints("\n91\n").complains("503");
    let seen = serving.until("200 POST /2/oauth2/token");
    assert!(
        seen.iter().any(|line| line == "503 POST /2/oauth2/token  authorization_code  503"),
        "{seen:?}"
    );
}

#[test]
fn a_home_of_the_users_own_is_left_alone() {
    let home = Home::empty();
    home.write("mine/config.yaml", "providers: {}\n");
    let ran = home.xreq(&["sandbox", "--port", "0", "--home", "mine"]).exits(2);
    ran.complains("has something else in it");
    // A home without settings is no less the user's own.
    home.xreq(&["init"]).succeeds();
    home.xreq(&["sandbox", "--port", "0", "--home", "home"]).exits(2);
    assert!(!home.store().join("config.yaml").exists());
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = port.local_addr().expect("it is bound").port().to_string();
    let ran = home.xreq(&["sandbox", "--port", &taken]).exits(3);
    ran.complains("error[sandbox_failed]").complains("--port 0");
    home.xreq(&["sandbox", "--fault", "token=lost"]).exits(2).complains("drop-after");
}

#[test]
fn a_home_is_written_anew_for_the_next_sandbox() {
    let home = Home::empty();
    let config = home.path().join("try/config.yaml");
    let first = Serving::start(&home, &["--home", "try"]);
    let read = || std::fs::read_to_string(&config).expect("it is written");
    assert!(read().contains(&format!("token_url: {}/2/oauth2/token", first.base_url)));
    let second = Serving::start(&home, &["--home", "try"]);
    assert_ne!(first.base_url, second.base_url);
    assert!(read().contains(&format!("api_url: {}\n", second.base_url)));
    assert!(home.path().join("try/identity.txt").exists());
}

#[test]
fn the_grants_of_a_sandbox_are_gone_with_it() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations: [x.tweet.write]\n");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let uri = format!("http://{}/callback", free.local_addr().expect("it is bound"));
    drop(free);
    let folder = home.path().join("try").display().to_string();
    let home = home.var("XREQ_HOME", &folder);
    let options = ["--home", "try", "--redirect-uri", &uri];
    let serves = |account: &str| {
        let mut serving = Serving::start(&home, &options);
        let told = serving.until("xreq connect x").join("\n");
        let approve = format!("{} sandbox approve --as {account} %s", crate::support::XREQ);
        let mut connect = home.command();
        connect.args(["connect", "x", "--account", account]).env("BROWSER", approve);
        crate::support::Ran::of(&mut connect).succeeds();
        (told, serving)
    };
    let (told, first) = serves("alice");
    assert!(!told.contains("Connect again"), "{told}");
    home.xreq(&["check", "--account", "alice"]).succeeds();
    drop(first);
    let (told, second) = serves("bob");
    assert!(told.contains("Connect again: a sandbox forgets"), "{told}");
    assert!(told.contains("were removed: x (alice)\n"), "{told}");
    let ended = home.xreq(&["check", "--account", "alice"]).exits(1);
    ended.complains("Not connected: x (alice)").complains("next: xreq connect x --account alice");
    home.xreq(&["check", "--account", "bob"]).succeeds();
    // No file of a grant is left that could be taken for one.
    drop(second);
    std::fs::write(home.path().join("try/grants/x/alice.json"), "{").expect("the folder is there");
    let told = Serving::start(&home, &options).until("xreq connect x").join("\n");
    assert!(told.contains("were removed: x (alice), x (bob)\n"), "{told}");
}

#[test]
fn other_terminals_are_told_of_a_sandbox_that_serves() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let serving = Serving::start(&home, &["--home", "a folder"]);
    let folder = home.path().join("a folder").display().to_string();
    let export = format!("export XREQ_HOME='{folder}' X_API_BASE_URL={}", serving.base_url);
    let check = home.xreq(&["check"]).exits(1);
    let next = format!("next, without one, in the sandbox that serves already: {export}\n");
    assert!(check.stderr.ends_with(&next), "{}", check.stderr);
    home.xreq(&["connect", "x"]).exits(2).complains(&next);
    let answer = home.xreq(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(answer["next"][1]["sandbox"], export);
    let mut pasted = home.program("sh");
    pasted.args(["-c", &format!("{export}\n\"$0\" check 2>&1"), crate::support::XREQ]);
    let there = crate::support::Ran::of(&mut pasted).exits(1).prints("\nnext: xreq connect x\n");
    assert!(!there.stdout.contains("sandbox"), "{}", there.stdout);
    drop(serving);
    let check = home.xreq(&["check"]).exits(1);
    let next = "next, without one, in another terminal: xreq sandbox --home";
    check.complains(next);
    // One that has no home of its own tells nobody.
    let _serving = Serving::start(&home, &[]);
    home.xreq(&["check"]).exits(1).complains(next);
}
