//! The manifests of `tests/manifest`: what is right is accepted, what is wrong is told as written
//! beside it, and the published schema agrees with the program on all of it.
//!
//! `XREQ_BLESS=1 cargo test corpus` writes what the program says now; read the difference.

#[path = "manifest/generated.rs"]
pub mod generated;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use xreq::catalog::Catalog;
use xreq::findings::{Rule, Stage};
use xreq::manifest::delivery::OnRefresh;
use xreq::manifest::node::{Node, NodeKind};
use xreq::manifest::yaml;
use xreq::text::scalar::ScalarType;

use crate::support::Home;

/// What a JSON Schema cannot say of a manifest, and why.
pub const BEYOND_A_SCHEMA: [(Rule, &str); 26] = [
    (Rule::Syntax, "there is no document to judge"),
    (Rule::TooLarge, "a schema knows values, not bytes"),
    (Rule::TooDeep, "a schema cannot bound the app's own part"),
    (Rule::TooManyNodes, "a schema cannot count values"),
    (Rule::NotUtf8, "there is no text to judge"),
    (Rule::Nul, "there is no document to judge"),
    (Rule::AmbiguousCharacter, "there is another document to judge"),
    (Rule::AmbiguousWord, "gone once the document is a value"),
    (Rule::Anchor, "gone once the document is a value"),
    (Rule::Alias, "gone once the document is a value"),
    (Rule::MergeKey, "an ordinary key once the document is a value"),
    (Rule::Tag, "gone once the document is a value"),
    (Rule::Directive, "gone once the document is a value"),
    (Rule::SecondDocument, "a schema judges one document"),
    (Rule::DuplicateKey, "a value has each key once"),
    (Rule::NonStringKey, "a value has string keys"),
    (Rule::DuplicateRequirement, "a schema cannot compare fields across lists"),
    (Rule::ProviderMismatch, "a schema cannot compare two fields"),
    (Rule::MisspelledSection, "a warning: the file is valid"),
    (Rule::KindNever, "a schema cannot compare two fields"),
    (Rule::KindClash, "a schema cannot compare entries"),
    (Rule::MissingKind, "about the store"),
    (Rule::NotConnected, "about the store"),
    (Rule::Expired, "about the store"),
    (Rule::MissingScope, "about the store"),
    (Rule::MissingSecret, "about the store"),
];

/// The manifests of a folder of the corpus, in order.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest").join(folder);
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// The name of a manifest.
pub fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("the corpus has plain names")
}

#[test]
fn right_manifests_are_accepted() {
    let files = files("ok");
    assert!(files.len() >= 40, "the corpus shrank to {}", files.len());
    let home = Home::empty();
    for path in files {
        home.write("xreq.yaml", fs::read(&path).expect("it can be read"));
        let ran = home.xreq(&["validate"]);
        let summary = ran.stdout.lines().last().expect("there is a summary");
        assert!(summary.starts_with("1 manifest: 0 errors, "), "{}: {summary}", path.display());
        assert_eq!(ran.stderr, "");
        ran.succeeds();
    }
}

