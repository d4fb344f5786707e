//! Agents that are given fresh tokens: `xreq run --keep-fresh`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use xreq::sandbox::{Endpoint, Fault, LogEntry, Options};

use super::until;
use crate::support::http::{Request, Response};
use crate::support::provider::House;

/// An agent that says what it was told, and ends when its standard input does.
const AGENT: &str = r#"
    printf '%s\n' "$XREQ_CREDENTIALS_URL" "$XREQ_CREDENTIALS_TOKEN" "$X_ACCESS_TOKEN_FILE" >"$1.new"
    mv "$1.new" "$1"
    read -r line
"#;

/// An agent below `xreq run --keep-fresh`.
struct Agent {
    xreq: Child,
    url: String,
    token: String,
    file: PathBuf,
}

impl Agent {
    fn start(house: &House) -> Self {
        Self::starting(house, "told").wait(house, "told")
    }

    /// Starts one, and does not wait until it is there.
    fn starting(house: &House, name: &str) -> Starting {
        let runtime = house.home.path().join("runtime");
        let _ = fs::create_dir(&runtime);
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).expect("it is ours");
        let _ = fs::remove_file(house.home.path().join(name));
        let mut command = house.home.command();
        command
            .env("XDG_RUNTIME_DIR", runtime)
            .args(["run", "--keep-fresh", "--min-ttl", "0s", "--deliver", "env,file,endpoint"])
            .args(["--", "sh", "-c", AGENT, "agent", name])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped());
        Starting(command.spawn().expect("xreq starts"))
    }

    /// Asks the endpoint as the agent would.
    fn get(&self, path: &str) -> Response {
        let request = Request::get(path).bearer(&self.token).patience(Duration::from_mins(1));
        request.send(&self.url).expect("it answers")
    }

    fn in_file(&self) -> String {
        fs::read_to_string(&self.file).expect("it is there")
    }

    /// Ends the agent, and gives what xreq said meanwhile.
    fn end(mut self) -> String {
        drop(self.xreq.stdin.take());
        let mut said = String::new();
        let stderr = self.xreq.stderr.as_mut().expect("it is a pipe");
        stderr.read_to_string(&mut said).expect("it is text");
        assert_eq!(self.xreq.wait().expect("it ends").code(), Some(1), "`read` at its end: {said}");
        said
    }
}

/// An agent that may not be there yet.
struct Starting(Child);

impl Starting {
    fn wait(self, house: &House, name: &str) -> Agent {
        let told = house.home.path().join(name);
        until("the agent is there", || told.exists());
        let told = fs::read_to_string(told).expect("it is there");
        let mut lines = told.lines().map(str::to_owned);
        let mut line = || lines.next().expect("there are three");
        let (url, token) = (line(), line());
        Agent { xreq: self.0, url, token, file: line().into() }
    }
}

#[test]
fn the_endpoint_and_the_file_have_the_same_token_and_end_with_the_agent() {
    let house = House::connected();
    let agent = Agent::start(&house);
    let answer = agent.get("/x");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.text("/access_token"), agent.in_file());
    let metadata = house.metadata("default");
    assert_eq!(answer.json()["expires_at"], metadata["expires_at"]);
    assert_eq!(answer.json()["scopes"], metadata["scopes"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (url, file) = (agent.url.clone(), agent.file.clone());
    agent.end();
    assert!(TcpStream::connect(url.trim_start_matches("http://")).is_err());
    assert!(!file.exists() && !file.parent().expect("a folder").exists());
}

#[test]
fn the_endpoint_refuses_whom_it_does_not_know() {
    let house = House::connected();
    let agent = Agent::start(&house);
    let (url, good) = (&agent.url, &agent.token);
    let port = url.rsplit_once(':').expect("it has a port").1;
    let get = |path| Request::get(path).bearer(good);
    for (status, request) in [
        (401, Request::get("/x")),
        (401, Request::get("/x").bearer("wrong")),
        (401, Request::get("/y")),
        (404, get("/y")),
        (404, get("/")),
        (404, get("/x/")),
        (405, Request::new("DELETE", "/x").bearer(good)),
        (400, get("/x?min_ttl=soon")),
        (403, get("/x").header("origin", url)),
        (403, get("/x").header("sec-fetch-site", "same-origin")),
        (421, get("/x").header("host", &format!("localhost:{port}"))),
        (421, get("/x").header("host", "attacker.example")),
        (413, get("/x").body("{}")),
    ] {
        let answer = request.send(url).expect("it answers");
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.body.is_empty(), status != 400, "{}", answer.body);
    }
    assert_eq!(get("/x").send(url).expect("it answers").status, 200);
    agent.end();
}

