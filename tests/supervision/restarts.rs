//! An agent that is ended, told and started again while xreq stays.

use std::fs;
use std::io;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{To, agent_of, children, is_agent, lives, until};
use crate::support::provider::House;
use crate::support::pty::ended;

/// An agent under xreq, in a house whose grants can be refreshed.
struct Running {
    house: House,
    xreq: Child,
}

impl Running {
    /// Starts an agent, which is a script and writes to `log`, and waits until it has begun.
    fn start(options: &[&str], script: &str) -> Self {
        Self::in_house(House::connected(), options, script)
    }

    fn in_house(house: House, options: &[&str], script: &str) -> Self {
        let mut command = house.home.command();
        command.args(["run", "--keep-fresh"]).args(options).args(["--", "sh", "-c", script]);
        let xreq = command.stdout(Stdio::null()).spawn().expect("xreq starts");
        let running = Self { house, xreq };
        running.until_lines("begins", 1);
        running
    }

    /// Gets a new token for the agent, in another process.
    fn refresh(&self) {
        self.house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    }

    fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.house.home.path().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn count(&self, beginning: &str) -> usize {
        self.log().iter().filter(|line| line.starts_with(beginning)).count()
    }

    #[track_caller]
    fn until_lines(&self, beginning: &str, count: usize) {
        until(&format!("no {count} {beginning}: {:?}", self.log()), || {
            self.count(beginning) >= count
        });
    }

    /// Ends xreq by a signal, and answers how it ended and what the agent wrote.
    fn end_by(&mut self, signal: Signal) -> (String, Vec<String>) {
        To::Process.send(self.xreq.id(), signal);
        (ended(self.xreq.wait().expect("it ends")), self.log())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that was waited for is not there any more.
        let _ = self.xreq.kill();
        let _ = self.xreq.wait();
    }
}

/// Begins with a mark of its token, and takes a while to end.
const TIDY: &str = "
    trap 'sleep 0.3; echo ends >>log; exit 7' TERM
    echo begins $(printf %s \"$X_ACCESS_TOKEN\" | cksum) >>log
    while :; do sleep 0.05; done";

#[test]
fn a_restarted_agent_ends_first_and_has_the_new_token() {
    let mut running = Running::start(&["--on-refresh", "restart"], TIDY);
    running.refresh();
    running.until_lines("begins", 2);
    let (end, log) = running.end_by(Signal::TERM);
    // That of the agent that was there: nobody restarts what was asked to end.
    assert_eq!(end, "exit 7");
    let words: Vec<_> = log.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["begins", "ends", "begins", "ends"]);
    assert_ne!(log[0], log[2]);
}

#[test]
fn an_agent_that_does_not_end_is_killed_after_its_grace() {
    let stubborn = "trap '' TERM; echo begins $$ >>log; while :; do sleep 0.05; done";
    let options = ["--on-refresh", "restart", "--grace", "1s"];
    let mut running = Running::start(&options, stubborn);
    let first = agent_of(running.xreq.id());
    running.refresh();
    running.until_lines("begins", 2);
    assert!(!lives(first));
    assert_eq!(running.end_by(Signal::KILL).0, "signal 9");
}

#[test]
fn restarts_that_come_meanwhile_are_one() {
    let slow = TIDY.replace("sleep 0.3", "echo ending >>log; sleep 6");
    let mut running = Running::start(&["--on-refresh", "restart"], &slow);
    running.refresh();
    running.until_lines("ending", 1);
    running.refresh();
    running.until_lines("begins", 2);
    // As long as it takes until a new token is noticed.
    std::thread::sleep(Duration::from_secs(3));
    let (_, log) = running.end_by(Signal::TERM);
    let words: Vec<_> = log.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["begins", "ending", "ends", "begins", "ending", "ends"]);
}

/// It ends for good while it is being restarted: so is what it was asked.
#[test]
fn who_asks_for_the_end_meanwhile_gets_it() {
    let slow = TIDY.replace("sleep 0.3", "echo ending >>log; sleep 5");
    let mut running = Running::start(&["--on-refresh", "restart"], &slow);
    running.refresh();
    running.until_lines("ending", 1);
    let (end, log) = running.end_by(Signal::INT);
    assert_eq!(running.count("begins"), 1, "{log:?}");
    // The agent made no arrangements for this one.
    assert_eq!(end, "signal 2");
}

/// An agent that fails after a restart is started again, ever later; a signal ends the waiting.
#[test]
fn an_agent_that_fails_after_a_restart_is_started_again() {
    let failing = "
        trap 'exit 0' TERM
        echo begins $(date +%s%N) >>log
        test $(grep -c begins log) -gt 1 && exit 3
        while :; do sleep 0.05; done";
    let mut running = Running::start(&["--on-refresh", "restart"], failing);
    running.refresh();
    running.until_lines("begins", 4);
    let fourth = Instant::now();
    let xreq = running.xreq.id();
    until("the agent does not end", || !children(xreq).into_iter().any(is_agent));
    assert_eq!(running.end_by(Signal::TERM).0, "signal 15");
    // It would have been started again.
    assert!(fourth.elapsed() < Duration::from_secs(4), "{:?}", fourth.elapsed());
    let began: Vec<u64> = running.log().iter().filter_map(|line| line[7..].parse().ok()).collect();
    let [_, second, third, fourth] = began[..] else { panic!("{began:?}") };
    assert!(third - second >= 1_000_000_000, "{began:?}");
    assert!(fourth - third >= 2_000_000_000, "{began:?}");
}

