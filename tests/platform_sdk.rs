//! The platform's SDK, on `credentials` sections in great number: what it refuses xreq refuses, what both
//! take means the same, and where xreq alone refuses, the reason is one of those listed here.
//!
//! The sections are made when the test runs, and are always the same.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Map, Value, json};
use xreq::findings::{Diagnostic, Level, Rule, Source};
use xreq::manifest;

use crate::support::random::Random;
use crate::support::{Ran, machine};

const SECTIONS: usize = 6_000;

/// The values that a field is given: those in front are right, and taken more often.
const FIELDS: [(&str, &str); 18] = [
    ("key", r#"["x", "x.tweet.read", "x.tweet.read", "google.drive.read", "X", "", 5, null]"#),
    ("slug", r#"["x", "x", "x", "google", "X", "x.dm.read", "", 5, null]"#),
    (
        "provider",
        r#"["x", {"name": "X", "slug": "x"}, {}, "google", {"name": 5}, {"nam": "X"}, [], null]"#,
    ),
    (
        "capabilities",
        r#"[["x.tweet.write"], ["x.dm.read", "x.like.read"], ["x.tweet.read"], ["google.docs.read"], ["x"], [], "x.tweet.read", [5], null]"#,
    ),
    ("scopes", r#"[["tweet.read"], ["like.read", "users.read"], [], "tweet.read", [5], null]"#),
    ("secrets", r#"[["A_KEY"], ["B_KEY", "C_KEY"], [], ["no name"], "A_KEY", [5], null]"#),
    ("optional", r#"[true, false, "yes", 1, null]"#),
    ("description", r#"["Posts", "", 5, null]"#),
    ("auth", r#"[{}, {"type": "oauth2", "scopes": [1]}, "oauth2", [], null]"#),
    ("name", r#"["X", "", 5, null]"#),
    ("website", r#"["x.com", "", {}, null]"#),
    ("display_name", r#"["X", "", 5]"#),
    ("connection_scope", r#"["team", "", []]"#),
    ("instructions", r#"["Ask.\nThen wait.", "", 5]"#),
    ("docs_url", r#"["https://docs.x.com", "", 5]"#),
    ("expires_after_days", r#"[90, 0, "90"]"#),
    ("display_names", r#"["X"]"#),
    ("capability", r#"["x.tweet.read"]"#),
];

/// A reason why xreq refuses what the SDK takes, and the test for it.
type Reason = (&'static str, fn(&Diagnostic) -> bool);

const STRICTER: [Reason; 7] = [
    ("an empty list is a slip", |finding| finding.rule == Rule::EmptyList),
    ("what is required twice is a slip", |finding| finding.rule == Rule::DuplicateRequirement),
    ("names have a form", |finding| matches!(finding.rule, Rule::BadKey | Rule::BadSecretName)),
    ("a capability is one of the entry's provider", |finding| {
        finding.rule == Rule::ProviderMismatch
    }),
    ("a capability has scopes of its own", |finding| finding.rule == Rule::ScopesOnCapability),
    ("a mapping names its provider once", |finding| {
        finding.message == "`x` has no field `key`"
            || finding.message == "`google` has no field `key`"
            || finding.message == "`provider` must be a mapping, and this is a string"
    }),
    ("nothing is no value", |finding| finding.message.ends_with("and this is nothing")),
];

/// A requirement without its place: name, scopes, description, whether it is optional.
type Required = (String, Vec<String>, Option<String>, bool);

#[test]
fn the_sdk_of_the_platform_takes_the_same_spellings() {
    let mut random = Random::new(0x2545_f491_4f6c_dd1d);
    let sections: Vec<_> = (0..SECTIONS).map(|_| section(&mut random)).collect();
    let Some(answer) = ask(&sections) else { return };
    let declared = answer["declared"].as_array().expect("a list").iter();
    for name in declared.map(|name| name.as_str().expect("a name")) {
        assert!(FIELDS.iter().any(|(field, _)| *field == name), "{name} is not tried");
    }
    let judged = answer["judged"].as_array().expect("a list");
    assert_eq!(judged.len(), sections.len(), "there is a judgement of each section");
    let mut same: BTreeMap<&str, usize> = BTreeMap::new();
    for (section, theirs) in sections.iter().zip(judged) {
        let ours = ours(section);
        let outcome = match (&ours, theirs.as_array()) {
            (Ok(ours), Some(theirs)) => {
                assert_eq!(*ours, required(theirs, section.is_array()), "{section}");
                "both take it"
            }
            (Ok(_), None) => panic!("the SDK refuses {section}"),
            (Err(_), None) => "both refuse it",
            (Err(findings), Some(_)) => findings
                .iter()
                .map(|finding| {
                    let known = STRICTER.iter().find(|(_, is_it)| is_it(finding));
                    known.unwrap_or_else(|| panic!("{}: {section}", finding.message)).0
                })
                .next()
                .expect("there is a reason"),
        };
        *same.entry(outcome).or_default() += 1;
    }
    let tried: BTreeSet<_> = same.keys().copied().collect();
    let all = STRICTER.map(|(why, _)| why).into_iter().chain(["both take it", "both refuse it"]);
    assert_eq!(tried, all.collect(), "each outcome is tried");
    assert!(same["both take it"] > SECTIONS / 10, "{same:?}");
}

/// The judgement of the SDK, if it is installed.
fn ask(sections: &[Value]) -> Option<Value> {
    let mut probe = Command::new(machine::python());
    let installed = probe.args(["-c", "import inferencesh.decorators"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        machine::skips("Python has no inferencesh: run tests/python/setup");
        return None;
    }
    let mut command = Command::new(machine::python());
    command.arg("tests/python/platform_credentials.py");
    let input = serde_json::to_vec(sections).expect("they are JSON");
    Some(Ran::with_input(&mut command, &input).succeeds().json())
}

/// The requirements that xreq reads, or the errors that it finds.
fn ours(section: &Value) -> Result<BTreeSet<Required>, Vec<Diagnostic>> {
    let text = json!({ "credentials": section }).to_string();
    let (found, mut findings) = manifest::read(&Source::new("xreq.yaml", text));
    findings.retain(|finding| finding.level == Level::Error);
    if !findings.is_empty() {
        return Err(findings);
    }
    let keys = found.integrations.into_iter().map(|found| {
        let scopes = found.scopes.into_iter().map(|scope| scope.name).collect();
        let description = found.description.map(|words| words.text);
        (found.key, scopes, description.filter(|text| !text.is_empty()), found.optional)
    });
    let secrets = found.secrets.into_iter();
    let secrets = secrets.map(|found| (found.name, Vec::new(), None, found.optional));
    Ok(keys.chain(secrets).collect())
}

/// The requirements that the entries of the SDK's form mean.
fn required(entries: &[Value], is_list: bool) -> BTreeSet<Required> {
    let mut all = BTreeSet::new();
    for entry in entries {
        let texts = |name: &str| -> Vec<String> {
            let list = entry.get(name).and_then(Value::as_array).into_iter().flatten();
            list.map(|text| text.as_str().expect("a text").to_owned()).collect()
        };
        let description = entry.get("description").and_then(Value::as_str).map(str::to_owned);
        let optional = entry.get("optional").is_some_and(|optional| *optional == true);
        let (capabilities, secrets) = (texts("capabilities"), texts("secrets"));
        let scopes = texts("scopes");
        let names_parts = !capabilities.is_empty() || !is_list && !secrets.is_empty();
        if !scopes.is_empty() || !names_parts {
            let slug = entry["slug"].as_str().expect("a text").to_owned();
            all.insert((slug, scopes, description.clone(), optional));
        }
        let keys = capabilities.into_iter();
        all.extend(keys.map(|key| (key, Vec::new(), description.clone(), optional)));
        all.extend(secrets.into_iter().map(|name| (name, Vec::new(), None, optional)));
    }
    all
}

fn section(random: &mut Random) -> Value {
    match random.below(20) {
        0 => pick(
            &json!([[], {}, null, "x", ["x"], [5], {"x": null}, {"x": "x"}, {"X": {}}]),
            random,
        ),
        1..=8 => {
            let mut map = Map::new();
            map.insert("x".to_owned(), entry(random));
            if random.below(3) == 0 {
                map.insert("google".to_owned(), entry(random));
            }
            map.into()
        }
        _ => {
            let mut list = vec![entry(random)];
            if random.below(4) == 0 {
                list.push(pick(&json!(["x.tweet.read", "google", null, "X", {}]), random));
            }
            list.into()
        }
    }
}

fn entry(random: &mut Random) -> Value {
    let mut entry = Map::new();
    for _ in 0..=random.below(4) {
        // What names the requirement comes first in the table, and is taken more often.
        let few = if random.below(2) == 0 { 6 } else { FIELDS.len() as u64 };
        let (name, values) = FIELDS[below(random, few)];
        let values = serde_json::from_str(values).expect("it is JSON");
        entry.insert(name.to_owned(), pick(&values, random));
    }
    entry.into()
}

fn pick(values: &Value, random: &mut Random) -> Value {
    let values = values.as_array().expect("a list");
    let count = if random.below(4) == 0 { values.len() } else { values.len().min(2) };
    values[below(random, count as u64)].clone()
}

fn below(random: &mut Random, limit: u64) -> usize {
    usize::try_from(random.below(limit)).expect("it is below a size")
}
