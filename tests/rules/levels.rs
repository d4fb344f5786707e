//! How bad findings are: by themselves, by config.yaml, by the command line.

use super::{codes, findings, validate};
use crate::support::{Home, SCOPES};

/// A warning, another one, and a note.
const MANIFEST: &str = "\
integrations:
  - x.list.read
  - x.list.write
  - x.like.write
  - {key: x, scopes: [dm.read, users.read]}
";
const FOUND: [(&str, &str); 3] =
    [("key/covered", "note"), ("key/not-self-serve", "warning"), ("scope/raw", "warning")];

/// Asserts levels and exit status; a level that is not given is that of [`FOUND`], `-` is no finding.
#[track_caller]
fn gives(home: &Home, options: &[&str], levels: &[(&str, &str)]) {
    let expected: Vec<_> = FOUND
        .iter()
        .map(|found| levels.iter().find(|set| set.0 == found.0).unwrap_or(found))
        .filter(|(_, level)| *level != "-")
        .map(|(code, level)| ((*code).to_owned(), (*level).to_owned()))
        .collect();
    let is_error = expected.iter().any(|(_, level)| level == "error");
    let ran = validate(home, options, MANIFEST).exits(i32::from(is_error));
    assert_eq!(findings(&ran.json()), expected);
    assert_eq!(ran.json()["valid"], !is_error);
}

fn config(text: &str) -> Home {
    let home = Home::empty();
    home.write("home/config.yaml", text);
    home
}

#[test]
fn the_command_line_sets_levels() {
    let home = Home::empty();
    gives(&home, &[], &[]);
    gives(&home, &["--deny", "scope/raw"], &[("scope/raw", "error")]);
    gives(&home, &["--allow", "scope/raw"], &[("scope/raw", "-")]);
    gives(&home, &["--warn", "key/covered"], &[("key/covered", "warning")]);
    gives(&home, &["--deny", "key/covered"], &[("key/covered", "error")]);
    gives(&home, &["--deny", "scope/raw", "--deny", "scope/raw"], &[("scope/raw", "error")]);
    gives(
        &home,
        &["--deny", "warnings", "--allow", "scope/raw"],
        &[("scope/raw", "-"), ("key/not-self-serve", "error")],
    );
    gives(&home, &["--allow", "warnings"], &[("scope/raw", "-"), ("key/not-self-serve", "-")]);
    gives(
        &home,
        &["--deny", "scope/raw,key/covered,manifest/unknown-key"],
        &[("scope/raw", "error"), ("key/covered", "error")],
    );
    gives(
        &home,
        &["--allow", "warnings", "--deny", "scope/raw", "--allow", "key/covered"],
        &[("scope/raw", "error"), ("key/not-self-serve", "-"), ("key/covered", "-")],
    );
}

#[test]
fn the_configuration_sets_levels_for_every_run() {
    let home = config("rules: {scope/raw: deny, key/covered: warn, key/not-self-serve: allow}\n");
    let levels = [("scope/raw", "error"), ("key/covered", "warning"), ("key/not-self-serve", "-")];
    gives(&home, &[], &levels);
    let home = config("rules:\n  warnings: deny\n");
    gives(&home, &[], &[("scope/raw", "error"), ("key/not-self-serve", "error")]);
}

#[test]
fn the_command_line_is_before_the_configuration() {
    let home = config("rules: {scope/raw: deny, key/not-self-serve: allow}\n");
    gives(
        &home,
        &["--warn", "scope/raw"],
        &[("scope/raw", "warning"), ("key/not-self-serve", "-")],
    );
    // The name of a rule is before `warnings`, wherever they are set.
    gives(&home, &["--allow", "warnings"], &[("scope/raw", "error"), ("key/not-self-serve", "-")]);
    let home = config("rules: {warnings: deny}\n");
    gives(&home, &["--allow", "warnings"], &[("scope/raw", "-"), ("key/not-self-serve", "-")]);
    gives(&home, &["--warn", "warnings"], &[]);
}

