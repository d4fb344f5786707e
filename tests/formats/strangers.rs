//! Nothing that a stranger wrote controls a terminal, hides, or makes a line of its own: not in a
//! manifest, a provider file, a name of a file, an argument, or what the store keeps of a provider's
//! answer; in no command and no format.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use xreq::store::{Blame, FailureClass, LastError};
use xreq::text::escape::plain;

use super::FORMATS;
use super::commands::commands;
use crate::support::stored::Stored;
use crate::support::{Home, Ran};

/// What a stranger writes where the rest of a text should be taken for that of xreq.
const FORGED: &str = "FORGED";

/// The styles that xreq has.
const STYLES: [&str; 16] =
    ["0", "1", "2", "4", "31", "32", "33", "34", "35", "36", "91", "92", "93", "94", "95", "96"];

/// Pieces that mean something to a terminal, to the log of a job, or to a reader's eyes.
const PIECES: [&str; 18] = [
    "\u{1b}[2J",
    "\u{1b}[31mFORGED",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "\u{7f}",
    "\r",
    "\nFORGED",
    "\n::error::FORGED",
    "##[error]FORGED",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200d}",
    "\u{ad}",
    "\u{feff}",
    "\u{e0041}",
    "é",
    "a b",
];

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES.to_vec()), 1..6).prop_map(|pieces| pieces.concat())
}

static HOME: LazyLock<Home> = LazyLock::new(|| {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.import("an-access-token", "tweet.read users.read");
    home
});

/// A text between the double quotes of YAML, in which whatever is not seen is written by its code.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\');
    let code = |c| if is_plain(c) { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) };
    format!("\"{}\"", text.chars().map(code).collect::<String>())
}

/// A provider file with these words in the places for words, and these scopes.
fn provider(words: &str, scopes: &[&str]) -> String {
    let words = quoted(words);
    let line = |scope: &&str| format!("  {}: {words}\n", quoted(scope));
    let scopes = scopes.iter().map(line).collect::<Vec<_>>().concat();
    format!(
        "provider: acme\ntitle: {words}\nenv_prefix: ACME\nendpoints:\n  authorize_url: \
         http://127.0.0.1:1/a\n  token_url: http://127.0.0.1:1/t\n  api_url: http://127.0.0.1:1\n\
         client_authentication:\n  public: none\npkce: S256\nredirect_uri: \
         http://127.0.0.1:8080/callback\nscopes:\n{scopes}capabilities:\n  acme.order.read:\n    title: \
         {words}\n    allows: {words}\n    note: {words}\n    published: [order.read]\nhelp:\n  client: \
         {words}\n  redirect_uri: {words}\n"
    )
}

fn is_clean(ran: &Ran, what: &[&str]) {
    for said in [&ran.stdout, &ran.stderr] {
        let rest = STYLES
            .iter()
            .fold(said.clone(), |said, style| said.replace(&format!("\u{1b}[{style}m"), ""));
        assert_eq!(plain(&rest), rest, "{what:?}: {said:?}");
        assert!(!said.contains("\u{1b}[31mFORGED"), "{what:?}: {said:?}");
        assert!(
            !rest.lines().any(|line| line.trim_start().starts_with(FORGED)),
            "{what:?}: {said}"
        );
        let is_github = what.contains(&"github");
        for command in commands(&rest) {
            let is_own = command.properties.iter().any(|(name, _)| name == "title");
            assert!(is_github && is_own, "{what:?}: {command:?} in {said}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn no_strangers_text_is_more_than_text(evil in hostile()) {
        let home = &*HOME;
        home.write("home/providers/acme.yaml", provider(&format!("a {evil}"), &["order.read"]));
        home.write("bad.yaml", format!("provider: acme\ntitle: {}\nodd: 1\n", quoted(&evil)));
        let words = quoted(&evil);
        home.write(
            "all.yaml",
            format!(
                "integrations:\n- {{key: acme.order.read, description: {words}}}\n- key: x.dm.read\n\
                 secrets: [A_KEY]\non_refresh: {words}\n"
            ),
        );
        home.write("wrong.yaml", format!("integrations: [{words}, {{key: x, scopes: [{words}]}}]\n{words}: 1\n"));
        let named = format!("n{}.yaml", evil.replace('/', ""));
        home.write(&named, "integrations: [acme.order.read, x.raed]\nsecrets: [A_KEY]\n");
        Stored::of(home).change(|grant| {
            grant.metadata.handle = Some(evil.clone());
            grant.metadata.account_id = Some(evil.clone());
            grant.metadata.last_error = Some(LastError {
                at: grant.metadata.connected_at,
                class: FailureClass::Transient,
                message: evil.clone(),
                retry_at: None,
                blames: None::<Blame>,
            });
        });
        let option = format!("--{evil}");
        let mut runs: Vec<Vec<&str>> = vec![
            vec!["status"],
            vec!["status", "--format", "json"],
            vec!["status", &option],
            vec!["status", &evil],
            vec!["catalog", &evil],
            vec!["catalog", "--catalog", "bad.yaml"],
            vec!["rules", &evil],
            vec!["connect", "acme", "--paste", "acme.order.read"],
            vec!["client", "set", "acme", "--id", &evil, "--public"],
            vec!["client", "show"],
            vec!["secret", "set", &evil],
            vec!["token", "x", "--account", &evil],
            vec!["catalog"],
            vec!["catalog", "acme"],
            vec!["catalog", "acme.order.read"],
            vec!["catalog", "acme", "--format", "json"],
        ];
        for file in ["all.yaml", "wrong.yaml", &named] {
            for format in FORMATS {
                runs.push(vec!["validate", "--format", format, file]);
                runs.push(vec!["check", "--format", format, "--manifest", file]);
                runs.push(vec!["diff", "--format", format, "/dev/null", file]);
                runs.push(vec!["diff", "--format", format, file, "/dev/null"]);
            }
            runs.push(vec!["explain", "--manifest", file]);
            runs.push(vec!["explain", "--format", "markdown", "--manifest", file]);
            runs.push(vec!["run", "--dry-run", "--manifest", file, "--", "true", &evil]);
            runs.push(vec!["trust", "--manifest", file]);
        }
        for mut args in runs {
            args.insert(0, "--color=always");
            let ran = home.xreq(&args);
            is_clean(&ran, &args);
        }
    }
}

#[test]
fn a_scope_is_one_word_of_the_command_that_adds_it() {
    const SCOPE: &str = "$(id>pwned);'`id`";
    let home = Home::with_manifest("integrations: []\n");
    home.write("home/providers/acme.yaml", provider("Acme", &["order.read", SCOPE]));
    let keys = serde_json::json!([{ "key": "acme", "scopes": ["order.read", SCOPE] }]);
    home.write("xreq.yaml", serde_json::json!({ "integrations": keys }).to_string());
    let import = ["import", "acme", "--scopes", "order.read", "--expires-in", "2h", "-"];
    home.xreq_with(&import, "a-token").succeeds();
    let verdict = home.xreq(&["check", "--format", "json"]).exits(1).json();
    let command = verdict["errors"][0]["action"]["command"].as_str().expect("it has a command");
    let words = command.strip_prefix("xreq ").expect("it is one of xreq");
    let ran = Ran::of(home.program("sh").args(["-c", &format!("printf '%s\\n' {words}")]));
    assert_eq!(ran.stdout, format!("connect\nacme\n--add-scope\n{SCOPE}\n"), "{command}");
    assert!(!home.path().join("pwned").exists());
    let told = home.xreq(&["check"]).exits(1);
    told.complains(&format!("`{command}`"));
}
