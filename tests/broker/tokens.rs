//! The tokens of an agent that has none: nowhere within its reach, and fresh all the same.

use std::fs;

use super::*;
use crate::support::lasting_folder;

#[test]
fn the_agent_has_no_token() {
    let house = house();
    let script =
        "env; cat /proc/$$/environ; cat $SSL_CERT_FILE; find $(dirname $SSL_CERT_FILE) -type f";
    let ran = run(&house, script).succeeds();
    let token = token(&house);
    assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token));
    assert!(ran.stdout.contains("X_ACCESS_TOKEN=xreq"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("X_ACCESS_TOKEN_EXPIRES_AT"), "{}", ran.stdout);
}

#[test]
fn a_token_that_is_about_to_expire_is_refreshed_before_the_call() {
    let house = house();
    house.age(7_190);
    let ran = run(&house, &format!("{CALL}call https://api.x.com/2/users/me")).succeeds();
    assert!(ran.stdout.contains("alice"), "{}", ran.stdout);
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn a_token_that_the_provider_refuses_is_refreshed_and_the_call_repeated() {
    let house = house();
    let body = r#"-H 'content-type: application/json' -d '{"text":"once"}'"#;
    house.control().expire_access_tokens();
    let script = format!("{CALL}call {body} https://api.x.com/2/tweets");
    let ran = run(&house, &script).succeeds();
    assert!(ran.stdout.contains("\"text\":\"once\""), "{}", ran.stdout);
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn every_file_of_a_run_goes_with_it() {
    let house = house();
    let ran = run(&house, "printf %s $SSL_CERT_FILE").succeeds();
    assert!(!fs::exists(&ran.stdout).expect("it can be looked at"), "{}", ran.stdout);
    let folder = std::path::Path::new(&ran.stdout).parent().expect("it has one");
    assert!(!folder.exists());
}

/// The agent is told nothing of new tokens, since it has none, and a launch says so.
#[test]
fn an_agent_is_not_restarted_for_a_new_token() {
    let house = house();
    for mode in ["--broker", "--isolate"] {
        let options = ["--keep-fresh", "--on-refresh", "restart", mode];
        let project = lasting_folder();
        house.home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
        let manifest = house.home.path().join("xreq.yaml");
        fs::copy(manifest, project.path().join("xreq.yaml")).expect("it can be copied");
        house.control().expire_access_tokens();
        let before = house.refreshes().len();
        let script = format!(
            "{CALL}echo started; call -o /dev/null -w '%{{http_code}}\\n' https://api.x.com/2/users/me; \
             sleep 1; echo ended"
        );
        let mut command = house.home.command();
        command.current_dir(project.path()).arg("run").args(options);
        let ran = Ran::of(command.args(["--", "sh", "-c", &script])).succeeds();
        assert_eq!(ran.stdout, "started\n200\nended\n", "{mode}: {}", ran.stderr);
        assert_eq!(house.refreshes().len(), before + 1, "there was a new token");
        assert!(ran.stderr.contains("neither signalled nor restarted"), "{}", ran.stderr);
        let mut command = house.home.command();
        command.current_dir(project.path()).arg("run").args(options).arg("--dry-run");
        let shown = Ran::of(command.args(["--", "true"])).succeeds();
        assert!(!shown.stdout.contains("on refresh restart"), "{}", shown.stdout);
        assert!(shown.stderr.contains("neither signalled nor restarted"), "{}", shown.stderr);
    }
}

#[test]
fn a_dry_run_shows_the_ways_to_a_broker_and_starts_none() {
    let house = house();
    let ran = house.home.xreq(&["run", "--broker", "--dry-run", "--", "true"]).succeeds();
    for line in ["X_API_BASE_URL=http://127.0.0.1:<port>/x", "HTTPS_PROXY=<hidden", "ca.pem"] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("X_ACCESS_TOKEN_EXPIRES_AT"), "{}", ran.stdout);
}

#[test]
fn a_launch_with_a_broker_is_recorded_as_one_and_without_a_token() {
    let house = house();
    let config = house.home.path().join("home/config.yaml");
    let text = fs::read_to_string(&config).expect("it is there");
    house.home.write("home/config.yaml", format!("audit: true\n{text}"));
    run(&house, "true").succeeds();
    let log = fs::read_to_string(house.home.store().join("audit.jsonl")).expect("it is kept");
    let launch = log.lines().find(|line| line.contains("\"event\":\"launch\"")).expect("a line");
    let line: serde_json::Value = serde_json::from_str(launch).expect("it is JSON");
    crate::support::conforms("audit", &line);
    assert_eq!((&line["broker"], line.get("delivery")), (&true.into(), None));
    assert!(line["grants"][0].get("token_hmac").is_none(), "{line}");
}
