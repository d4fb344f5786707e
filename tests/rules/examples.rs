//! The examples of every explanation, run; and the manifests of this repository.

use std::fs;
use std::path::Path;

use serde_json::Value;
use xreq::findings::{Rule, Stage};

use super::explained::Example;
use super::{codes, findings, validate};
use crate::support::{Home, Ran};

/// What breaks a rule and cannot be shown as text, and what just does not.
fn untold(rule: Rule) -> Option<[Vec<u8>; 2]> {
    const VALID: &str = "integrations: [x.tweet.read]\n";
    let padded = |size: usize| format!("{VALID}{}", "#".repeat(size - VALID.len()));
    let nested =
        |lists: usize| format!("{VALID}own: {}1{}\n", "[".repeat(lists), "]".repeat(lists));
    // The mapping, its two keys, both lists and the one key make six.
    let wide = |values: usize| format!("{VALID}own: [{}]\n", "0,".repeat(values - 6));
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count).map(|at| format!("x.none.of{at}")).collect();
        format!("integrations: [{}]\n", keys.join(","))
    };
    let pair = match rule {
        Rule::TooLarge => [padded(1024 * 1024 + 1), padded(1024 * 1024)],
        Rule::TooDeep => [nested(64), nested(63)],
        Rule::TooManyNodes => [wide(20_001), wide(20_000)],
        Rule::Nul => [format!("{VALID}#\0"), format!("{VALID}#")],
        Rule::AmbiguousCharacter => [format!("{VALID}#\u{85}"), format!("{VALID}#")],
        Rule::MoreFindings => [keys(101), keys(100)],
        Rule::NotUtf8 => {
            return Some([
                b"name: caf\xe9\nsecrets: [A]".into(),
                b"name: caf\xc3\xa9\nsecrets: [A]".into(),
            ]);
        }
        _ => return None,
    };
    Some(pair.map(String::into_bytes))
}

/// Looks for findings with the command that the rule names.
fn look(rule: Rule, example: &Example) -> Ran {
    match rule.stage() {
        Stage::Manifest | Stage::Lint => validate(&Home::empty(), &[], example.manifest()),
        Stage::Store => example.home().xreq(&["check", "--format", "json"]),
        Stage::Launch => {
            let home = example.home();
            let command = example.command().split_whitespace();
            let args: Vec<_> = ["run", "--dry-run", "--"].into_iter().chain(command).collect();
            home.xreq(&args)
        }
        Stage::Change => {
            let home = example.home();
            home.write("old.yaml", example.old());
            home.xreq(&["diff", "--format", "json", "old.yaml", "xreq.yaml"])
        }
    }
}

#[test]
fn bad_examples_break_their_rule_and_good_ones_break_none() {
    for rule in Rule::ALL.iter().copied() {
        let [bad, good] = Example::pair(rule);
        assert_eq!(bad.is_told(), good.is_told(), "{}", rule.name());
        assert_eq!(bad.is_told(), untold(rule).is_some(), "{}", rule.name());
        if bad.is_told() {
            continue;
        }
        let ran = look(rule, &bad);
        if rule.stage() == Stage::Launch {
            ran.succeeds().complains("note: ").complains(rule.name());
            let stderr = look(rule, &good).succeeds().stderr;
            assert_eq!(stderr, "", "{}", rule.name());
            continue;
        }
        let found = findings(&ran.json());
        let expected = (rule.name().to_owned(), rule.level().name().to_owned());
        assert!(found.contains(&expected), "{}: {found:?}", rule.name());
        // A comment that allows nothing leaves the finding there; what is new needs consent.
        if rule != Rule::IneffectiveAllow && rule.stage() != Stage::Change {
            assert!(found.iter().all(|finding| *finding == expected), "{found:?}");
        }
        let is_error = found.iter().any(|(_, level)| level == "error");
        ran.exits(i32::from(is_error));

        let ran = look(rule, &good);
        let found = codes(&ran.json());
        assert!(!found.contains(&rule.name().to_owned()), "{}: {found:?}", rule.name());
        if rule.stage() != Stage::Change {
            assert!(found.is_empty(), "{}: {found:?}", rule.name());
            ran.succeeds();
        }
    }
}

#[test]
fn what_is_told_in_words_is_so() {
    let home = Home::empty();
    let mut told = 0;
    for rule in Rule::ALL.iter().copied() {
        let Some([bad, good]) = untold(rule) else { continue };
        told += 1;
        let ran = validate(&home, &[], bad).exits(1);
        let found = findings(&ran.json());
        let expected = (rule.name().to_owned(), rule.level().name().to_owned());
        assert!(found.contains(&expected), "{}: {found:?}", rule.name());
        let found = codes(&validate(&home, &[], good).json());
        assert!(!found.contains(&rule.name().to_owned()), "{}: {found:?}", rule.name());
        assert!(found.is_empty() || rule == Rule::MoreFindings, "{}: {found:?}", rule.name());
    }
    assert_eq!(told, 7);
}

/// Returns what a text says, whatever its lines, headings and code look like.
fn words(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.starts_with("```") && !line.is_empty());
    let is_word = |word: &&str| !["##", "old:", "new:"].contains(word);
    lines.flat_map(str::split_whitespace).filter(is_word).collect()
}

