//! Rules: each with examples that are run, levels that can be set, and comments that allow.

mod codes;
mod comments;
mod examples;
mod explained;
mod levels;

use serde_json::Value;

use crate::support::{Home, Ran};

/// The codes and levels of the findings in an answer; that of `diff` is about one pair.
fn findings(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let answer = answer.get("manifests").map_or(answer, |manifests| &manifests[0]);
    let findings = answer["diagnostics"].as_array().expect("there is a list").iter();
    findings.map(|finding| (text(&finding["code"]), text(&finding["level"]))).collect()
}

/// The codes of the findings in an answer.
fn codes(answer: &Value) -> Vec<String> {
    findings(answer).into_iter().map(|(code, _)| code).collect()
}

/// What `validate` says of a manifest, with these options.
fn validate(home: &Home, options: &[&str], manifest: impl AsRef<[u8]>) -> Ran {
    home.xreq_with(&[&["validate", "--format", "json", "-"], options].concat(), manifest)
}
