//! Labels of accounts: whose they are, and the commands that name them.

use crate::oauth::recorder::back;
use crate::support::provider::{Connecting, House, MANIFEST};

/// Asserts that a command is shown, and to its end.
#[track_caller]
fn shows(text: &str, command: &str) {
    assert!(text.contains(&format!("`{command}`")), "no `{command}` in\n{text}");
}

/// What `xreq status` says of an account.
#[track_caller]
fn state(house: &House, label: &str) -> String {
    let status = house.home.xreq(&["status", "x", "--format", "json"]).json();
    let accounts = status["accounts"].as_array().expect("a list");
    let account = accounts.iter().find(|account| account["account"] == label);
    account.expect("it is there")["state"].as_str().expect("it has one").to_owned()
}

#[test]
fn a_label_does_not_pass_to_another_account_by_itself() {
    let house = House::connected();
    let before = house.metadata("default");
    let ran = house.connect_as("bob", &[], |_| true).exits(1);
    let ran = ran.complains(
        "error[account_changed]: @bob (id 1002) consented, and x (default) is the account of @alice \
         (id 1001); its grant was revoked",
    );
    shows(&ran.stderr, "xreq connect x --account LABEL");
    shows(&ran.stderr, "xreq connect x --replace-account");
    assert_eq!(house.metadata("default"), before);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    assert!(house.is_revoked("bob"));

    let replace = ["--replace-account"];
    house.connect_as("bob", &replace, |_| true).succeeds().prints("connected x (default) as @bob");
    house.connect_as("bob", &[], |_| true).succeeds();
    house.connect(&["--account", "other"]).succeeds();
}

#[test]
fn the_older_of_two_grants_of_one_account_needs_a_person() {
    let house = House::connected();
    house.connect_as("bob", &["--account", "bob"], |_| true).succeeds();
    house.connect(&["--account", "again"]).succeeds();
    assert_eq!(state(&house, "default"), "reconnect");
    assert_eq!(state(&house, "again"), "connected");
    assert_eq!(state(&house, "bob"), "connected");
    house.home.xreq(&["status"]).exits(1).prints("it was ended by the grant x (again)");
    let ran = house.home.xreq(&["run", "--account", "x=default", "--", "true"]).succeeds();
    let ran = ran.complains("warning: ").complains("it was ended by the grant x (again)");
    shows(&ran.stderr, "xreq connect x");
    let ran = house.home.xreq(&["run", "--account", "x=again", "--", "true"]).succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(house.refreshes(), []);
}

#[test]
fn a_refusal_names_the_command_that_was_refused() {
    let house = House::new();
    for (args, command) in
        [(&[][..], "xreq connect x"), (&["--account", "phone"], "xreq connect x --account phone")]
    {
        for error in ["access_denied", "server_error"] {
            let connecting = Connecting::start(&house.home, args);
            let refusal = back(&connecting.url, "x").replace("code=x", &format!("error={error}"));
            connecting.comes_back(&refusal);
            shows(&connecting.end().stderr, command);
        }
    }
}

#[test]
fn the_account_that_is_missing_is_the_one_to_connect() {
    let house = House::new();
    for command in ["token", "refresh", "disconnect"] {
        let ran = house.home.xreq(&[command, "x", "--account", "nope"]).exits(2);
        shows(&ran.complains("error[not_stored]").stderr, "xreq connect x --account nope");
        shows(&house.home.xreq(&[command, "x"]).exits(2).stderr, "xreq connect x");
    }
}

#[test]
fn the_page_at_the_end_has_the_next_command_of_the_terminal() {
    let house = House::new();
    let launch = "xreq run -- printenv XREQ_INTEGRATIONS";
    let of_phone = "xreq run --account x=phone -- printenv XREQ_INTEGRATIONS";
    for (label, secrets, command) in [
        ("default", "", launch),
        ("default", "secrets: [FAL_KEY]\n", "xreq secret set FAL_KEY"),
        ("phone", "", of_phone),
    ] {
        house.home.write("xreq.yaml", format!("{MANIFEST}{secrets}"));
        let connecting = Connecting::start(&house.home, &["--account", label]);
        let page = connecting.comes_back(&house.consent(&connecting.url, "alice", |_| true));
        let told = connecting.end().succeeds().stderr;
        assert!(told.ends_with(&format!("next: {command}\n")), "{told}");
        let words: Vec<_> = command.split(' ').map(|w| format!("<span>{w}</span>")).collect();
        let shown = format!("<pre><code>{}</code></pre>", words.join(" "));
        assert!(page.contains(&shown), "no {command} in {page}");
    }
}
