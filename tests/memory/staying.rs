//! Processes that live for weeks: the token that lives is in them as often as is said in
//! `docs/running.md`, those that came before are not, nor is what makes new ones.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;

use super::scan::{Memory, key};
use crate::support::provider::House;
use crate::support::stored::Stored;
use crate::support::wait::until;

/// How often the token that lives may be in a process that hands it over.
const LIVE: usize = 1;

/// How many tokens of a grant are hidden in what an agent prints.
const HIDDEN: usize = 4;

/// How often tokens are refreshed before anybody looks.
const REFRESHES: usize = 5;

/// How long a process may take to forget.
const SETTLING: Duration = Duration::from_secs(3);

/// What must be in no process that stays.
struct Forbidden(Vec<(String, Vec<u8>)>);

impl Forbidden {
    fn of(house: &House) -> Self {
        let text =
            fs::read_to_string(house.home.store().join("identity.txt")).expect("it is there");
        let text = text.lines().find(|line| !line.starts_with('#')).expect("it has a key");
        let identity = text.parse().expect("it is an identity");
        let client = house.sandbox.client();
        let secret = client.secret().expect("it is confidential");
        let mut forbidden = Self(Vec::new());
        forbidden.add("identity", text);
        forbidden.add("client secret", secret);
        forbidden.0.push(("key of the identity".to_owned(), key(&identity)));
        forbidden
    }

    fn add(&mut self, name: &str, secret: &str) {
        self.0.push((name.to_owned(), secret.as_bytes().to_owned()));
    }

    #[track_caller]
    fn assert_absent(&self, memory: &Memory) {
        let found = self.found(memory);
        assert!(found.is_empty(), "{found:?}");
    }

    fn found(&self, memory: &Memory) -> Vec<(&str, usize)> {
        let copies = self.0.iter().map(|(name, secret)| (name.as_str(), memory.copies(secret)));
        copies.filter(|(_, copies)| *copies > 0).collect()
    }

    /// The memory of a process that was given a new token just now, and may take a moment to forget
    /// the old one.
    fn settled(&self, process: u32) -> Option<Memory> {
        let began = Instant::now();
        loop {
            let memory = Memory::of(process)?;
            if self.found(&memory).is_empty() || began.elapsed() > SETTLING {
                return Some(memory);
            }
        }
    }
}

/// The processes that a process has started, and that are there.
fn children(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    children.split_whitespace().map(|child| child.parse().expect("a number")).collect()
}

/// A process of a test, which ends with it.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xreq starts"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Refreshes the grant from elsewhere, and gives the tokens that it had before: each must be gone.
fn refresh_again_and_again(
    house: &House,
    forbidden: &mut Forbidden,
    arrived: impl Fn(&str) -> bool,
) {
    let stored = Stored::of(&house.home);
    for number in 0..REFRESHES {
        let before = stored.grant().expect("it is connected");
        forbidden.add(&format!("access token {number}"), before.access_token.expose_secret());
        let refresh = before.refresh_token.expect("it has one");
        forbidden.add(&format!("refresh token {number}"), refresh.expose_secret());
        // What was issued in the same second cannot be told apart by whoever has no key.
        house.age(10);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        let now = stored.grant().expect("it is connected");
        until("the new token did not arrive", || arrived(now.access_token.expose_secret()));
    }
    let refresh = stored.grant().and_then(|grant| grant.refresh_token).expect("it has one");
    forbidden.add("newest refresh token", refresh.expose_secret());
}

#[test]
fn the_parent_of_an_agent_has_the_newest_token_alone() {
    let house = House::connected();
    let mut forbidden = Forbidden::of(&house);
    let home = &house.home;
    home.write(
        "agent.sh",
        "echo \"$X_ACCESS_TOKEN_FILE\" >where.new; mv where.new where\nexec sleep 1000\n",
    );
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--deliver", "env,file,endpoint", "--", "sh", "agent.sh"]);
    let xreq = Running::start(&mut command);
    let place = home.path().join("where");
    until("the agent does not start", || place.exists());
    let file = PathBuf::from(fs::read_to_string(place).expect("it is there").trim());
    let arrived = |token: &str| fs::read_to_string(&file).is_ok_and(|found| found == token);
    refresh_again_and_again(&house, &mut forbidden, arrived);
    let live = Stored::of(home).grant().expect("it is connected").access_token;
    let Some(memory) = forbidden.settled(xreq.0.id()) else { return };
    let copies = memory.copies(live.expose_secret().as_bytes());
    assert!((1..=LIVE).contains(&copies), "the token is there {copies} times");
    forbidden.assert_absent(&memory);
    forbidden.add("newest access token", live.expose_secret());
    let agents: Vec<_> = children(xreq.0.id());
    assert_eq!(agents.len(), 2, "the witness and the agent");
    let is_agent = |process: &u32| {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).expect("it lives");
        name.trim() == "sleep"
    };
    for witness in agents.into_iter().filter(|child| !is_agent(child)) {
        forbidden.assert_absent(&Memory::of(witness).expect("it was possible before"));
    }
}