#[test]
fn what_cannot_be_set_is_told() {
    let home = Home::empty();
    home.write("xreq.yaml", MANIFEST);
    for (options, said) in [
        (&["--deny", "scope/rwa"][..], "did you mean `scope/raw`?"),
        (&["--warn", "not-self-serve"], "did you mean `key/not-self-serve`?"),
        (&["--allow", "warning"], "no rule is called `warning`"),
        (&["--allow", "manifest/unknown-key"], "always an error"),
        (&["--allow", "scope/missing"], "`optional: true`"),
        (&["--warn", "authority/added"], "`xreq diff --allow-widening`"),
        (&["--deny", "scope/raw", "--allow", "scope/raw"], "set in two ways at once"),
        (&["--warn", "warnings", "--deny", "warnings"], "set in two ways at once"),
    ] {
        for command in [&["validate"][..], &["check"], &["diff", "xreq.yaml", "xreq.yaml"]] {
            let ran = home.xreq(&[command, options].concat()).exits(2);
            let ran = ran.complains("error[bad_argument]").complains(said);
            assert_eq!(ran.stdout, "", "{command:?}");
        }
    }
    for (text, said) in [
        (
            "rules: {scope/rwa: deny}",
            "`rules` in config.yaml: no rule is called `scope/rwa`\n  help: did you mean `scope/raw`?",
        ),
        ("rules: {manifest/syntax: allow}", "always an error"),
        ("rules: {scope/raw: forbid}", "config.yaml:1:"),
        ("rules: {scope/raw: deny, scope/raw: allow}", "config.yaml:1:"),
        ("rules: [scope/raw]", "config.yaml:1:"),
    ] {
        home.write("home/config.yaml", text);
        let ran = home.xreq(&["validate"]).exits(2).complains("error[invalid_config]");
        assert_eq!(ran.complains(said).stdout, "");
    }
}

#[test]
fn what_is_satisfied_and_denied_is_said() {
    let home = Home::with_manifest("integrations: [x.dm.write]\n");
    home.import("token", "dm.write users.read like.read");
    home.xreq(&["check"]).succeeds().prints("satisfied: 1 of 1 requirements met\n");
    let args = ["check", "--deny", "scope/over-granted"];
    let said = "satisfied: 1 of 1 requirements met, but 1 finding is denied\n";
    home.xreq(&args).exits(1).prints(said);
    let args = ["check", "--deny", "warnings,scope/over-granted", "--format", "markdown"];
    home.xreq(&args).exits(1).prints("met, but 2 findings are denied\n");
}

/// Levels are those of findings, not of verdicts: a denied warning fails a check that is satisfied.
#[test]
fn a_check_has_levels_too() {
    let home = Home::with_manifest("integrations: [x.dm.write]\n");
    home.import("token", "dm.write users.read like.read");
    let check = |options: &[&str], exit: i32| {
        let answer =
            home.xreq(&[&["check", "--format", "json"], options].concat()).exits(exit).json();
        assert_eq!(answer["satisfied"], true);
        findings(&answer)
            .into_iter()
            .map(|(code, level)| format!("{level} {code}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(check(&[], 0), ["warning scope/api-underscoped", "note scope/over-granted"]);
    assert_eq!(
        check(&["--deny", "warnings", "--allow", "scope/over-granted"], 1),
        ["error scope/api-underscoped"]
    );
    assert_eq!(
        check(&["--allow", "scope/api-underscoped", "--deny", "scope/over-granted"], 1),
        ["error scope/over-granted"]
    );
    // A lint is nothing that a check looks for.
    assert_eq!(check(&["--deny", "scope/published-insufficient"], 0).len(), 2);
    let home = Home::with_manifest("integrations: [{key: x.tweet.read, optional: true}]\n");
    let answer = home.xreq(&["check", "--format", "json", "--deny", "warnings"]).succeeds().json();
    assert_eq!(codes(&answer), ["grant/not-connected"], "what is optional may be missing");
}

#[test]
fn a_diff_has_levels_too() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.import("token", SCOPES);
    home.write("old.yaml", "integrations: [x.tweet.read, x.dm.read]\n");
    let diff = |options: &[&str], exit: i32| {
        let args = [&["diff", "--format", "json", "old.yaml", "xreq.yaml"], options].concat();
        findings(&home.xreq(&args).exits(exit).json())
    };
    let removed = |level: &str| vec![("authority/removed".to_owned(), level.to_owned())];
    assert_eq!(diff(&[], 0), removed("note"));
    assert_eq!(diff(&["--allow", "authority/removed"], 0), []);
    assert_eq!(diff(&["--warn", "authority/removed"], 0), removed("warning"));
    assert_eq!(diff(&["--deny", "authority/removed"], 1), removed("error"));
}
