//! Lives of a token below a broker, while the provider behaves as providers do: no call of an agent fails,
//! but where the provider was down for longer than the token lived, or gave none any more.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault, LogEntry, Options};

use super::SCOPES;
use crate::support::machine;
use crate::support::provider::House;

/// The time that a new token may take to the broker after the old one had died.
const DELIVERY: Duration = Duration::from_secs(3);

/// An agent that calls steadily, and the times at which its calls may fail.
struct Steady {
    house: House,
    life: Duration,
    agent: Child,
    excuses: Vec<(Duration, Duration)>,
}

impl Steady {
    /// Launches an agent whose tokens live for some seconds.
    fn launch(life: u64) -> Self {
        let house =
            House::with(Options { expires_in: life, rate_limit: u32::MAX, ..Options::default() });
        house.home.write("xreq.yaml", "integrations: [x.user.read]\n");
        connect(&house);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/soak/steady.py");
        let mut xreq = house.home.command();
        xreq.args(["run", "--broker", "--min-ttl", "0s", "--"]).arg(machine::python()).arg(script);
        xreq.stdout(Stdio::piped()).stderr(Stdio::piped());
        let agent = xreq.spawn().expect("xreq starts");
        Self { house, life: Duration::from_secs(life), agent, excuses: Vec::new() }
    }

    /// Waits for a refresh whose answer arrives, and gives the time of it.
    fn refreshed(&self) -> Duration {
        self.token_endpoint_says(|it| it.status == Some(200) && it.fault.is_none());
        now()
    }

    /// Waits until the token endpoint has answered once more in this way.
    #[track_caller]
    fn token_endpoint_says(&self, is_so: impl Fn(&LogEntry) -> bool) {
        let control = self.house.control();
        let count = |log: &[LogEntry]| {
            log.iter().filter(|it| it.endpoint == Endpoint::Token && is_so(it)).count()
        };
        let before = count(&control.log());
        assert!(control.wait_until(self.life * 3, |log| count(log) > before), "it never did");
    }

    fn fault(&self, fault: Fault, times: u32) {
        self.house.control().fault(Endpoint::Token, fault, times);
    }

    /// Lets calls fail from a time on, until now and as long as a new token takes.
    fn excuse_since(&mut self, begin: Duration) {
        self.excuses.push((begin, now() + DELIVERY));
    }

    /// Connects the account anew.
    fn reconnect(&self) {
        connect(&self.house);
    }

    /// Ends the agent, and returns how often it called, and the failures that nothing excuses.
    fn end(self) -> (usize, Vec<String>) {
        self.house.home.write("end", "");
        let output = self.agent.wait_with_output().expect("it ends");
        let (said, complaints) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}: {complaints}", output.status);
        let said = String::from_utf8(said).expect("it is plain text");
        println!("{said}{complaints}");
        let calls = said.lines().find_map(|line| line.strip_prefix("calls ")?.parse().ok());
        let is_excused = |line: &str| {
            let at = line.split(' ').nth(1).and_then(|at| at.parse().ok()).expect("a time");
            let at = Duration::from_secs_f64(at);
            self.excuses.iter().any(|(begin, end)| (*begin..=*end).contains(&at))
        };
        let failed = said.lines().filter(|line| line.starts_with("failed "));
        let failed = failed.filter(|line| !is_excused(line)).map(str::to_owned).collect();
        (calls.expect("it counts"), failed)
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970")
}

fn connect(house: &House) {
    let issued = house.control().issue_grant("alice", &ScopeSet::parse(SCOPES));
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
}

/// The provider is down when the token is due, and answers again before it has died; then an answer is lost
/// before anything was done.
#[test]
fn no_call_below_a_broker_fails_while_the_token_lives() {
    if machine::lacks("python3") {
        return;
    }
    let run = Steady::launch(8);
    run.fault(Fault::status(503), u32::MAX);
    run.token_endpoint_says(|it| it.status == Some(503));
    run.house.control().clear_faults();
    run.refreshed();
    run.fault(Fault::DropBefore, 1);
    run.refreshed();
    thread::sleep(Duration::from_secs(1));
    let (calls, failed) = run.end();
    assert_eq!(failed, [""; 0], "of {calls} calls");
    assert!(calls > 80, "{calls}");
}

/// Each fault in its turn: 503 for shorter and for longer than the token lives, an answer that is lost before
/// and after the work was done, and an account that takes its consent back.
#[test]
#[ignore = "slow: five lives of a token, 50 seconds"]
fn no_call_below_a_broker_fails_but_where_no_token_lives() {
    let mut run = Steady::launch(10);
    run.refreshed();
    run.fault(Fault::status(503), u32::MAX);
    run.token_endpoint_says(|it| it.status == Some(503));
    run.house.control().clear_faults();

    let issued = run.refreshed();
    run.fault(Fault::status(503), u32::MAX);
    thread::sleep(run.life + DELIVERY);
    run.house.control().clear_faults();
    run.refreshed();
    run.excuse_since(issued + run.life);

    run.fault(Fault::DropBefore, 1);
    run.refreshed();
    let issued = run.refreshed();
    run.fault(Fault::DropAfter, 1);
    run.token_endpoint_says(|it| it.status == Some(400));
    run.reconnect();
    // An eighth of its life before its end a lost refresh is tried again, which ends the grant.
    run.excuse_since(issued + run.life * 3 / 4);

    run.refreshed();
    let revoked = now();
    run.house.control().revoke_by_user("alice");
    thread::sleep(DELIVERY);
    run.reconnect();
    run.excuse_since(revoked);

    run.refreshed();
    let (calls, failed) = run.end();
    assert_eq!(failed, [""; 0], "of {calls} calls");
    assert!(calls > 400, "{calls}");
}
