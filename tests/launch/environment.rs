//! The environment of an agent: contract 4.4 of the design, and everything else as inherited.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::Command;

use crate::launch::{MANIFEST, SCOPES, TOKEN, covered, launch, output, script, text, there_is};
use crate::support::{Home, Ran, XREQ};

const DUMP: [&str; 2] = ["cat", "/proc/self/environ"];

/// The environment that an agent gets, an entry a line, sorted, without what every launch has.
#[track_caller]
fn inherited(xreq: &mut Command) -> Vec<Vec<u8>> {
    let found = output(xreq);
    let mut entries: Vec<_> = found
        .split_inclusive(|byte| *byte == 0)
        .map(|entry| entry.strip_suffix(b"\0").expect("entries end with a NUL").to_owned())
        .filter(|entry| {
            let known = ["PATH=", "HOME=", "X_ACCESS_TOKEN", "XREQ_INTEGRATIONS="];
            !known.iter().any(|start| entry.starts_with(start.as_bytes()))
        })
        .collect();
    entries.sort();
    entries
}

/// The lines of the environment of an agent, sorted.
#[track_caller]
fn lines(xreq: &mut Command) -> Vec<String> {
    let mut lines: Vec<_> = text(xreq).split_terminator('\0').map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The value of a variable of the agent, if it has it.
fn value(home: &Home, name: &str) -> Option<String> {
    let start = format!("{name}=");
    lines(&mut launch(home, &DUMP))
        .iter()
        .find_map(|line| line.strip_prefix(&start).map(str::to_owned))
}

#[test]
fn an_agent_gets_the_contract_and_nothing_else() {
    let home = Home::with_manifest(&format!("{MANIFEST}secrets: [FAL_KEY, lower_case]\n"));
    home.import(TOKEN, SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "the key of fal\n").succeeds();
    home.xreq_with(&["secret", "set", "lower_case"], "a = b\nc 👋\n\n").succeeds();
    home.xreq_with(&["secret", "set", "UNASKED"], "not for this agent").succeeds();
    let expiry = value(&home, "X_ACCESS_TOKEN_EXPIRES_AT").expect("a known expiry");
    let mut expected = vec![
        "FAL_KEY=the key of fal".to_owned(),
        "lower_case=a = b\nc 👋\n".to_owned(),
        format!("HOME={}", home.path().display()),
        format!("PATH={}", std::env::var("PATH").expect("a PATH")),
        "XREQ_INTEGRATIONS=x.tweet.read".to_owned(),
        format!("X_ACCESS_TOKEN={TOKEN}"),
        format!("X_ACCESS_TOKEN_EXPIRES_AT={expiry}"),
    ];
    expected.sort();
    assert_eq!(lines(&mut launch(&home, &DUMP)), expected);
}

/// What the store has goes before what the caller has, and nobody is surprised by that.
#[test]
fn what_is_set_replaces_what_is_inherited() {
    let home = Home::with_manifest(&format!("{MANIFEST}secrets: [FAL_KEY]\n"))
        .var("X_ACCESS_TOKEN", "an old token")
        .var("X_ACCESS_TOKEN_EXPIRES_AT", "1999-01-01T00:00:00Z")
        .var("FAL_KEY", "an old key");
    home.import(TOKEN, SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "the key of fal").succeeds();
    let ran = Ran::of(&mut launch(&home, &["env"])).succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.lines().count(), 6, "{}", ran.stdout);
    let ran = ran.prints(&format!("X_ACCESS_TOKEN={TOKEN}\n")).prints("FAL_KEY=the key of fal\n");
    assert!(!ran.stdout.contains("an old") && !ran.stdout.contains("1999"), "{}", ran.stdout);
}

