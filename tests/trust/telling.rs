//! Commands that look at a manifest show what it has run, and what changes of it.

use super::{MANIFEST, home};
use crate::support::Home;

const PLAIN: &str = "requirements:\n  integrations: [x.tweet.write]\n";
const COMMAND: &str = "a command runs at each new token, with the agent's tokens and secrets: \
                       `touch told`";

#[test]
fn every_look_at_a_manifest_shows_its_command() {
    let home = home(MANIFEST);
    let ran = home.xreq(&["validate"]).succeeds().prints("warning[authority/command]");
    ran.prints(COMMAND).prints("xreq.yaml:3:15");
    home.xreq(&["validate", "--deny", "warnings"]).exits(1).prints("error[authority/command]");
    home.xreq(&["validate", "--deny", "authority/command"]).exits(1);
    home.xreq(&["check"]).succeeds().complains("warning[authority/command]").complains(COMMAND);
    home.xreq(&["check", "--deny", "warnings"]).exits(1);
    let ran = home.xreq(&["explain"]).succeeds().prints("on_refresh  (xreq.yaml:3)\n");
    ran.prints("action      exec touch told\n").prints("`xreq trust`");
    let json = home.xreq(&["explain", "--format", "json"]).succeeds().json();
    assert_eq!(json["on_refresh"]["action"], "exec touch told");
    assert_eq!(json["on_refresh"]["line"], 3);
    home.xreq(&["explain", "--format", "markdown"]).succeeds().prints("touch told");
    for args in [["check", "--format", "json"], ["validate", "--format", "json"]] {
        let json = home.xreq(&args).json();
        let diagnostics = json["diagnostics"].as_array().expect("a list");
        assert!(diagnostics.iter().any(|found| found["code"] == "authority/command"), "{json:#}");
    }
}

#[test]
fn no_comment_allows_a_command() {
    let allowed = "requirements:\n  integrations: [x.tweet.write]\n  # xreq: allow authority/command it \
                   is harmless\n  on_refresh: exec touch told\n";
    let home = home(allowed);
    let ran = home.xreq(&["validate"]).succeeds().prints("warning[authority/command]");
    ran.prints("no manifest allows `authority/command` to itself");
    home.xreq(&["validate", "--deny", "warnings"]).exits(1).prints("error[authority/command]");
    let ran = home.xreq(&["validate", "--allow", "authority/command"]).succeeds();
    assert!(!ran.stdout.contains("a command runs"), "{}", ran.stdout);
}

fn diff(old: &str, new: &str, args: &[&str]) -> (Option<i32>, String) {
    let home = Home::empty();
    home.write("old.yaml", old);
    home.write("new.yaml", new);
    let ran = home.xreq(&[&["diff", "old.yaml", "new.yaml"], args].concat());
    assert_eq!(ran.stderr, "");
    (ran.status.code(), ran.stdout)
}

#[test]
fn a_new_or_changed_way_to_the_agent_is_new_authority() {
    let with = |lines: &str| PLAIN.to_owned() + lines;
    let exec = with("  on_refresh: exec touch told\n");
    let runs = "a command now runs at each new token, with the agent's tokens and secrets: ";
    for (old, new, said) in [
        (PLAIN.to_owned(), exec.clone(), format!("{runs}`touch told`")),
        (exec.clone(), exec.replace("told", "other"), format!("{runs}`touch other`")),
        (with("  on_refresh: signal=HUP\n"), exec.clone(), format!("{runs}`touch told`")),
        (exec.clone(), with("  on_refresh: restart\n"), "told of new tokens by `restart`".into()),
        (PLAIN.to_owned(), with("  delivery: [file]\n"), "now gets tokens by `file`".into()),
        (with("  delivery: [env]\n"), PLAIN.to_owned(), "now gets tokens by `endpoint`".into()),
    ] {
        let (status, text) = diff(&old, &new, &[]);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains("error[authority/added]") && text.contains(&said), "{text}");
        assert!(text.contains("new.yaml: new authority by 1 requirement"), "{text}");
        let (status, text) = diff(&old, &new, &["--allow-widening"]);
        assert_eq!(status, Some(0), "{text}");
        let (status, text) = diff(&old, &new, &["--format", "markdown"]);
        assert!(status == Some(1) && text.contains("**new:**"), "{text}");
        let (status, text) = diff(&old, &new, &["--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!((status, &json["widened"]), (Some(1), &true.into()), "{text}");
    }
    let (_, text) = diff(PLAIN, &exec, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(json["manifests"][0]["on_refresh_gained"], "exec touch told");
    let (_, text) = diff(PLAIN, &with("  delivery: [file, env]\n"), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(json["manifests"][0]["delivery_gained"], serde_json::json!(["file"]));
    assert_eq!(json["manifests"][0]["delivery_lost"], serde_json::json!(["endpoint"]));
}

#[test]
fn a_way_that_goes_or_stays_is_none() {
    let exec = PLAIN.to_owned() + "  on_refresh: exec touch told\n";
    for (old, new, said) in [
        (exec.clone(), PLAIN.to_owned(), "no command runs at each new token any longer"),
        (exec.clone(), PLAIN.to_owned() + "  on_refresh: none\n", "some less"),
        (exec.clone(), "# a comment\n".to_owned() + &exec, "no new authority\n"),
        (
            PLAIN.to_owned(),
            PLAIN.to_owned() + "  delivery: [endpoint, env]\n",
            "no new authority\n",
        ),
        (PLAIN.to_owned(), PLAIN.to_owned() + "  delivery: [env]\n", "no longer gets tokens by"),
    ] {
        let (status, text) = diff(&old, &new, &[]);
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains(said), "{text}");
    }
}
