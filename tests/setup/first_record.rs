//! The home that the first record makes, and the one that is left alone.

use std::fs;

use crate::support::{Home, SCOPES};

const NOTE: &str = "note: made a home for what is stored, with a new identity: ";

#[test]
fn what_stores_the_first_record_makes_the_home_and_says_so() {
    let import = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200"];
    let lines: [(&[&str], &str); 3] = [
        (&["client", "set", "x", "--id", "an-id", "--public"], ""),
        (&["secret", "set", "FAL_KEY"], "value"),
        (&import, "token"),
    ];
    for (args, input) in lines {
        let home = Home::empty();
        home.xreq_with(args, input).succeeds().complains(NOTE).complains("identity.txt");
        let identity = fs::read(home.store().join("identity.txt")).expect("it was made");
        let again = home.xreq_with(args, input).succeeds();
        assert!(!again.stderr.contains(NOTE), "{}", again.stderr);
        assert_eq!(fs::read(home.store().join("identity.txt")).expect("it is kept"), identity);
        home.xreq(&["init"]).succeeds().prints("(there already)");
    }
}

/// A second identity would not open what the first one sealed.
#[test]
fn a_home_of_which_a_part_is_there_gets_no_second_identity() {
    let begun: [fn(&Home); 3] = [
        |home| home.import("token", SCOPES),
        |home| drop(home.xreq_with(&["secret", "set", "OTHER"], "value").succeeds()),
        |home| home.write("home/recipients.txt", "# mine\n"),
    ];
    for begin in begun {
        let home = Home::with_manifest("integrations: [x.tweet.read]\n");
        begin(&home);
        let identity = home.store().join("identity.txt");
        fs::remove_file(&identity).expect("it can be removed");
        for args in [&["secret", "set", "FAL_KEY"][..], &["client", "set", "x", "--id", "an-id"]] {
            let ran = home.xreq_with(args, "value");
            assert_eq!(ran.status.code(), Some(3), "{}", ran.stderr);
            assert!(!ran.stderr.contains(NOTE), "{}", ran.stderr);
            assert!(!identity.exists());
        }
        let ran = home.xreq(&["connect", "x"]).exits(3);
        assert!(!ran.stderr.contains("The way"), "{}", ran.stderr);
    }
}

/// What is wrong with the command itself is found first.
#[test]
fn what_is_not_stored_makes_no_home() {
    let home = Home::empty();
    home.xreq_with(&["secret", "set", "PATH"], "value").exits(2);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "").exits(2);
    home.xreq_with(&["client", "set", "x"], "").exits(2).complains("`--id ID`");
    assert!(!home.store().exists());
}
