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
        Self::started(home, &[&["--port", "0"], arguments].concat())
    }

    /// The same on the port that it takes by itself.
    fn started(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command();
        command.arg("sandbox").args(arguments).stdout(Stdio::piped());
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
    assert!(!there.stdout.contains("sandbox that serves"), "{}", there.stdout);
    drop(serving);
    let check = home.xreq(&["check"]).exits(1);
    let next = "next, without one, in another terminal: xreq sandbox --home";
    check.complains(next);
    // One that has no home of its own cannot be used.
    let serving = Serving::start(&home, &[]);
    let next = format!(
        "next, without one, in another terminal, since the sandbox at {} was started without a home: xreq \
         sandbox --home",
        serving.base_url
    );
    home.xreq(&["check"]).exits(1).complains(&next);
}

#[test]
fn each_face_is_found_by_who_needs_it() {
    let home = Home::with_manifest("integrations: [google.gmail.readonly]\n");
    home.xreq(&["check"]).exits(1).complains("xreq sandbox --provider google --home");
    let _x = Serving::start(&home, &["--home", "x"]);
    home.xreq(&["check"]).exits(1).complains("xreq sandbox --provider google --home");
    let google = Serving::start(&home, &["--provider", "google", "--home", "google"]);
    let folder = home.path().join("google").display().to_string();
    let export = format!("export XREQ_HOME={folder} GOOGLE_API_BASE_URL={}\n", google.base_url);
    home.xreq(&["check"]).exits(1).complains(&export);
    let secrets = Home::with_manifest("secrets: [FAL_KEY]\n");
    assert!(!secrets.xreq(&["check"]).exits(1).stderr.contains("sandbox"));
}

#[test]
fn one_home_holds_the_sandboxes_of_several_providers() {
    let home = Home::empty();
    let folder = home.path().join("try").display().to_string();
    let config = home.path().join("try/config.yaml");
    let read = || std::fs::read_to_string(&config).expect("it is written");
    let x = Serving::start(&home, &["--home", "try"]);
    let device = format!("    device_authorization_url: {}/device\n", x.base_url);
    let more = read().replace("    api_url", &format!("{device}    api_url"));
    std::fs::write(&config, more).expect("it can be written");
    let github = Serving::start(&home, &["--provider", "github", "--home", "try"]);
    let google = Serving::start(&home, &["--provider", "google", "--home", "try"]);
    let all = read();
    for serving in [&x, &github, &google] {
        assert!(all.contains(&format!("    api_url: {}\n", serving.base_url)), "{all}");
    }
    assert!(all.contains(&device) && all.matches("@alice").count() == 6, "{all}");
    home.write("xreq.yaml", "integrations: [x.tweet.read, github.repo.read]\n");
    let home = home.var("XREQ_HOME", &folder);
    for provider in ["x", "github"] {
        let mut connect = home.command();
        let approve = format!("{} sandbox approve %s", crate::support::XREQ);
        connect.args(["connect", provider]).env("BROWSER", approve);
        crate::support::Ran::of(&mut connect).succeeds();
    }
    home.xreq(&["check"]).succeeds();
    // The next one of a provider takes the place of the one before, and of no other.
    drop(github);
    let github = Serving::start(&home, &["--provider", "github", "--home", "try"]);
    let all = read();
    assert!(all.contains(&x.base_url) && all.contains(&github.base_url), "{all}");
    assert_eq!(all.matches("  github:\n").count(), 2, "{all}");
    home.xreq(&["check"]).exits(1).complains("Not connected: github");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let home = Home::empty();
    // Whoever has it.
    let _holder = TcpListener::bind("127.0.0.1:8181");
    let serving = Serving::started(&home, &["--expires-in", "1h"]);
    let base_url = &serving.base_url;
    let is_other = base_url.starts_with("http://127.0.0.1:") && !base_url.ends_with(":8181");
    assert!(is_other, "{base_url:?}");
    home.xreq(&["sandbox", "--port", "8181"]).exits(3).complains("--port 0");
}