/// RFC 3339, UTC, whole seconds, with a `Z`: what every language reads without a library.
#[test]
fn the_expiry_has_one_form() {
    let home = covered();
    for (stated, form) in [
        ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05Z"),
        ("2099-01-02T03:04:05.999Z", "2099-01-02T03:04:05Z"),
        ("2099-01-02T03:04:05+05:30", "2099-01-01T21:34:05Z"),
        ("2099-12-31T23:59:59.000000001-01:00", "2100-01-01T00:59:59Z"),
    ] {
        let args = ["import", "x", "--scopes", SCOPES, "--expires-at", stated];
        home.xreq_with(&args, TOKEN).succeeds();
        assert_eq!(value(&home, "X_ACCESS_TOKEN_EXPIRES_AT").as_deref(), Some(form), "{stated}");
    }
}

/// A stale time beside a token of unknown life would be a lie.
#[test]
fn an_unknown_expiry_is_absent_and_not_inherited() {
    let home =
        Home::with_manifest(MANIFEST).var("X_ACCESS_TOKEN_EXPIRES_AT", "2099-01-01T00:00:00Z");
    home.xreq_with(&["import", "x", "--scopes", SCOPES], TOKEN).succeeds();
    Ran::of(&mut script(&home, "")).succeeds().complains("X_ACCESS_TOKEN_EXPIRES_AT is kept from");
    assert_eq!(value(&home, "X_ACCESS_TOKEN").as_deref(), Some(TOKEN));
    assert_eq!(value(&home, "X_ACCESS_TOKEN_EXPIRES_AT"), None);
}

#[test]
fn the_satisfied_keys_are_listed_in_the_order_of_the_manifest() {
    let manifest = "integrations:
  - x.user.read
  - {key: x.dm.read, optional: true}
  - x.tweet.read
  - {key: x, scopes: [users.read]}
  - {key: x.dm.write, optional: true}
";
    let home = Home::with_manifest(manifest).var("XREQ_INTEGRATIONS", "x.everything");
    home.import(TOKEN, SCOPES);
    let keys = |home: &Home| value(home, "XREQ_INTEGRATIONS").expect("it is always set");
    assert_eq!(keys(&home), "x.user.read x.tweet.read x");
    home.import(TOKEN, &format!("{SCOPES} dm.read"));
    assert_eq!(keys(&home), "x.user.read x.dm.read x.tweet.read x");
}

#[test]
fn without_a_satisfied_key_the_list_is_empty_and_there() {
    let home = Home::with_manifest("integrations:\n  - {key: x.dm.read, optional: true}\n");
    assert_eq!(value(&home, "XREQ_INTEGRATIONS").as_deref(), Some(""));
    assert_eq!(value(&home, "X_ACCESS_TOKEN"), None);
}

/// An optional provider that is not there must not be stood in for by whatever is around.
#[test]
fn an_unmet_optional_provider_has_its_variables_removed() {
    let optional = "integrations:\n  - {key: x.dm.read, optional: true}\n";
    let home = Home::with_manifest(optional)
        .var("X_ACCESS_TOKEN", "somebody-elses-token")
        .var("X_ACCESS_TOKEN_EXPIRES_AT", "2099-01-01T00:00:00Z");
    let first = Ran::of(&mut script(&home, "")).succeeds();
    let first = first.complains("X_ACCESS_TOKEN is kept from the agent: ");
    assert!(!first.stderr.contains("somebody-elses-token"), "{}", first.stderr);
    let check = |why: &str| {
        assert_eq!(value(&home, "X_ACCESS_TOKEN"), None, "{why}");
        assert_eq!(value(&home, "X_ACCESS_TOKEN_EXPIRES_AT"), None, "{why}");
        Ran::of(&mut script(&home, "")).succeeds().complains("warning: optional x");
    };
    check("no grant");
    home.import(TOKEN, SCOPES);
    check("a grant without the scope");
    let args = ["import", "x", "--scopes", "dm.read tweet.read users.read", "--expires-in", "0"];
    home.xreq_with(&args, TOKEN).succeeds();
    check("an expired grant");
}

/// An app that has nothing to do with a provider keeps what it is given: 4.4 does not name it.
#[test]
fn the_token_of_a_provider_that_is_not_asked_for_is_the_callers() {
    let home = Home::with_manifest("name: an app\n").var("X_ACCESS_TOKEN", "the callers own");
    home.import(TOKEN, SCOPES);
    assert_eq!(value(&home, "X_ACCESS_TOKEN").as_deref(), Some("the callers own"));
}

