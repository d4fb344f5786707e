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
