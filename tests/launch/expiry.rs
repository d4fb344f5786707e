//! A token that is dead, or will be before the agent is done, is no token.

use crate::launch::{MANIFEST, SCOPES, TOKEN, script};
use crate::support::{Home, Ran};

/// A home whose token lives this many seconds.
fn living(seconds: &str) -> Home {
    let home = Home::with_manifest(MANIFEST);
    let args = ["import", "x", "--scopes", SCOPES, "--expires-in", seconds];
    home.xreq_with(&args, TOKEN).succeeds();
    home
}

fn run(home: &Home, options: &[&str]) -> Ran {
    let mut xreq = home.command();
    Ran::of(xreq.arg("run").args(options).args(["--", "sh", "-c", "echo launched"]))
}

#[test]
fn an_expired_token_is_unmet_with_the_way_out() {
    let home = living("0");
    for options in [&[][..], &["--min-ttl", "0s"], &["--strict"]] {
        let ran = run(&home, options)
            .exits(125)
            .complains("Access token of x (default) expired")
            .complains("`xreq connect x`")
            .complains("error[requirements_unmet]");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_token_must_live_five_minutes_unless_told_otherwise() {
    let home = living("240");
    run(&home, &[])
        .exits(125)
        .complains("is alive, but for 3m")
        .complains("less than the 5m that the run asks for");
    run(&home, &["--min-ttl", "3m"]).succeeds().prints("launched");
    run(&home, &["--min-ttl=0s"]).succeeds().prints("launched");
    run(&living("420"), &[]).succeeds().prints("launched");
}

#[test]
fn the_time_that_a_run_asks_for_has_many_forms() {
    let home = living("7200");
    for enough in ["1h", "90m", "5400s", "1h30m", "0s"] {
        run(&home, &["--min-ttl", enough]).succeeds();
    }
    for too_long in ["3h", "2h1s", "100000s"] {
        run(&home, &["--min-ttl", too_long]).exits(125).complains("less than the ");
    }
}

/// Nothing is known against it.
#[test]
fn a_token_of_unknown_life_is_used() {
    let home = Home::with_manifest(MANIFEST);
    home.xreq_with(&["import", "x", "--scopes", SCOPES], TOKEN).succeeds();
    run(&home, &["--min-ttl", "1000h"]).succeeds().prints("launched");
}

#[test]
fn an_optional_provider_with_an_expired_token_is_done_without() {
    let home = Home::with_manifest("integrations:\n  - {key: x.tweet.read, optional: true}\n");
    let args = ["import", "x", "--scopes", SCOPES, "--expires-in", "0"];
    home.xreq_with(&args, TOKEN).succeeds();
    let ran = Ran::of(&mut script(&home, "echo \"[$X_ACCESS_TOKEN$XREQ_INTEGRATIONS]\""));
    let ran = ran.succeeds().prints("[]\n");
    ran.complains("warning: optional x is unmet: Access token of x (default) expired");
}

/// It is said in the same words wherever it is judged.
#[test]
fn a_token_that_lives_too_shortly_is_alive() {
    let home = living("59");
    let check = home.xreq(&["check"]).exits(1);
    let check = check.complains("Access token of x (default) is alive, but for 5");
    assert!(!check.stderr.contains("expired ago"), "{}", check.stderr);
    home.xreq(&["status"]).prints("expiring");
    home.xreq(&["refresh", "x"]).succeeds().prints("x (default) is expiring: expires in 5");
    home.xreq(&["refresh", "--all"]).succeeds().prints("1 grant: 1 expiring\n");
}