#[test]
fn the_page_of_a_rule_is_its_explanation_as_text() {
    let home = Home::empty();
    for rule in Rule::ALL {
        let page = home.xreq(&["rules", rule.name()]).succeeds().stdout;
        let level = rule.level().name();
        assert!(page.starts_with(&format!("{}\n\n{} A", rule.name(), rule.summary())), "{page}");
        let (head, _) = page.split_once(".\n\n").expect("a first paragraph");
        assert!(head.contains(&format!(" {level} of ")), "{page}");
        assert_eq!(page.contains("unless it is set otherwise"), rule.is_adjustable());
        assert!(page.contains("\n\nBad\n\n") && page.contains("\n\nGood\n\n"), "{page}");
        assert!(!page.contains("```") && !page.contains("\n#"), "{page}");
        assert!(words(&page).ends_with(&words(rule.explanation())), "{page}");
    }
    let page = home.xreq(&["rules", "scope/missing"]).succeeds().stdout;
    assert!(page.contains("\n\n    integrations: [x.tweet.write]\n\nGood\n"), "{page}");
    let page = home.xreq(&["rules", "authority/removed"]).succeeds().stdout;
    assert!(page.contains("\nold:\n    ") && page.contains("\nnew:\n    "), "{page}");
    let page = home.xreq(&["--color", "always", "rules", "manifest/empty"]).succeeds().stdout;
    assert!(page.contains("\x1b[1mBad\x1b[0m\n"), "{page}");
    assert!(page.contains("\n    # To do"), "a comment is no heading: {page}");
}

#[test]
fn the_list_has_every_rule_once() {
    let home = Home::empty();
    let list = home.xreq(&["rules"]).succeeds().stdout;
    for rule in Rule::ALL {
        let lines: Vec<_> = list
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(rule.name()))
            .collect();
        let [line] = lines.as_slice() else { panic!("{}: {lines:?}", rule.name()) };
        let words: Vec<_> = line.split_whitespace().skip(1).take(2).collect();
        assert_eq!(words, [rule.level().name(), rule.stage().command()]);
        assert!(line.ends_with(rule.summary()), "{line}");
    }
    let areas: Vec<_> = list.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        areas,
        [
            "manifest",
            "grant",
            "scope",
            "secret",
            "env",
            "variable",
            "allow",
            "key",
            "authority",
            "refusals of the broker"
        ]
    );
}

#[test]
fn programs_get_the_same() {
    let home = Home::empty();
    let all = home.xreq(&["rules", "--format", "json"]).succeeds().json();
    assert_eq!(all["schema_version"], 1);
    let all = all["rules"].as_array().expect("a list");
    assert_eq!(all.len(), Rule::ALL.len());
    let one = home.xreq(&["rules", "scope/raw", "--format", "json"]).succeeds().json();
    assert_eq!(one["rules"].as_array().map(Vec::len), Some(1));
    assert!(all.contains(&one["rules"][0]));
    let text = |field: &str| one["rules"][0][field].as_str().expect("a string").to_owned();
    assert_eq!(
        [text("code"), text("level"), text("stage"), text("command")],
        ["scope/raw", "warning", "lint", "validate"]
    );
    assert_eq!(one["rules"][0]["adjustable"], Value::Bool(true));
    assert_eq!(text("explanation"), Rule::RawScopes.explanation());
}

#[test]
fn names_of_no_rule_are_told_with_the_right_one() {
    let home = Home::empty();
    for (name, said) in [
        ("scope/rwa", "did you mean `scope/raw`?"),
        ("raw", "did you mean `scope/raw`?"),
        ("SCOPE/RAW", "did you mean `scope/raw`?"),
        ("nothing", "`xreq rules` lists them"),
        ("manifest_invalid", "is the code of a failure"),
    ] {
        home.xreq(&["rules", name]).exits(2).complains("bad_argument").complains(said);
    }
}

#[test]
fn code_scanning_gets_the_explanations() {
    let log = Home::empty().xreq_with(&["validate", "--format", "sarif", "-"], "secrets: [A]\n");
    let log = log.succeeds().json();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list");
    assert_eq!(rules.len(), Rule::ALL.len());
    for (shown, rule) in rules.iter().zip(Rule::ALL) {
        assert_eq!(shown["id"], rule.name());
        assert_eq!(shown["help"]["markdown"], rule.explanation());
        let text = shown["help"]["text"].as_str().expect("a text");
        assert!(rule.explanation().starts_with(text) && !text.contains("## "), "{text}");
    }
}

/// What people copy from this repository has nothing that anybody would have to be told of.
#[test]
fn our_own_manifests_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut paths = Vec::new();
    for folder in fs::read_dir(&root).expect("there are examples") {
        let folder = folder.expect("it can be read").path();
        for file in fs::read_dir(folder).expect("a folder") {
            let path = file.expect("it can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
            let is_manifest = name == "xreq.yaml" || path.starts_with(root.join("manifests"));
            if is_manifest && !name.starts_with("broken-") {
                paths.push(path.to_str().expect("a plain path").to_owned());
            }
        }
    }
    assert!(paths.len() >= 10, "{paths:?}");
    let args: Vec<_> = ["validate"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let home = Home::empty();
    let ran = home.xreq(&args).succeeds();
    assert_eq!(ran.stdout, format!("{} manifests: 0 errors, 0 warnings\n", paths.len()));
    home.xreq(&["init"]).succeeds();
    let ran = home.xreq(&["validate"]).succeeds();
    assert_eq!(ran.stdout, "1 manifest: 0 errors, 0 warnings\n");
}
