//! Nothing prints a code that `xreq rules` does not list, and nothing is written of one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::codes;
use crate::support::{Home, Ran};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The codes that `xreq rules` lists.
fn listed() -> BTreeSet<String> {
    let answer = Home::empty().xreq(&["rules", "--format", "json"]).succeeds().json();
    let all = ["rules", "refusals"].map(|table| answer[table].as_array().expect("a list").clone());
    all.iter().flatten().map(|rule| rule["code"].as_str().expect("a code").to_owned()).collect()
}

/// The files below a folder whose names end so.
fn files(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).expect("the folder is there");
    for path in entries.map(|entry| entry.expect("it can be read").path()) {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            found.extend(files(&path, ends));
        } else if extension.is_some_and(|extension| ends.contains(&extension)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn corpus(folder: &str) -> Vec<String> {
    let files = files(&root().join("tests/manifest").join(folder), &["yaml"]);
    files.iter().map(|path| path.to_str().expect("a plain path").to_owned()).collect()
}

#[test]
fn no_command_gives_another_code() {
    let listed = listed();
    let mut seen = BTreeSet::new();
    let mut look = |ran: &Ran| {
        let codes = codes(&ran.json());
        assert!(codes.iter().all(|code| listed.contains(code)), "{codes:?}");
        seen.extend(codes);
    };
    let home = Home::with_manifest("secrets: [A]\n");
    let (right, wrong) = (corpus("ok"), corpus("err"));
    let all = right.iter().chain(&wrong).map(String::as_str);
    let args: Vec<_> = ["validate", "--format", "json"].into_iter().chain(all).collect();
    look(&home.xreq(&args).exits(1));
    home.import("token", "users.read dm.write");
    for pair in right.windows(2) {
        look(&home.xreq(&["check", "--format", "json", "--manifest", &pair[0]]));
        look(&home.xreq(&["diff", "--format", "json", &pair[0], &pair[1]]));
    }
    // The corpus is not made for the store: that many rules is what shows that this looks at all.
    assert!(seen.len() > 35, "{}: {seen:?}", seen.len());
}

/// The words of a text that look like codes: one of the areas, a slash, a name.
fn mentioned<'a>(text: &'a str, areas: &BTreeSet<&str>) -> Vec<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/-_.*{}".contains(c);
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_end_matches('.'));
    let is_code = |word: &&str| {
        word.split_once('/').is_some_and(|(area, name)| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            areas.contains(area) && !name.is_empty() && name.chars().all(plain)
        })
    };
    words.filter(is_code).collect()
}

#[test]
fn nothing_is_written_of_another_code() {
    let listed = listed();
    let areas: BTreeSet<_> = listed.iter().filter_map(|code| code.split('/').next()).collect();
    let mut seen = BTreeSet::new();
    let mut paths: Vec<_> = ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"]
        .map(|name| root().join(name))
        .into();
    for folder in ["src", "docs", "schemas", "examples", "tests/manifest"] {
        paths.extend(files(&root().join(folder), &["rs", "md", "json", "out", "yaml", "yml"]));
    }
    paths.retain(|path| !path.ends_with("tests.rs"));
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        // Unit tests have codes that do not exist, to see them refused.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for code in mentioned(text, &areas) {
            assert!(listed.contains(code), "{}: {code}", path.display());
            seen.insert(code.to_owned());
        }
    }
    assert_eq!(seen, listed);
}

/// An explanation tells people what to type: every command and option of it exists.
#[test]
fn explanations_name_commands_that_exist() {
    let home = Home::empty();
    let mut commands = BTreeSet::new();
    let reasons = xreq::findings::Rule::ALL.iter().map(|rule| rule.reason());
    let refusals = xreq::broker::RefusalCode::ALL.iter().map(|code| code.explanation());
    for text in reasons.chain(refusals) {
        let quoted = text.split('`').skip(1).step_by(2);
        commands.extend(quoted.filter_map(|code| code.strip_prefix("xreq ")).map(str::to_owned));
    }
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let words: Vec<_> = command.split_whitespace().collect();
        let is_name = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase());
        let mut asked: Vec<_> = words.iter().take_while(is_name).copied().collect();
        asked.push("--help");
        let help = home.xreq(&asked).succeeds().stdout;
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "`xreq {command}`: no {option}");
        }
    }
}

/// What the broker answers with is looked up like what is found.
#[test]
fn refusals_are_listed_and_explained() {
    let home = Home::empty();
    let list = home.xreq(&["rules"]).succeeds().stdout;
    for code in xreq::broker::RefusalCode::ALL {
        assert!(list.contains(code.name()), "{}", code.name());
        let page = home.xreq(&["rules", code.name()]).succeeds().stdout;
        assert!(page.contains("What to do") && page.contains(&code.status().to_string()), "{page}");
        let one = home.xreq(&["rules", code.name(), "--format", "json"]).succeeds().json();
        assert_eq!(one["refusals"][0]["code"], code.name());
        assert_eq!(one["rules"].as_array().map(Vec::len), Some(0));
    }
    let near = home.xreq(&["rules", "operation/not-decalred"]).exits(2).stderr;
    assert!(near.contains("did you mean `operation/not-declared`"), "{near}");
    let area = home.xreq(&["rules", "approval"]).exits(2).stderr;
    assert!(area.contains("`approval/pending`, `approval/denied`"), "{area}");
}