#[test]
fn a_parent_that_hides_tokens_forgets_those_that_are_long_dead() {
    let house = House::connected();
    let mut forbidden = Forbidden::of(&house);
    let home = &house.home;
    let script = "echo \"$X_ACCESS_TOKEN_FILE\" >where.new; mv where.new where; exec sleep 1000";
    let mut command = home.command();
    command.args([
        "run",
        "--keep-fresh",
        "--redact",
        "--deliver",
        "file",
        "--",
        "sh",
        "-c",
        script,
    ]);
    let xreq = Running::start(&mut command);
    let place = home.path().join("where");
    until("the agent does not start", || place.exists());
    let file = PathBuf::from(fs::read_to_string(place).expect("it is there").trim());
    let arrived = |token: &str| fs::read_to_string(&file).is_ok_and(|found| found == token);
    for _ in 0..2 {
        refresh_again_and_again(&house, &mut forbidden, arrived);
    }
    // Those of the last refreshes can still be printed by the agent.
    let access = forbidden.0.iter().enumerate().filter(|(_, (name, _))| name.starts_with("access"));
    let recent: Vec<_> = access.map(|(at, _)| at).rev().take(HIDDEN).collect();
    for at in recent {
        forbidden.0.remove(at);
    }
    let Some(memory) = forbidden.settled(xreq.0.id()) else { return };
    forbidden.assert_absent(&memory);
}

#[test]
fn a_parent_that_hands_nothing_over_has_no_token() {
    let house = House::connected();
    let mut forbidden = Forbidden::of(&house);
    let home = &house.home;
    home.write("agent.sh", "echo $X_ACCESS_TOKEN >is.new; mv is.new is\nexec sleep 1000\n");
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--deliver", "env", "--on-refresh", "restart", "--"]);
    let xreq = Running::start(command.args(["sh", "agent.sh"]));
    let place = home.path().join("is");
    let arrived = |token: &str| fs::read_to_string(&place).is_ok_and(|found| found.trim() == token);
    let first = Stored::of(home).grant().expect("it is connected").access_token;
    until("the agent does not start", || arrived(first.expose_secret()));
    refresh_again_and_again(&house, &mut forbidden, arrived);
    let live = Stored::of(home).grant().expect("it is connected").access_token;
    forbidden.add("newest access token", live.expose_secret());
    let Some(memory) = forbidden.settled(xreq.0.id()) else { return };
    forbidden.assert_absent(&memory);
}

#[test]
fn a_daemon_has_no_token_at_all() {
    let house = House::connected();
    let mut forbidden = Forbidden::of(&house);
    let mut command = house.home.command();
    let xreq = Running::start(command.arg("daemon"));
    let stored = Stored::of(&house.home);
    for number in 0..REFRESHES {
        let before = stored.grant().expect("it is connected");
        forbidden.add(&format!("access token {number}"), before.access_token.expose_secret());
        let refresh = before.refresh_token.as_ref().expect("it has one");
        forbidden.add(&format!("refresh token {number}"), refresh.expose_secret());
        house.age(8_000);
        until("the daemon does not refresh it", || {
            let now = stored.grant().expect("it is connected");
            now.access_token.expose_secret() != before.access_token.expose_secret()
        });
    }
    let last = stored.grant().expect("it is connected");
    forbidden.add("newest access token", last.access_token.expose_secret());
    forbidden.add("newest refresh token", last.refresh_token.expect("one").expose_secret());
    let Some(memory) = forbidden.settled(xreq.0.id()) else { return };
    forbidden.assert_absent(&memory);
}

#[test]
fn what_is_in_memory_is_found() {
    // Whatever the environment of a process has is in its memory.
    let secret = "a secret that is in the environment";
    let child = Running(
        Command::new("sleep").arg("1000").env("SECRET", secret).spawn().expect("it starts"),
    );
    until("it does not start", || {
        fs::read_to_string(format!("/proc/{}/comm", child.0.id())).is_ok_and(|n| n == "sleep\n")
    });
    let Some(memory) = Memory::of(child.0.id()) else { return };
    assert!(memory.copies(secret.as_bytes()) >= 1);
    assert_eq!(memory.copies(b"a secret that is nowhere but in the test, at this very place"), 0);
}
