//! `# xreq: allow CODE reason`, in every place where a comment can stand.

use super::{codes, findings, validate};
use crate::support::Home;

const ALLOW: &str = "# xreq: allow key/not-self-serve our plan has it";

/// What `validate` finds in a manifest in which `@` stands for a comment that allows the one finding.
#[track_caller]
fn found(manifest: &str) -> Vec<String> {
    let manifest = manifest.replace('@', ALLOW);
    codes(&validate(&Home::empty(), &[], manifest).json())
}

#[test]
fn a_comment_allows_the_line_below_wherever_that_is() {
    for manifest in [
        "integrations:\n  @\n  - x.block.write\n",
        "integrations:\n@\n  - x.block.write\n",
        "integrations:\n          @\n- x.block.write\n",
        "integrations:\n  @\n  - key: x.block.write\n    description: why\n",
        "integrations:\n  - description: why\n    @\n    key: x.block.write\n",
        "integrations:\n  - # first\n    @\n    key: x.block.write\n",
        "integrations: [\n  x.media.write,\n  @\n  x.block.write]\n",
        "@\nintegrations: [x.block.write]\n",
        "@\n{integrations: [{key: x.block.write}]}\n",
        "---\n@\nintegrations: [x.block.write]\n...\n",
        "\u{feff}@\nintegrations: [x.block.write]\n",
        "integrations:\r\n  @\r\n  - x.block.write\r\n",
        "\u{feff}integrations:\r\n\t@\r\n  - x.block.write\r\n",
        "integrations:\n  @\n  # more to say\n  #\n  - x.block.write",
        "credentials:\n  x:\n    capabilities:\n      @\n      - x.block.write\n",
        "requirements:\n  integrations:\n    # é😀\n    @\n    - x.block.write # é\n",
    ] {
        assert_eq!(found(manifest), Vec::<String>::new(), "{manifest}");
        let without = manifest.replace('@', "# nothing");
        assert_eq!(found(&without), ["key/not-self-serve"], "{without}");
    }
}

#[test]
fn a_comment_elsewhere_allows_nothing_and_is_found() {
    let unused = ["allow/unused", "key/not-self-serve"];
    for manifest in [
        "@\nintegrations:\n  - x.block.write\n",
        "integrations:\n  @\n\n  - x.block.write\n",
        "integrations:\n  @\n  - description: why\n    key: x.block.write\n",
    ] {
        assert_eq!(found(manifest), unused, "{manifest}");
    }
    assert_eq!(
        found("integrations:\n  - x.block.write\n@"),
        ["key/not-self-serve", "allow/unused"]
    );
    assert_eq!(
        found("integrations:\n  - x.block.write # first\n  @\n"),
        ["key/not-self-serve", "allow/unused"]
    );
    assert_eq!(
        found("integrations:\n  - x.block.write @\n"),
        ["key/not-self-serve", "allow/ineffective"]
    );
    assert_eq!(found("@\nsecrets: [A]\n"), ["allow/unused"]);
    assert_eq!(
        found("integrations:\n  @\n  - x.block.write\nown: |\n  @\nmore: \"\n  @ \"\n"),
        Vec::<String>::new(),
        "the text of a value is no comment"
    );
}

#[test]
fn comments_above_each_other_are_about_the_same_line() {
    let both = "\
integrations:
  # xreq: allow key/not-self-serve our plan has it
  # xreq: allow scope/published-insufficient accounts are connected with xreq
  - key: x.like.write
";
    assert_eq!(found(both), Vec::<String>::new());
    let twice = "integrations:\n  @\n  @\n  - x.block.write\n";
    assert_eq!(found(twice), ["allow/unused"]);
    let other = "integrations:\n  @\n  # xreq: allow scope/raw why\n  - x.block.write\n";
    assert_eq!(found(other), ["allow/unused"]);
}

#[test]
fn a_comment_allows_one_rule_in_one_line() {
    let manifest = "integrations:\n  @\n  - x.block.write\n  - x.follow.write\n";
    assert_eq!(found(manifest), ["key/not-self-serve"]);
    let manifest = "@\nintegrations: [x.block.write, x.follow.write, x.list.read, x.list.write]\n";
    assert_eq!(found(manifest), ["key/covered"]);
}

