//! An agent that outlives its token: each launch of it, and each token that it is given.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{file, house, lines};
use crate::support::Home;
use crate::support::provider::PATIENCE;

/// Waits until the log has a line that is looked for, and gives all of them.
#[track_caller]
fn wait_for(home: &Home, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        if file(home).exists() {
            let lines = lines(&file(home));
            if lines.iter().any(&is_it) {
                return lines;
            }
        }
        assert!(began.elapsed() < PATIENCE, "it is not recorded");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Ends xreq, and with it the agent.
fn end(mut xreq: Child) {
    xreq.kill().expect("it is ours");
    xreq.wait().expect("it ends");
}

#[test]
fn a_new_token_is_delivered_and_the_agent_launched_anew() {
    let house = house();
    // What was issued in the same second cannot be told apart.
    house.age(100);
    let home = &house.home;
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--deliver", "file", "--on-refresh", "restart", "--"]);
    command.args(["sleep", "1000"]).stdout(Stdio::null()).stderr(Stdio::null());
    let xreq = command.spawn().expect("it starts");
    let launch = wait_for(home, |line| line["event"] == "launch").remove(0);
    assert_eq!(launch["argv0"], "sleep");
    home.xreq(&["refresh", "x", "--force"]).succeeds();
    let all = wait_for(home, |line| line["event"] == "restart");
    end(xreq);
    let of = |event: &str| {
        let mut found = all.iter().filter(|line| line["event"] == event);
        let first = found.next().unwrap_or_else(|| panic!("no {event} in {all:#?}"));
        assert_eq!(found.next(), None, "{event} is recorded twice");
        assert_eq!(first["outcome"], "done");
        first
    };
    let hmac = |line: &Value| line["grants"][0]["token_hmac"].clone();
    assert_eq!(hmac(of("delivery")), hmac(of("refresh")));
    assert_eq!(hmac(of("restart")), hmac(of("refresh")));
    assert_ne!(hmac(&launch), hmac(of("restart")));
    assert_eq!(of("delivery")["grants"][0]["scopes"], launch["grants"][0]["scopes"]);
    assert_eq!(of("restart")["pid"], launch["pid"]);
    assert_eq!(of("restart")["argv0"], "sleep");
    assert_eq!(hmac(of("token")), hmac(of("refresh")));
    assert_eq!(of("token")["for_pid"], launch["pid"], "it was printed for this parent");
}

#[test]
fn an_agent_gets_its_new_token_where_nothing_can_be_recorded() {
    let house = house();
    // What was issued in the same second cannot be told apart.
    house.age(100);
    let home = &house.home;
    home.write(
        "agent.sh",
        "echo $X_ACCESS_TOKEN_FILE >where.new\nmv where.new where\nexec sleep 1000\n",
    );
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--deliver", "file", "--", "sh", "agent.sh"]);
    let xreq = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_for(home, |line| line["event"] == "launch");
    let began = Instant::now();
    let token = || {
        let path = fs::read_to_string(home.path().join("where")).ok()?;
        fs::read_to_string(path.trim()).ok()
    };
    let until = |is_it: &dyn Fn(&str) -> bool| loop {
        if let Some(token) = token().filter(|token| is_it(token)) {
            return token;
        }
        assert!(began.elapsed() < PATIENCE, "there is no such token");
        thread::sleep(Duration::from_millis(10));
    };
    let old = until(&|token| !token.is_empty());
    fs::remove_file(file(home)).expect("it is there");
    fs::create_dir(file(home)).expect("nothing is there");
    home.xreq(&["refresh", "x", "--force"]).succeeds().complains("cannot record this");
    until(&|token| token != old);
    end(xreq);
}

/// While a restart cannot be recorded the agent lives on; then it is restarted after all.
#[test]
fn an_agent_is_not_launched_anew_while_that_cannot_be_recorded() {
    let house = house();
    // What was issued in the same second cannot be told apart.
    house.age(100);
    let home = &house.home;
    home.write("agent.sh", "echo launched >> launches\nexec sleep 1000\n");
    let said = home.path().join("said");
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--deliver", "env", "--on-refresh", "restart", "--"]);
    command.args(["sh", "agent.sh"]).stdout(Stdio::null());
    command.stderr(fs::File::create(&said).expect("a file"));
    let mut xreq = command.spawn().expect("it starts");
    wait_for(home, |line| line["event"] == "launch");
    fs::remove_file(file(home)).expect("it is there");
    fs::create_dir(file(home)).expect("nothing is there");
    home.xreq(&["refresh", "x", "--force"]).succeeds().complains("cannot record this");
    let began = Instant::now();
    while !fs::read_to_string(&said).expect("a file").contains("cannot record this") {
        assert!(began.elapsed() < PATIENCE, "nothing is said");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(xreq.try_wait().expect("it is ours"), None);
    let launches = || fs::read_to_string(home.path().join("launches")).expect("it was launched");
    assert_eq!(launches(), "launched\n");
    fs::remove_dir(file(home)).expect("it is empty");
    wait_for(home, |line| line["event"] == "restart");
    while launches() != "launched\nlaunched\n" {
        assert!(began.elapsed() < 3 * PATIENCE, "{}", launches());
        thread::sleep(Duration::from_millis(10));
    }
    end(xreq);
}

#[test]
fn a_command_beside_the_agent_is_no_restart() {
    let house = house();
    house.age(100);
    let home = &house.home;
    let mut command = home.command();
    command.args(["run", "--keep-fresh", "--on-refresh", "exec true", "--", "sleep", "1000"]);
    let xreq = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_for(home, |line| line["event"] == "launch");
    home.xreq(&["refresh", "x", "--force"]).succeeds();
    let all = wait_for(home, |line| line["event"] == "command");
    end(xreq);
    assert!(all.iter().all(|line| line["event"] != "restart"), "{all:#?}");
}