#[test]
fn an_unmet_optional_secret_is_not_inherited() {
    let manifest = "secrets:\n  - {key: FAL_KEY, optional: true}\n";
    let home = Home::with_manifest(manifest).var("FAL_KEY", "of the caller");
    let ran = Ran::of(&mut script(&home, "")).succeeds();
    ran.complains("FAL_KEY is kept from the agent: ").complains("`xreq secret set FAL_KEY`");
    assert_eq!(value(&home, "FAL_KEY"), None);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "of the store").succeeds();
    assert_eq!(value(&home, "FAL_KEY").as_deref(), Some("of the store"));
}

/// What opens the store, what makes new tokens, and what makes libraries sign with ours.
#[test]
fn what_an_agent_must_not_have_is_removed() {
    let home = covered();
    let identity = std::fs::read_to_string(home.store().join("identity.txt")).expect("an identity");
    std::fs::remove_file(home.store().join("identity.txt")).expect("an identity");
    let own = ["XREQ_IDENTITY_FILE", "XREQ_MANIFEST", "XREQ_", "XREQ_ANYTHING", "XREQ_\u{e4}"];
    let surprising = ["X_REFRESH_TOKEN", "X_CLIENT_SECRET", "X_ACCESS_TOKEN_SECRET"];
    home.write("manifest", MANIFEST);
    let with_all = |agent: &[&str]| {
        let mut xreq = launch(&home, agent);
        xreq.envs(own.iter().chain(&surprising).map(|name| (name, "canary")));
        xreq.env("XREQ_IDENTITY", identity.trim()).env("XREQ_MANIFEST", "manifest");
        xreq.env("XREQ_IDENTITY_FILE", "");
        xreq.env(OsStr::from_bytes(b"XREQ_\xff"), "canary");
        xreq
    };
    let told = Ran::of(&mut with_all(&["true"])).succeeds().stderr;
    let names: Vec<_> = inherited(&mut with_all(&DUMP));
    assert_eq!(names, Vec::<Vec<u8>>::new());
    for name in surprising {
        let warning = format!("warning: {name} is kept from the agent: ");
        assert_eq!(told.matches(&warning).count(), 1, "{told}");
    }
    assert_eq!(told.lines().count(), surprising.len(), "{told}");
    assert!(!told.contains("canary") && !told.contains("AGE-SECRET-KEY"), "{told}");
}

/// Names that only look like those of the contract.
#[test]
fn neighbours_of_removed_names_are_inherited() {
    let names = [
        "XREQ",
        "XREQS_A",
        "xreq_home",
        "_XREQ_A",
        "X_ACCESS_TOKENS",
        "MY_X_ACCESS_TOKEN",
        "x_refresh_token",
        "X_REFRESH_TOKEN_",
        "X_API_KEY",
        "TWITTER_BEARER_TOKEN",
        "GOOGLE_CLIENT_SECRET",
        "DISCORD_ACCESS_TOKEN",
        "INF_ENV",
        "ACCESS_TOKEN",
    ];
    let home = covered();
    let mut xreq = launch(&home, &["env"]);
    let found = text(xreq.envs(names.map(|name| (name, "kept"))));
    for name in names {
        assert!(found.lines().any(|line| line == format!("{name}=kept")), "{name}: {found}");
    }
}

#[test]
fn names_and_values_of_any_bytes_are_inherited() {
    let all: Vec<u8> = (1..=255).collect();
    let vars: [(&[u8], &[u8]); 10] = [
        (b"BYTES", &all),
        (b"EMPTY", b""),
        (b"EQUALS", b"=a==b="),
        (b"LINES", b"one\ntwo\r\n"),
        (b"NOT-A-NAME.at all", b"v"),
        (b"\xff\xfe", b"\xc3\x28"),
        (b"\xe4\xb8", b"cut off"),
        (b"1", b"digit"),
        (b" ", b"space"),
        (b"BASH_FUNC_f%%", b"() { :; }"),
    ];
    let home = covered();
    let mut xreq = launch(&home, &DUMP);
    xreq.envs(vars.map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))));
    let mut expected = vars.map(|(name, value)| [name, b"=", value].concat());
    expected.sort();
    assert_eq!(inherited(&mut xreq), expected);
}

