//! `xreq run --dry-run`: all that a launch would do, and nothing of it done.

use std::fs;

use crate::launch::{MANIFEST, SCOPES, TOKEN, covered};
use crate::support::Home;

const AT: &str = "2099-01-02T03:04:05Z";

fn planned(home: &Home, options: &[&str]) -> String {
    let agent = ["--", "touch", "launched"];
    let args: Vec<_> = ["run", "--dry-run"].iter().chain(options).chain(&agent).copied().collect();
    let ran = home.xreq(&args).succeeds();
    assert!(!home.path().join("launched").exists());
    assert!(!ran.stderr.contains("kept from the agent"), "told once is enough: {}", ran.stderr);
    ran.stdout
}

#[test]
fn it_shows_names_origins_validity_and_removals() {
    let home = Home::with_manifest(&format!("{MANIFEST}secrets: [FAL_KEY]\n"))
        .var("X_REFRESH_TOKEN", "canary-of-the-environment")
        .var("KEPT", "canary-of-the-environment");
    let args = ["import", "x", "--account", "work", "--scopes", SCOPES, "--expires-at", AT];
    home.xreq_with(&args, TOKEN).succeeds();
    home.xreq_with(&["secret", "set", "FAL_KEY"], "the key of fal").succeeds();
    let shown = planned(&home, &[]);
    let expected = [
        "would launch: touch launched",
        &format!(
            "  set      X_ACCESS_TOKEN=<hidden, {} bytes>  (grant of x (work), valid until {AT})",
            TOKEN.len()
        ),
        &format!(
            "  set      X_ACCESS_TOKEN_EXPIRES_AT={AT}  (grant of x (work), valid until {AT})"
        ),
        "  set      FAL_KEY=<hidden, 14 bytes>  (secret)",
        "  set      XREQ_INTEGRATIONS=x.tweet.read  (the keys that are met)",
        "  remove   XREQ_HOME  (it is xreq's own)",
        "  inherit  3 other variables",
    ];
    for line in expected {
        assert!(shown.lines().any(|shown| shown == line), "no {line:?} in\n{shown}");
    }
    assert!(shown.contains("\n  remove   X_REFRESH_TOKEN  ("), "{shown}");
    assert_eq!(shown.lines().count(), expected.len() + 1, "{shown}");
    for hidden in [TOKEN, "the key of fal", "canary"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn it_shows_that_an_expiry_is_unknown() {
    let home = Home::with_manifest(MANIFEST);
    home.xreq_with(&["import", "x", "--scopes", SCOPES], TOKEN).succeeds();
    let shown = planned(&home, &[]);
    assert!(!shown.contains("EXPIRES_AT"), "{shown}");
    assert!(shown.contains("(grant of x (default), expiry unknown)"), "{shown}");
}

#[test]
fn it_shows_what_pristine_removes() {
    let home = covered().var("KEPT", "canary").var("LC_ALL", "C");
    let shown = planned(&home, &["--pristine"]);
    assert!(shown.contains("  remove   KEPT  (not needed by every program)\n"), "{shown}");
    assert!(shown.contains("  inherit  3 other variables\n"), "{shown}");
    assert!(planned(&home, &[]).contains("  inherit  4 other variables\n"));
}

#[test]
fn it_fails_as_the_launch_would() {
    let home = Home::with_manifest(MANIFEST);
    let dry = home.xreq(&["run", "--dry-run", "--", "touch", "launched"]).exits(125);
    let wet = home.xreq(&["run", "--", "touch", "launched"]).exits(125);
    assert_eq!(dry.stderr, wet.stderr);
    assert_eq!(dry.stdout, "");
    home.import(TOKEN, SCOPES);
    fs::remove_file(home.store().join("identity.txt")).expect("an identity");
    let dry = home.xreq(&["run", "--dry-run", "--", "touch", "launched"]).exits(125);
    dry.complains("error[identity_missing]");
    assert!(!home.path().join("launched").exists());
}

/// What would be launched is not looked for: the plan is made elsewhere, too.
#[test]
fn it_does_not_need_the_command() {
    let home = covered();
    let ran = home.xreq(&["run", "--dry-run", "--", "no-such-command", "a b"]).succeeds();
    ran.prints("would launch: no-such-command \"a b\"\n");
}
