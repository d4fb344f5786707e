//! `xreq daemon`: grants that stay fresh whatever happens to the provider, to the machine and to the
//! daemon itself.

mod answers;
mod cost;
mod crowds;
mod disk;
mod ending;
mod keeping;
mod neighbours;
mod outages;
mod own;
mod service;
mod shared;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use xreq::catalog::Catalog;
use xreq::credential::origins::Origins;
use xreq::model::scope::ScopeSet;
use xreq::oauth::client::Client;
use xreq::oauth::token::issue;
use xreq::oauth::token::response::TokenResponse;
use xreq::sandbox::Options;
use xreq::store::{self, CredentialId, FolderStore, GrantMetadata, Identities, Nobody};
use xreq::sys::env::Env;

use crate::support::Home;
use crate::support::provider::{ASKED, House};
use crate::support::wait::until;

/// How long tests wait for what has to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon of a test, which ends with it.
struct Daemon {
    child: Child,
    said: Arc<(Mutex<String>, Condvar)>,
    socket: PathBuf,
}

impl Daemon {
    /// Starts the daemon of a home, and waits until it has looked at all grants.
    fn start(home: &Home, args: &[&str]) -> Self {
        let daemon = Self::run(home.command().args(["daemon"]).args(args), home);
        daemon.says("keeping ");
        daemon
    }

    /// Starts a command that is a daemon.
    fn run(command: &mut Command, home: &Home) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(child.stderr.take().expect("it is a pipe"));
        let said = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let heard = Arc::clone(&said);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut text = heard.0.lock().expect("nobody panics with it");
                text.push_str(&line);
                text.push('\n');
                heard.1.notify_all();
            }
        });
        Self { child, said, socket: home.store().join("run/daemon.sock") }
    }

    /// What it has said.
    fn said(&self) -> String {
        self.said.0.lock().expect("nobody panics with it").clone()
    }

    /// Waits until it has said something.
    #[track_caller]
    fn says(&self, what: &str) {
        self.says_times(what, 1);
    }

    /// Waits until it has said something so many times.
    #[track_caller]
    fn says_times(&self, what: &str, times: usize) {
        let text = self.said.0.lock().expect("nobody panics with it");
        let not_yet = |text: &mut String| text.matches(what).count() < times;
        let (text, waited) =
            self.said.1.wait_timeout_while(text, PATIENCE, not_yet).expect("nobody panics with it");
        assert!(!waited.timed_out(), "it did not say {what:?} {times} times:\n{text}");
    }

    /// How often it has said something.
    fn times_said(&self, what: &str) -> usize {
        self.said().matches(what).count()
    }

    /// The status and the body of what it answers on its socket.
    fn answers(&self, path: &str) -> (u16, String) {
        let stream = UnixStream::connect(&self.socket).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        asked(stream, &format!("GET {path} HTTP/1.1\r\nhost: xreq\r\n\r\n"))
    }

    /// Its health, with the status of HTTP.
    fn health(&self) -> (u16, Value) {
        let (status, body) = self.answers("/health");
        (status, serde_json::from_str(&body).expect("it is JSON"))
    }

    /// The value of a sample of its metrics.
    #[track_caller]
    fn sample(&self, name: &str) -> i64 {
        let (_, metrics) = self.answers("/metrics");
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} in {metrics}"))
    }

    fn id(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.id().try_into().expect("a number")).expect("it is not 0");
        kill_process(id, signal).expect("it lives");
    }

    /// Waits until it ends; gives its status, and what it said.
    fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return (status, self.said());
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.said());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request; gives the status and the body of the answer.
fn asked(mut stream: impl Read + Write, request: &str) -> (u16, String) {
    // Who is refused before the end of the request sees an error, and another one behind the answer.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).expect("it is text");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_default(), body.to_owned())
}

/// A house in memory whose access tokens live for so many seconds, with so many grants: of `default`,
/// `account-1`, `account-2` and so on.
fn house(lives: u64, grants: usize) -> House {
    let house = House::in_memory_with(Options { expires_in: lives, ..Options::default() });
    let issued_at = Timestamp::now();
    for number in 0..grants {
        store(&house, &account(number), issued_at);
    }
    house
}

fn account(number: usize) -> String {
    if number == 0 { "default".to_owned() } else { format!("account-{number}") }
}

/// Stores a grant of an account, as if it had been connected at this time.
fn store(house: &House, account: &str, issued_at: Timestamp) {
    store_for(house, account, issued_at, &house.sandbox.client().client_id);
}

/// The same, of a client with this id.
fn store_for(house: &House, account: &str, issued_at: Timestamp, client_id: &str) {
    let store = FolderStore::new(store::Home::at(house.home.store()));
    let identities = Identities::load(store.home(), &Env::default(), &Nobody);
    let identities = identities.expect("the home was initialised");
    let recipients = identities.recipients().expect("it is an age identity");
    let registered = house.sandbox.client();
    let client = Client {
        id: client_id.to_owned(),
        secret: registered.secret().map(Into::into),
        name: Some("default".parse().expect("a label")),
        redirect_uri: registered.redirect_uris[0].clone(),
        url_values: BTreeMap::default(),
        origins: Origins::default(),
    };
    let scopes = ScopeSet::parse(ASKED);
    let issued = house.control().issue_grant(account, &scopes);
    let response = TokenResponse::parse(issued.response.expose_secret());
    let response = response.expect("it is a token response");
    let catalog = Catalog::builtin();
    let provider = catalog.provider("x").expect("it is built in");
    let name = name(account);
    let lock = store.lock_grant(&name).expect("it is free");
    let mut grant = issue::grant(name, response, &scopes, provider, Some(&client), issued_at);
    grant.metadata.origins = Origins::default();
    store.put_grant(&lock, &grant, &recipients).expect("it can be written");
}

fn name(account: &str) -> CredentialId {
    let account = account.parse().expect("a label");
    CredentialId::grant("x".parse().expect("a slug"), account)
}

/// What can be read of the grants of a house.
fn metadata(house: &House) -> Vec<GrantMetadata> {
    let store = FolderStore::new(store::Home::at(house.home.store()));
    let names = store.grant_names().expect("the store can be listed");
    store.list_grants(names).map(|listed| listed.metadata.expect("it can be read")).collect()
}

/// How long the access tokens of a house live yet.
fn left(house: &House) -> Vec<SignedDuration> {
    let now = Timestamp::now();
    let expires_at = |grant: GrantMetadata| grant.expires_at.expect("it is known");
    metadata(house).into_iter().map(|grant| expires_at(grant).duration_since(now)).collect()
}

/// Whether all access tokens of a house live.
fn all_live(house: &House) -> bool {
    left(house).iter().all(SignedDuration::is_positive)
}

/// Whether nothing in a house is in doubt.
fn nothing_is_in_doubt(house: &House) -> bool {
    metadata(house).iter().all(|grant| grant.refresh_in_flight.is_none())
}