#[test]
fn the_way_in_a_home_of_a_sandbox_speaks_of_the_sandbox() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let folder = home.path().join("try").display().to_string();
    let mut serving = Serving::start(&home, &["--home", "try", "--expires-in", "60s"]);
    let told = serving.until("xreq run").join("\n");
    assert!(told.ends_with("\nxreq run --min-ttl 30s -- printenv XREQ_INTEGRATIONS"), "{told}");
    assert!(told.contains("redirect URI   http://"), "{told}");
    let home = home.var("XREQ_HOME", &folder);
    let check = home.xreq(&["check"]).exits(1);
    let unattended = "BROWSER='xreq sandbox approve %s' xreq connect x\n";
    for said in
        ["done   a client of X: that of the sandbox\n", "consent of alice or bob", unattended]
    {
        assert!(check.stderr.contains(said), "no {said} in {}", check.stderr);
    }
    assert!(!check.stderr.contains("app of yours"), "{}", check.stderr);
    // What is stored there without a client is asked of nobody.
    let args = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200"];
    let import = home.xreq_with(&args, "token").succeeds();
    let launch = "next: xreq run -- printenv XREQ_INTEGRATIONS\n";
    assert!(import.stderr.ends_with(launch), "{}", import.stderr);
}

#[test]
fn tokens_that_live_shortly_have_a_next_step() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let folder = home.path().join("try").display().to_string();
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let uri = format!("http://{}/callback", free.local_addr().expect("it is bound"));
    drop(free);
    let options = ["--home", "try", "--redirect-uri", &uri, "--expires-in", "60s"];
    let _serving = Serving::start(&home, &options);
    let home = home.var("XREQ_HOME", &folder);
    let mut connect = home.command();
    let approve = format!("{} sandbox approve %s", crate::support::XREQ);
    connect.args(["connect", "x"]).env("BROWSER", approve);
    let connected = crate::support::Ran::of(&mut connect).succeeds();
    let launch = "xreq run --min-ttl 30s -- printenv XREQ_INTEGRATIONS";
    assert!(connected.stderr.ends_with(&format!("next: {launch}\n")), "{}", connected.stderr);
    let mut pasted = home.program("sh");
    pasted.args(["-c", &launch.replace("xreq", "\"$0\""), crate::support::XREQ]);
    crate::support::Ran::of(&mut pasted).succeeds().prints("x.tweet.read");
    let mut other = home.command();
    let approve = format!("{} sandbox approve %s", crate::support::XREQ);
    other.args(["connect", "x", "--account", "bob"]).env("BROWSER", approve);
    let other = crate::support::Ran::of(&mut other).exits(1).complains("error[account_mismatch]");
    other.complains("`BROWSER='xreq sandbox approve --as bob %s'` consents as bob");
}

#[test]
fn a_launch_says_that_its_token_is_one_of_a_sandbox() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let folder = home.path().join("try").display().to_string();
    let serving = Serving::start(&home, &["--home", "try"]);
    let base_url = serving.base_url.clone();
    let home = home.var("XREQ_HOME", &folder);
    let args = ["import", "x", "--scopes", "tweet.read users.read", "--expires-in", "7200"];
    home.xreq_with(&args, "token").succeeds();
    let launch = |with: &[&str], api: Option<&str>| {
        let mut run = home.command();
        run.arg("run").args(with).args(["--", "true"]);
        run.env_remove("X_API_BASE_URL").envs(api.map(|api| ("X_API_BASE_URL", api)));
        crate::support::Ran::of(&mut run).succeeds().stderr
    };
    let astray = "would send the token to X itself: ";
    let export = format!("`export XREQ_HOME={folder} X_API_BASE_URL={base_url}`");
    for with in [&[][..], &["--redact"], &["--keep-fresh"], &["--dry-run"]] {
        for api in [None, Some("https://api.x.com"), Some("http://127.0.0.1:1")] {
            let told = launch(with, api);
            assert!(told.contains(astray) && told.contains(&export), "{with:?} {api:?}: {told}");
        }
        for api in [base_url.clone(), base_url.replace("127.0.0.1", "localhost") + "/"] {
            assert_eq!(launch(with, Some(&api)), "", "{with:?} {api}");
        }
    }
    home.xreq(&["check"]).succeeds().says_no_more_than_next();
    drop(serving);
    let gone = launch(&[], Some(&base_url));
    let start = format!("`xreq sandbox --home {folder}`, then `xreq connect x`");
    assert!(gone.contains("none answers at") && gone.contains(&start), "{gone}");
    // Another server of one's own is no sandbox.
    let config = std::fs::read_to_string(home.path().join("try/config.yaml")).expect("it is there");
    let (_, mine) = config.split_once('\n').expect("it has lines");
    std::fs::write(home.path().join("try/config.yaml"), mine).expect("it can be written");
    assert_eq!(launch(&[], None), "");
}