#[test]
fn a_comment_without_effect_says_why() {
    let home = Home::empty();
    for (comment, said) in [
        ("# xreq: allow key/not-self-serve", "it does not say why `key/not-self-serve` is allowed"),
        ("# xreq: allow not-self-serve our plan", "did you mean `key/not-self-serve`?"),
        ("# xreq: allow nothing at all", "no rule is called `nothing`"),
        ("# xreq: alow key/not-self-serve our plan", "it does not say `allow`"),
        ("# xreq: deny key/not-self-serve our plan", "it does not say `allow`"),
        (
            "# xreq: allow manifest/unknown-key our plan",
            "`manifest/unknown-key` is always an error",
        ),
        ("# xreq:", "it does not say `allow`"),
        ("#xreq:allow", "it names no rule"),
        ("# xreq: allow authority/consent-needed our owner", "`xreq diff --allow-widening`"),
    ] {
        let manifest = format!("integrations:\n  {comment}\n  - x.block.write\n");
        let ran = home.xreq_with(&["validate", "-"], &manifest).succeeds();
        let ran = ran.prints("warning[allow/ineffective]: this comment has no effect").prints(said);
        let ran = ran.prints("<stdin>:2:3").prints("key/not-self-serve");
        ran.prints("0 errors, 2 warnings");
    }
    assert_eq!(codes(&validate(&home, &[], "# about xreq: allow\nsecrets: [A]\n").json()), [""; 0]);
}

#[test]
fn a_file_with_errors_keeps_what_it_allows() {
    // The lints were not looked for, so nothing is said of what they would have found.
    assert_eq!(
        found("integrations:\n  @\n  - x.block.write\n  - x.tweet.raed\n"),
        ["manifest/unknown-key"]
    );
    assert_eq!(
        found("integrations:\n  # xreq: allow\n  - x.tweet.raed\n"),
        ["allow/ineffective", "manifest/unknown-key"]
    );
    assert_eq!(found("integrations: [\n  @\n"), ["manifest/syntax"]);
    let section = "# xreq: allow manifest/misspelled-section the app's own\nsecret: 1\n";
    assert_eq!(found(section), Vec::<String>::new());
}

#[test]
fn what_a_check_finds_is_allowed_there_and_left_alone_elsewhere() {
    let manifest = "\
integrations:
  # xreq: allow scope/api-underscoped the platform grants no more
  # xreq: allow scope/over-granted the account serves other apps as well
  # xreq: allow scope/published-insufficient the platform grants no more
  - x.dm.read
";
    let home = Home::with_manifest(manifest);
    home.import("token", "dm.read users.read like.read");
    let check = || findings(&home.xreq(&["check", "--format", "json"]).succeeds().json());
    assert_eq!(check(), []);
    assert_eq!(codes(&validate(&home, &[], manifest).json()), [""; 0]);
    // With another grant there is nothing to allow: the same manifest is as right as before.
    home.import("token", "dm.read users.read tweet.read");
    assert_eq!(check(), []);
    home.write("xreq.yaml", manifest.replace("# xreq", "# was"));
    home.import("token", "dm.read users.read like.read");
    let levels: Vec<_> = check().into_iter().map(|(code, _)| code).collect();
    assert_eq!(levels, ["scope/api-underscoped", "scope/over-granted"]);
    home.write("xreq.yaml", format!("integrations:\n  {ALLOW}\n  - x.like.read\n"));
    let answer = home.xreq(&["check", "--format", "json"]).succeeds().json();
    assert!(!codes(&answer).contains(&"allow/unused".to_owned()), "a check looks for no lints");
}

#[test]
fn a_comment_is_before_warnings_and_behind_what_is_denied_by_name() {
    let manifest = format!("integrations:\n  {ALLOW}\n  - x.block.write\n  - x.follow.write\n");
    let home = Home::empty();
    let error = || ("key/not-self-serve".to_owned(), "error".to_owned());
    let denied = validate(&home, &["--deny", "warnings"], &manifest).exits(1).json();
    assert_eq!(findings(&denied), [error()]);
    let denied = validate(&home, &["--deny", "key/not-self-serve"], &manifest).exits(1).json();
    assert_eq!(findings(&denied), [error(), error()]);
    let help = |at: usize| denied["diagnostics"][at]["help"].to_string();
    assert!(help(0).contains("allows it in vain") && !help(1).contains("allows it in vain"));
    let strict = Home::empty();
    strict.write("home/config.yaml", "rules: {key/not-self-serve: deny}\n");
    let denied = validate(&strict, &[], &manifest).exits(1).json();
    assert_eq!(findings(&denied), [error(), error()]);
    let allowed = validate(&home, &["--allow", "key/not-self-serve"], &manifest).succeeds().json();
    assert_eq!(findings(&allowed), []);
    let manifest = format!("{ALLOW}\nsecrets: [A]\n");
    let answer = validate(&home, &["--deny", "warnings"], &manifest).exits(1).json();
    assert_eq!(findings(&answer), [("allow/unused".to_owned(), "error".to_owned())]);
    assert_eq!(findings(&validate(&home, &["--allow", "allow/unused"], &manifest).json()), []);
}