#[test]
fn wrong_manifests_are_told_as_written_beside_them() {
    let files = files("err");
    assert!(files.len() >= 60, "the corpus shrank to {}", files.len());
    let bless = std::env::var_os("XREQ_BLESS").is_some();
    let home = Home::empty();
    let mut wrong = Vec::new();
    for path in files {
        home.write("xreq.yaml", fs::read(&path).expect("it can be read"));
        let ran = home.xreq(&["validate"]);
        let only_warned = stem(&path).starts_with("warning-");
        assert_eq!(ran.status.code(), Some(i32::from(!only_warned)), "{}", path.display());
        assert_eq!(ran.stderr, "");
        let expected = path.with_extension("out");
        if bless {
            fs::write(&expected, &ran.stdout).expect("the corpus can be written");
        } else if fs::read_to_string(&expected).ok().as_ref() != Some(&ran.stdout) {
            wrong.push(format!("{}\n{}", path.display(), ran.stdout));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_about_manifests_has_a_wrong_one() {
    let mut seen: BTreeSet<String> =
        generated::generated().iter().map(|case| case.code.to_owned()).collect();
    for path in files("err") {
        seen.extend(codes(
            &fs::read(&path).expect("it can be read"),
            &["error", "warning", "note"],
        ));
    }
    // Those about comments and the catalog have examples of their own.
    let read =
        |rule: &&Rule| rule.stage() == Stage::Manifest && rule.name().starts_with("manifest/");
    for rule in Rule::ALL.iter().filter(read) {
        assert!(seen.contains(rule.name()), "no manifest breaks {}", rule.name());
    }
}

/// The codes of these levels that `validate --format json` gives for a manifest.
pub fn codes(manifest: &[u8], levels: &[&str]) -> Vec<String> {
    let home = Home::empty();
    let ran = home.xreq_with(&["validate", "--format", "json", "-"], manifest);
    let answer = ran.json();
    let findings = answer["diagnostics"].as_array().expect("there is a list").iter();
    let of_level = |finding: &&Value| levels.iter().any(|level| finding["level"] == **level);
    findings
        .filter(of_level)
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn monsters_are_refused_at_once() {
    let home = Home::empty();
    for case in generated::generated() {
        home.write("xreq.yaml", &case.text);
        let start = Instant::now();
        let ran = home.xreq(&["validate"]).exits(1);
        let took = start.elapsed();
        assert!(ran.stdout.contains(case.code), "{}: {:.400}", case.name, ran.stdout);
        assert!(ran.stdout.len() < 200_000, "{}: {} bytes", case.name, ran.stdout.len());
        // A bound for hangs: figures are for benches.
        assert!(took.as_secs() < 5, "{} took {took:?}", case.name);
    }
}

#[test]
fn the_schema_agrees_with_the_program() {
    let published = fs::read_to_string("schemas/manifest.schema.json").expect("it is published");
    let schema = serde_json::from_str(&published).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let beyond: BTreeSet<_> = BEYOND_A_SCHEMA.iter().map(|(rule, _)| rule.name()).collect();
    for path in files("ok").into_iter().chain(files("err")) {
        let bytes = fs::read(&path).expect("it can be read");
        let codes = codes(&bytes, &["error"]);
        if codes.iter().any(|code| beyond.contains(code.as_str())) {
            continue;
        }
        let value = value(&path).expect("what is not UTF-8 was left out above");
        assert_eq!(validator.is_valid(&value), codes.is_empty(), "{}: {codes:?}", path.display());
    }
}

#[test]
fn the_schema_knows_the_signals_that_the_program_knows() {
    let published = fs::read_to_string("schemas/manifest.schema.json").expect("it is published");
    let schema = serde_json::from_str(&published).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let listed = Command::new("bash").args(["-c", "compgen -A signal"]).output();
    let listed =
        String::from_utf8(listed.expect("there is a shell").stdout).expect("they are words");
    let mut known = 0;
    for name in listed.lines().filter(|name| name.starts_with("SIG")) {
        for name in [name, name.trim_start_matches("SIG")] {
            let action = format!("signal={name}");
            let is_known = action.parse::<OnRefresh>().is_ok();
            let manifest = json!({ "requirements": { "on_refresh": action } });
            assert_eq!(validator.is_valid(&manifest), is_known, "{name}");
            known += usize::from(is_known);
        }
    }
    assert!(known > 30, "only {known} are known");
}

/// What could be taken out of the schema without another verdict, and why.
const SAID_TWICE: [(&str, &str); 6] = [
    ("/type", "`allOf` refuses what is no mapping"),
    ("/$defs/variable/type", "`not` refuses what is no string"),
    ("/$defs/secretName/type", "`not` refuses what is no string"),
    ("/$defs/provider/type", "each of the values is a string"),
    ("/$defs/capability/type", "each of the values is a string"),
    ("/$defs/scope/type", "each of the values is a string"),
];

/// The enumerations whose members are the catalog's.
const OF_THE_CATALOG: [&str; 3] =
    ["/$defs/provider/oneOf", "/$defs/capability/oneOf", "/$defs/scope/oneOf"];

#[test]
fn every_constraint_of_the_schema_decides_on_a_manifest() {
    let published = fs::read_to_string("schemas/manifest.schema.json").expect("it is published");
    let schema: Value = serde_json::from_str(&published).expect("it is JSON");
    let values: Vec<_> =
        files("ok").iter().chain(&files("err")).filter_map(|path| value(path)).collect();
    let verdicts = |schema: &Value| -> Vec<bool> {
        let validator = jsonschema::validator_for(schema).expect("it is a schema");
        values.iter().map(|value| validator.is_valid(value)).collect()
    };
    let whole = verdicts(&schema);
    let mut constraints = Vec::new();
    find_constraints(&schema, "", &mut constraints);
    assert!(constraints.len() > 100, "only {} constraints were found", constraints.len());
    let needless: Vec<_> = constraints
        .into_iter()
        .filter(|constraint| {
            let mut without = schema.clone();
            remove(&mut without, constraint);
            verdicts(&without) == whole
        })
        .collect();
    assert_eq!(needless, SAID_TWICE.map(|(constraint, _)| constraint));
}

/// The document of a manifest as the value that a schema judges; nothing where it is none.
fn value(path: &Path) -> Option<Value> {
    let text = String::from_utf8(fs::read(path).expect("it can be read")).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(yaml::load(text).0.as_ref().map_or(Value::Null, as_json))
}

/// What the catalog has is in the schema, and nothing else is.
#[test]
fn the_schema_takes_the_keys_and_scopes_of_the_catalog() {
    let published = fs::read_to_string("schemas/manifest.schema.json").expect("it is published");
    let schema: Value = serde_json::from_str(&published).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let takes = |manifest: Value| validator.is_valid(&manifest);
    for provider in Catalog::builtin().providers() {
        let slug = provider.slug.as_str();
        assert!(takes(json!({ "integrations": [slug] })), "{slug}");
        for key in provider.capabilities.keys() {
            assert!(takes(json!({ "integrations": [key] })), "{key}");
            assert!(!takes(json!({ "integrations": [format!("{key}_")] })), "{key}_");
        }
        for scope in provider.scopes.keys().chain(provider.scope_aliases.keys()) {
            let with = |scope: &str| json!({"integrations": [{"key": slug, "scopes": [scope]}]});
            assert!(takes(with(scope)), "{scope}");
            assert!(!takes(with(&format!("{scope}_"))), "{scope}_");
        }
        for name in provider.own_variables() {
            assert!(!takes(json!({ "secrets": [name] })), "{name}");
            assert!(takes(json!({ "secrets": [format!("{name}_")] })), "{name}_");
        }
    }
}

/// The JSON pointers of all that constrains, and of all that is enumerated but the catalog.
fn find_constraints(schema: &Value, at: &str, found: &mut Vec<String>) {
    const WORDS: [&str; 7] =
        ["$schema", "$id", "$ref", "title", "description", "default", "examples"];
    match schema {
        Value::Object(words) => {
            for (word, argument) in words {
                let at = format!("{at}/{word}");
                if OF_THE_CATALOG.contains(&at.as_str()) {
                    found.push(at);
                    continue;
                }
                if WORDS.contains(&word.as_str()) && !argument.is_object() {
                    continue;
                }
                // These have names below them, not words.
                if let ("$defs" | "properties" | "dependentSchemas", Value::Object(named)) =
                    (word.as_str(), argument)
                {
                    for (name, schema) in named {
                        find_constraints(schema, &format!("{at}/{name}"), found);
                    }
                    continue;
                }
                found.push(at.clone());
                find_constraints(argument, &at, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                let at = format!("{at}/{index}");
                if items.len() > 1 {
                    found.push(at.clone());
                }
                find_constraints(item, &at, found);
            }
        }
        _ => {}
    }
}

fn remove(schema: &mut Value, constraint: &str) {
    let (parent, last) = constraint.rsplit_once('/').expect("a pointer has a slash");
    match schema.pointer_mut(parent).expect("it was found there") {
        Value::Object(words) => drop(words.shift_remove(last)),
        Value::Array(items) => drop(items.remove(last.parse().expect("an index"))),
        _ => unreachable!("nothing is below it"),
    }
}

/// A document as the value that a schema judges.
fn as_json(node: &Node<'_>) -> Value {
    match &node.kind {
        NodeKind::Refused => Value::Null,
        NodeKind::Sequence(items) => items.iter().map(as_json).collect(),
        NodeKind::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), as_json(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        NodeKind::Scalar(scalar) => match scalar.resolve() {
            ScalarType::Null => Value::Null,
            ScalarType::Boolean(value) => json!(value),
            ScalarType::Number => json!(1),
            ScalarType::String => json!(scalar.text),
        },
    }
}

#[test]
fn the_published_schema_is_what_the_program_prints() {
    let home = Home::empty();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/manifest.schema.json");
    let printed = home.xreq(&["schema", "manifest"]).succeeds().stdout;
    if std::env::var_os("XREQ_BLESS").is_some() {
        fs::write(&path, &printed).expect("the schema can be written");
    }
    assert_eq!(printed, fs::read_to_string(path).expect("it is published"));
}
