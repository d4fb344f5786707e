//! Other readers of YAML, on what xreq accepts: whoever reads the manifest beside xreq sees the same
//! requirements. What readers take differently xreq has to refuse.
//!
//! The corpus is made when the tests run, and is always the same; `XREQ_TEST_READERS` is another
//! number of texts.

mod corpus;
mod others;

use std::collections::BTreeSet;
use std::env;

use serde_json::Value;
use xreq::findings::{Level, Source};
use xreq::manifest;

/// How many texts are made; about a third of them is accepted.
const TEXTS: usize = 6_000;

/// Requirements without their places, descriptions and order.
type Seen = BTreeSet<String>;

/// A text that xreq accepts, and what is required by it.
struct Accepted {
    text: String,
    seen: Seen,
}

#[test]
fn python_readers_see_the_same_requirements() {
    agrees(others::python);
}

#[test]
fn node_readers_see_the_same_requirements() {
    agrees(others::node);
}

#[test]
fn the_go_reader_sees_the_same_requirements() {
    agrees(others::go);
}

fn agrees(ask: fn(&[&str]) -> Option<Vec<others::Answers>>) {
    let count = env::var("XREQ_TEST_READERS").ok();
    let count = count.map_or(TEXTS, |count| count.parse().expect("it is a number"));
    let accepted: Vec<_> = corpus::texts(count).filter_map(accepted).collect();
    let texts: Vec<_> = accepted.iter().map(|accepted| accepted.text.as_str()).collect();
    let Some(answers) = ask(&texts) else { return };
    assert_eq!(answers.len(), texts.len(), "there is an answer for each text");
    let mut compared = 0;
    let mut differ = Vec::new();
    for (accepted, answers) in accepted.iter().zip(answers) {
        for (reader, document) in answers {
            compared += 1;
            let theirs = of_document(document);
            if theirs.as_ref() != Ok(&accepted.seen) {
                let Accepted { text, seen } = accepted;
                differ.push(format!("{reader}: {text:?}\n  here {seen:?}\n  there {theirs:?}"));
            }
        }
    }
    assert!(compared > count / 10 && accepted.len() > count / 10, "too little is compared");
    let shown = differ.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} of {compared} differ:\n{shown}", differ.len());
}

fn accepted(text: String) -> Option<Accepted> {
    let seen = of_text(&text).ok()?;
    Some(Accepted { text, seen })
}

/// The requirements of a manifest, or the first thing that is wrong with it.
fn of_text(text: &str) -> Result<Seen, String> {
    let (found, findings) = manifest::read(&Source::new("xreq.yaml", text.to_owned()));
    if let Some(wrong) = findings.iter().find(|finding| finding.level == Level::Error) {
        return Err(format!("{}: {}", wrong.rule.name(), wrong.message));
    }
    let mut seen = Seen::new();
    for key in found.integrations {
        let scopes: BTreeSet<_> = key.scopes.into_iter().map(|scope| scope.name).collect();
        seen.insert(format!("{} {scopes:?} {}", key.key, key.optional));
    }
    seen.extend(
        found.secrets.into_iter().map(|secret| format!("{} {}", secret.name, secret.optional)),
    );
    seen.extend(found.delivery.into_iter().map(|delivery| delivery.value.name().to_owned()));
    seen.extend(found.on_refresh.map(|action| action.value.to_string()));
    Ok(seen)
}

/// The requirements of a document that another reader made of a manifest: as JSON it is a manifest
/// again, in which nothing is left to be read differently.
fn of_document(mut document: Value) -> Result<Seen, String> {
    drop_descriptions(&mut document);
    let mut escaped = String::new();
    for c in document.to_string().chars() {
        if matches!(c, ' '..='~') {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    of_text(&escaped)
}

/// A description may be a number or a date for one reader and a text for another.
fn drop_descriptions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                name != "description" || value.is_object() || value.is_array()
            });
            fields.values_mut().for_each(drop_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_descriptions),
        _ => {}
    }
}