/// What is still being printed was printed by an agent that has ended: nothing restarts it.
#[test]
fn an_agent_that_has_done_its_work_is_not_started_again() {
    let house = House::connected();
    let mut command = house.home.command();
    command.args(["run", "--keep-fresh", "--redact", "--on-refresh", "restart", "--", "sh", "-c"]);
    // More than one pipe holds, and less than two do.
    command.arg("echo begins >>log; head -c 100000 /dev/zero; echo ends >>log");
    let mut xreq = command.stdout(Stdio::piped()).spawn().expect("xreq starts");
    let log = || fs::read_to_string(house.home.path().join("log")).unwrap_or_default();
    until("it does not end", || log().ends_with("ends\n"));
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    // As long as it takes until a new token is noticed.
    std::thread::sleep(Duration::from_secs(3));
    let mut printed = xreq.stdout.take().expect("a pipe");
    let length = io::copy(&mut printed, &mut io::sink()).expect("it can be read");
    assert_eq!(ended(xreq.wait().expect("it ends")), "exit 0");
    assert_eq!((length, log().as_str()), (100_000, "begins\nends\n"));
}

/// Where there is nothing newer, what the restart began with is good enough.
#[test]
fn a_restart_goes_on_where_the_next_one_cannot_begin() {
    let slow =
        TIDY.replace("sleep 0.3", "echo ending >>log; until test -e now; do sleep 0.05; done");
    let house = House::connected();
    let config = House::config(&house.sandbox.base_url());
    house.home.write("home/config.yaml", config + "audit: true\n");
    let mut running =
        Running::in_house(house, &["--on-refresh", "restart", "--grace", "60s"], &slow);
    running.refresh();
    running.until_lines("ending", 1);
    // No launch can be recorded any more, and so none is begun.
    let audit = running.house.home.store().join("audit.jsonl");
    fs::remove_file(&audit).and_then(|()| fs::create_dir(&audit)).expect("it is ours");
    running.refresh();
    // As long as it takes until a new token is noticed.
    std::thread::sleep(Duration::from_secs(3));
    running.house.home.write("now", "");
    running.until_lines("begins", 2);
    assert_eq!(running.end_by(Signal::KILL).0, "signal 9");
}

/// What a run that was killed left is gone when the next one begins, however that delivers tokens.
#[test]
fn token_files_of_a_killed_run_are_removed() {
    let mut running = Running::start(
        &["--deliver", "file"],
        "echo begins $X_ACCESS_TOKEN_FILE >>log; while :; do sleep 0.05; done",
    );
    let path = running.log()[0].strip_prefix("begins ").expect("a path").to_owned();
    assert_eq!(running.end_by(Signal::KILL).0, "signal 9");
    assert!(fs::exists(&path).expect("it can be looked for"), "it was removed by whom?");
    running.house.home.xreq(&["run", "--keep-fresh", "--", "true"]).succeeds();
    assert!(!fs::exists(&path).expect("it can be looked for"));
}

#[test]
fn an_agent_that_fails_by_itself_ends_xreq() {
    let mut running = Running::start(&["--on-refresh", "restart"], "echo begins >>log; exit 3");
    assert_eq!(ended(running.xreq.wait().expect("it ends")), "exit 3");
    assert_eq!(running.count("begins"), 1);
}

/// Once, and not before it can be told: the signal would end it.
#[test]
fn an_agent_is_told_by_a_signal() {
    let script = "
        echo begins >>log
        until test -e now; do sleep 0.05; done
        trap 'exit 0' TERM
        trap 'echo told >>log' USR1
        while :; do sleep 0.05; done";
    let mut running = Running::start(&["--on-refresh", "signal=USR1"], script);
    running.refresh();
    // As long as it takes until a new token is noticed.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(running.log(), ["begins"]);
    running.house.home.write("now", "");
    running.until_lines("told", 1);
    let (end, log) = running.end_by(Signal::TERM);
    assert_eq!((end.as_str(), &log[1..]), ("exit 0", &["told".to_owned()][..]));
}

#[test]
fn a_command_is_run_beside_the_agent() {
    let hook = "exec printf '%s %s %s %s\\n' \"$XREQ_EVENT\" \"$XREQ_PROVIDER\" \"$XREQ_AGENT_PID\" \
                \"$(printf %s \"$X_ACCESS_TOKEN\" | cksum)\" >>hook";
    let mut running = Running::start(&["--on-refresh", hook], TIDY);
    let agent = agent_of(running.xreq.id());
    running.refresh();
    let hook = running.house.home.path().join("hook");
    until("the command does not run", || {
        fs::read_to_string(&hook).is_ok_and(|text| !text.is_empty())
    });
    let told = fs::read_to_string(&hook).expect("it is there");
    assert!(told.starts_with(&format!("refreshed x {agent} ")), "{told}");
    let token = running.log()[0].strip_prefix("begins ").expect("a token").to_owned();
    assert!(!told.contains(&token), "an old token: {told}");
    running.end_by(Signal::TERM);
}

/// Each agent is told its own process id by what a service manager told xreq.
#[test]
fn each_agent_after_a_restart_is_named() {
    let house = House::connected();
    let agent = "echo begins $$ $LISTEN_PID >>log; while :; do sleep 0.05; done";
    let script =
        "export LISTEN_PID=$$; exec \"$0\" run --keep-fresh --on-refresh restart -- sh -c \"$1\"";
    let mut command = house.home.program("sh");
    command.args(["-c", script, crate::support::XREQ, agent]).stdout(Stdio::null());
    let xreq = command.spawn().expect("it starts");
    let mut running = Running { house, xreq };
    running.until_lines("begins", 1);
    running.refresh();
    running.until_lines("begins", 2);
    let (_, log) = running.end_by(Signal::TERM);
    for line in log {
        let ids: Vec<_> = line.split(' ').skip(1).collect();
        assert!(ids.len() == 2 && ids[0] == ids[1], "{line}");
    }
}