#[test]
fn very_many_and_very_large_variables_are_inherited() {
    let large = "v".repeat(131_000 - "LARGE=".len());
    let many = (0..5_000).map(|number| (format!("MANY_{number}"), "v"));
    let home = covered();
    let mut xreq = launch(&home, &DUMP);
    let found = inherited(xreq.env("LARGE", &large).envs(many));
    assert_eq!(found.len(), 5_001);
    assert!(found.contains(&format!("LARGE={large}").into_bytes()));
}

/// What is inherited just fits, and what xreq adds no longer does.
#[test]
fn an_environment_that_is_too_large_is_told_as_such() {
    let home = Home::with_manifest("secrets: [LARGE]\n");
    home.xreq_with(&["secret", "set", "LARGE"], "s".repeat(60_000)).succeeds();
    // Linux gives arguments and environment a quarter of the stack, and 128 KiB at least.
    let run = format!("ulimit -s 512; exec {XREQ} run -- touch launched");
    let mut agent = home.program("sh");
    agent.args(["-c", &run]).env("INHERITED", "i".repeat(100_000));
    let ran = Ran::of(&mut agent).exits(126).complains("argument list too long");
    assert!(ran.stderr.contains("--pristine"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("chmod") && !ran.stderr.contains("sss"), "{}", ran.stderr);
    assert!(!home.path().join("launched").exists());
}

/// `getenv` answers the first of two variables of a name, and so does the agent, then.
#[test]
fn of_a_variable_that_is_there_twice_the_first_counts() {
    if !there_is("python3", &["-c", "import ctypes"]) {
        return;
    }
    let home = covered();
    let start = "import ctypes, os, sys
path, *words = sys.argv[1:]
strings = lambda texts: (ctypes.c_char_p * (len(texts) + 1))(*[t.encode() for t in texts], None)
twice = [f'{k}={v}' for k, v in os.environ.items()] + [
    'TWICE=first', 'TWICE=second', 'X_REFRESH_TOKEN=a', 'X_REFRESH_TOKEN=b', 'no variable']
ctypes.CDLL(None).execve(path.encode(), strings([path, *words]), strings(twice))
";
    let mut python = home.program("python3");
    python.args(["-c", start, XREQ, "run", "--", DUMP[0], DUMP[1]]).env("LC_ALL", "C.UTF-8");
    let found = inherited(&mut python);
    assert!(found.contains(&b"TWICE=first".to_vec()), "{found:?}");
    assert!(!found.iter().any(|entry| entry == b"TWICE=second" || entry.starts_with(b"X_REFRESH")));
}

#[test]
fn pristine_lets_through_what_every_program_needs() {
    let kept =
        ["TERM", "LANG", "LC_ALL", "LC_MESSAGES", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR"];
    let dropped = ["AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "LD_PRELOAD_", "PYTHONPATH", "EDITOR"];
    let manifest = format!("{MANIFEST}secrets: [FAL_KEY]\n");
    let home = Home::with_manifest(&manifest).var("X_REFRESH_TOKEN", "canary");
    home.import(TOKEN, SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "the key of fal").succeeds();
    let mut xreq = home.command();
    xreq.args(["run", "--pristine", "--", "cat", "/proc/self/environ"]);
    xreq.envs(kept.iter().chain(&dropped).map(|name| (name, "C")));
    xreq.env(OsString::from_vec(b"\xff".to_vec()), "C");
    let told = Ran::of(&mut xreq).succeeds().stderr;
    assert_eq!(told.lines().count(), 1, "only what is surprising is told: {told}");
    let found = inherited(&mut xreq);
    let mut expected: Vec<_> = kept.map(|name| format!("{name}=C")).to_vec();
    expected.push("FAL_KEY=the key of fal".to_owned());
    expected.sort();
    let found: Vec<_> = found.iter().map(|entry| String::from_utf8_lossy(entry)).collect();
    assert_eq!(found, expected);
}