#[test]
fn fifty_requests_for_a_long_life_make_one_refresh() {
    let house = House::connected();
    house.age(4_000);
    let agent = Agent::start(&house);
    let old = agent.in_file();
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let answer = agent.get("/x?min_ttl=1h");
                assert_eq!(answer.status, 200, "{}", answer.body);
                assert_ne!(answer.text("/access_token"), old);
                // The file is never older than what somebody was given.
                assert_eq!(answer.text("/access_token"), agent.in_file());
            });
        }
    });
    assert_eq!(house.refreshes().len(), 1);
    agent.end();
}

#[test]
fn a_dead_grant_is_gone_and_a_provider_that_is_down_comes_back() {
    let house = House::with(Options { expires_in: 4, ..Options::default() });
    house.connect(&[]).succeeds();
    let agent = Agent::start(&house);
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    until("the token dies", || agent.get("/x").status == 503);
    let answer = agent.get("/x");
    assert_eq!(answer.json()["error"], "provider_unavailable");
    let wait: u64 = answer.header("retry-after").expect("it says when").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    house.control().clear_faults();
    until("there is a token again", || agent.get("/x").status == 200);
    house.control().revoke_by_user("alice");
    until("the grant is dead", || agent.get("/x").status == 410);
    let answer = agent.get("/x");
    assert_eq!(answer.json()["error"], "reconnect_required");
    assert!(answer.text("/message").contains("xreq connect x"), "{}", answer.body);
    house.connect(&[]).succeeds();
    until("it was connected anew", || agent.get("/x").status == 200);
    assert_eq!(agent.get("/x").text("/access_token"), agent.in_file());
    let said = agent.end();
    for (text, times) in [("warning: ", 1), ("error[reconnect_required]", 1), ("note: ", 2)] {
        assert_eq!(said.matches(text).count(), times, "{text}: {said}");
    }
}

#[test]
fn what_was_killed_leaves_nothing_beyond_the_next_start() {
    let house = House::connected();
    let mut killed = Agent::start(&house);
    killed.xreq.kill().expect("it lives");
    killed.xreq.wait().expect("it ends");
    assert!(killed.file.exists(), "nobody is there to remove it");
    let living = Agent::start(&house);
    assert!(!killed.file.exists());
    let other = Agent::start(&house);
    assert_eq!(living.in_file(), other.in_file());
    living.end();
    other.end();
}

#[test]
fn a_hundred_agents_on_one_grant_refresh_it_once_a_period() {
    const AGENTS: usize = 100;
    const LIFE: u64 = 24;
    let house = House::with(Options { expires_in: LIFE, ..Options::default() });
    house.connect(&[]).succeeds();
    let names: Vec<_> = (0..AGENTS).map(|number| format!("told-{number}")).collect();
    let mut agents = Vec::new();
    for some in names.chunks(10) {
        let starting: Vec<_> = some.iter().map(|name| Agent::starting(&house, name)).collect();
        let started = starting.into_iter().zip(some);
        agents.extend(started.map(|(starting, name)| starting.wait(&house, name)));
    }
    house.control().clear_log();
    let refreshed = |times: usize| {
        let is_so = |log: &[LogEntry]| {
            let tokens = log.iter().filter(|logged| logged.endpoint == Endpoint::Token);
            tokens.filter(|logged| logged.status == Some(200)).count() >= times
        };
        assert!(house.control().wait_until(Duration::from_secs(LIFE * 4), is_so));
    };
    refreshed(1);
    let began = std::time::Instant::now();
    refreshed(3);
    // Two periods went by: a quarter of each is the margin, of which a quarter is drawn by lot.
    let least = Duration::from_secs(LIFE * 2 * 3 / 4 - 2);
    assert!(began.elapsed() > least, "{:?}", began.elapsed());
    let newest = || super::Stored::of(&house.home).grant().expect("it is there");
    until("all have the newest token", || {
        use age::secrecy::ExposeSecret;
        let newest = newest().access_token;
        agents.iter().all(|agent| agent.in_file() == newest.expose_secret())
    });
    let others = house.refreshes().iter().filter(|logged| logged.status != Some(200)).count();
    assert_eq!(others, 0, "a spent refresh token was used");
    for agent in &mut agents {
        agent
            .xreq
            .stdin
            .take()
            .map(|mut stdin| stdin.write_all(b"\n"))
            .transpose()
            .expect("it reads");
    }
    for agent in &mut agents {
        assert_eq!(agent.xreq.wait().expect("it ends").code(), Some(0));
    }
}
