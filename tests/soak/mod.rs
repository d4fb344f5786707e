//! Two hours of a token's life in seconds: agents that call the API ten times a second while the
//! provider behaves as providers do.
//!
//! By default it lasts 90 seconds, and tokens live for ten, so that a busy machine is in time.
//! `XREQ_TEST_STEADY=300` (seconds) is the whole exercise: as long as sixty tokens live, five each.

mod brokered;
mod examples;

use std::env;
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault, LogEntry, Options};

use crate::support::machine;
use crate::support::provider::House;

const SCOPES: &str = "offline.access tweet.read users.read";

/// How long a run takes, and how long tokens live in it, in seconds; the latter where it is stated
/// how long it is to take, too.
const SECONDS: u64 = 90;
const LIFE: u64 = 10;
const SHORT_LIFE: u64 = 5;

/// How late the provider answers at times.
const SLOW: Duration = Duration::from_millis(500);

/// How an agent is launched, by the way in which it gets tokens.
const WAYS: [(&str, &[&str]); 4] = [
    ("variable", &["--deliver", "env", "--on-refresh", "restart"]),
    ("file", &["--deliver", "file"]),
    ("signal", &["--deliver", "file", "--on-refresh", "signal=HUP"]),
    ("endpoint", &["--deliver", "endpoint"]),
];

/// What the provider was seen to do.
#[derive(Default)]
struct Seen {
    /// How long tokens live.
    life: Duration,
    /// When tokens were last handed out whose answer was not lost.
    issued: Option<Instant>,
    /// Whether it is broken on purpose, and has handed out none since it was.
    is_down: bool,
    /// When it last handed out tokens again, after it was broken: those before may have died.
    recovered: Option<Instant>,
    /// How many calls were answered, and how many were refused while that had no excuse.
    calls: usize,
    unexcused: Vec<Duration>,
    refreshes: usize,
}

impl Seen {
    fn note(&mut self, logged: &LogEntry, now: Instant) {
        match (logged.endpoint, logged.status) {
            (Endpoint::Token, Some(200)) if is_heard(logged) => {
                self.issue(now);
                self.refreshes += 1;
            }
            (Endpoint::Me, Some(200)) => self.calls += 1,
            (Endpoint::Me, Some(_)) => {
                let is_on_its_way = self.recovered.is_some_and(|at| now - at < self.delivery());
                if !(self.is_down && self.has_died(now) || is_on_its_way) {
                    self.unexcused.push(self.age(now));
                }
            }
            _ => {}
        }
    }
}

impl Seen {
    fn issue(&mut self, now: Instant) {
        if self.is_down {
            self.recovered = Some(now);
        }
        (self.issued, self.is_down) = (Some(now), false);
    }

    fn age(&self, now: Instant) -> Duration {
        self.issued.map_or(Duration::ZERO, |issued| now - issued)
    }

    /// At the end of its life (an eighth is left), a refresh whose answer was lost is tried again,
    /// which may end the grant.
    fn has_died(&self, now: Instant) -> bool {
        self.age(now) > self.life * 4 / 5
    }

    /// How long a new token may take to its agents after the old one had died: nobody waits for it
    /// then.
    fn delivery(&self) -> Duration {
        self.life * 3 / 10
    }
}

fn is_heard(logged: &LogEntry) -> bool {
    logged.fault.as_ref().is_none_or(|fault| fault.contains("slow"))
}

fn agent(house: &House, way: &str, options: &[&str]) -> Child {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/soak/agent.py");
    let mut xreq: Command = house.home.command();
    xreq.env("X_API_BASE_URL", house.sandbox.base_url());
    xreq.args(["run", "--min-ttl", "0s", "--keep-fresh"]).args(options);
    xreq.arg("--").arg(machine::python()).args([script, way]);
    xreq.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("xreq starts")
}

/// A grant for the agents, in the place of the one that was there.
fn connect(house: &House, seen: &Mutex<Seen>) {
    let issued = house.control().issue_grant("alice", &ScopeSet::parse(SCOPES));
    seen.lock().expect("nobody panics with it").issue(Instant::now());
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
}

/// What goes wrong, each in its turn: `down` says whether a token may die of it.
fn trouble(house: &House, seen: &Mutex<Seen>, turn: Duration) {
    let control = house.control();
    let down = || seen.lock().expect("nobody panics with it").is_down = true;
    thread::sleep(turn);
    down();
    control.fault(Endpoint::Token, Fault::status(503), u32::MAX);
    thread::sleep(Duration::from_secs(10));
    control.clear_faults();
    thread::sleep(turn);
    control.fault(Endpoint::Token, Fault::Slow(SLOW), u32::MAX);
    thread::sleep(turn);
    control.clear_faults();
    // A request that never arrived is as much in doubt as one whose answer was lost.
    down();
    control.fault(Endpoint::Token, Fault::DropBefore, 1);
    thread::sleep(turn);
    down();
    control.fault(Endpoint::Token, Fault::DropAfter, 1);
    let is_lost = |log: &[LogEntry]| {
        log.iter()
            .rev()
            .take(200)
            .any(|logged| logged.endpoint == Endpoint::Token && logged.status == Some(400))
    };
    assert!(control.wait_until(Duration::from_secs(30), is_lost), "the replay was not rejected");
    connect(house, seen);
    thread::sleep(turn);
}

#[test]
#[ignore = "slow: nine lives of a token, 90 seconds"]
fn no_request_is_refused_while_the_provider_gives_tokens() {
    let stated = env::var("XREQ_TEST_STEADY").ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, life) = stated.map_or((SECONDS, LIFE), |seconds| (seconds, SHORT_LIFE));
    let turn = Duration::from_secs(seconds.saturating_sub(30) / 5);
    let options = Options { expires_in: life, rate_limit: u32::MAX, ..Options::default() };
    let house = House::with(options);
    house.home.write("xreq.yaml", "integrations: [x.user.read]\n");
    let seen = Arc::new(Mutex::new(Seen { life: Duration::from_secs(life), ..Seen::default() }));
    let (control, noted) = (house.control(), Arc::clone(&seen));
    thread::spawn(move || {
        control.watch(|logged| {
            noted.lock().expect("nobody panics with it").note(logged, Instant::now());
            ControlFlow::Continue(())
        });
    });
    connect(&house, &seen);
    let agents: Vec<_> = WAYS.iter().map(|(way, options)| agent(&house, way, options)).collect();
    trouble(&house, &seen, turn);
    house.home.write("end", "");
    let mut printed = String::new();
    for agent in agents {
        let output = agent.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", output.status);
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    let seen = seen.lock().expect("nobody panics with it");
    println!("{} calls, {} refreshes\n{printed}", seen.calls, seen.refreshes);
    assert!(seen.unexcused.is_empty(), "refused at these ages of the token: {:?}", seen.unexcused);
    let lines: Vec<Vec<&str>> = printed.lines().map(|line| line.split(' ').collect()).collect();
    for (way, _) in WAYS {
        let calls: usize = lines
            .iter()
            .filter(|words| words[0] == way)
            .map(|words| words[1].parse::<usize>().expect("a number"))
            .sum();
        assert!(calls as u64 > turn.as_secs() * 10, "{way}: {calls} calls");
    }
}
