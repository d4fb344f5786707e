//! The command that comes next, at the end of one that changed something.

use crate::support::provider::House;
use crate::support::{Home, Ran, SCOPES};

const LAUNCH: &str = "next: xreq run -- printenv XREQ_INTEGRATIONS\n";

#[track_caller]
fn ends_with(ran: Ran, last: &str) {
    let ran = ran.succeeds();
    assert!(ran.stderr.ends_with(last), "no {last:?} at the end of {}", ran.stderr);
    assert_eq!(ran.stderr.matches("next").count(), last.matches("next").count(), "{}", ran.stderr);
    assert!(!ran.stdout.contains("next"), "{}", ran.stdout);
}

#[test]
fn each_change_ends_with_the_next_command() {
    let home = Home::empty();
    let sandbox = format!(
        "next, with an app of yours at X: xreq client set x\n\
         next, without one, in another terminal: xreq sandbox --home {}/xreq-sandbox\n",
        home.path().display()
    );
    ends_with(home.xreq(&["init"]), &sandbox);
    home.write("xreq.yaml", "integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    let client = ["client", "set", "x", "--id", "an-id", "--public"];
    ends_with(home.xreq(&client), "next: xreq connect x\n");
    let import = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200"];
    ends_with(home.xreq_with(&import, "token"), "next: xreq secret set FAL_KEY\n");
    ends_with(home.xreq_with(&["secret", "set", "FAL_KEY"], "value"), LAUNCH);
    ends_with(home.xreq(&["trust", "--yes"]), LAUNCH);
    // What has only to be done now and then is followed by a command where something is missing.
    ends_with(home.xreq(&["reseal"]), "");
    ends_with(home.xreq(&["disconnect", "x", "--local-only"]), "next: xreq connect x\n");
    let reseal = home.xreq(&["reseal"]).succeeds();
    assert!(reseal.stderr.contains("next: xreq connect x\n"), "{}", reseal.stderr);
    let ran = home.xreq(&["reseal", "--format", "json"]).succeeds();
    assert!(!ran.stderr.contains("next"), "{}", ran.stderr);
}

#[test]
fn a_connected_account_is_launched_with() {
    let house = House::new();
    let ran = house.connect(&[]).succeeds();
    assert!(ran.stderr.ends_with(LAUNCH), "{}", ran.stderr);
    house.home.write("xreq.yaml", "integrations: [x.tweet.write]\nsecrets: [FAL_KEY]\n");
    let refreshed = house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    assert!(refreshed.stderr.ends_with("next: xreq secret set FAL_KEY\n"), "{}", refreshed.stderr);
    let timer = house.home.xreq(&["refresh", "--all", "--force"]).succeeds();
    assert!(!timer.stderr.contains("next"), "{}", timer.stderr);
}

#[test]
fn without_a_manifest_that_can_be_read_nothing_is_said() {
    let home = Home::with_manifest("integrations: [x.tweet.raed]\n");
    ends_with(home.xreq_with(&["secret", "set", "FAL_KEY"], "value"), "");
}

#[test]
fn the_next_command_is_for_the_account_that_was_named() {
    let house = House::connected();
    let launch = "next: xreq run --account x=work -- printenv XREQ_INTEGRATIONS\n";
    let ran = house.connect_as("bob", &["--account", "work"], |_| true).succeeds();
    assert!(ran.stderr.ends_with(launch), "{}", ran.stderr);
    let args = ["import", "x", "--account", "work", "--scopes", SCOPES, "--expires-in", "7200"];
    ends_with(house.home.xreq_with(&args, "token"), launch);
    let args = ["import", "x", "--account", "less", "--scopes", "tweet.read", "--expires-in", "2h"];
    let ran = house.home.xreq_with(&args, "token").succeeds();
    let next =
        "next: xreq connect x --account less --add-scope tweet.write --add-scope users.read\n";
    assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
    let refreshed = house.home.xreq(&["refresh", "x", "--account", "less"]).succeeds();
    assert!(refreshed.stderr.ends_with(next), "{}", refreshed.stderr);
}

#[test]
fn a_label_that_is_likely_a_slip_is_no_next_step() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let args = ["import", "x", "--account", "work", "--scopes", SCOPES, "--expires-in", "7200"];
    home.xreq_with(&args, "token").succeeds();
    for (args, status) in
        [(&["run", "--account", "wrk", "--", "true"][..], 125), (&["check", "--account", "wrk"], 1)]
    {
        let ran = home.xreq(args).exits(status);
        assert_eq!(ran.stderr.matches("did you mean `work`?").count(), 1, "{}", ran.stderr);
        assert!(!ran.stderr.contains("next"), "{}", ran.stderr);
        ran.complains("`xreq import x --account wrk`");
    }
    home.xreq(&["run", "--account", "other", "--", "true"])
        .exits(125)
        .complains("xreq connect x --account other")
        .complains("next, with an app of yours at X: xreq client set x");
}
