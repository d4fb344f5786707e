//! Annotations of GitHub Actions hold what JSON holds, whatever the texts and the names of files are.

use serde_json::Value;

use super::commands::{Command, commands};
use super::{corpus, diagnostics, in_words, number, printed, text};
use crate::support::Home;

/// The command that a finding has to become.
fn expected(finding: &Value) -> Command {
    let kind = match text(finding, "/level") {
        "note" => "notice",
        level => level,
    };
    let at = |end: &str, unit: &str| number(finding, &format!("/range/{end}/{unit}")).to_string();
    let [line, end_line] = ["start", "end"].map(|end| at(end, "line"));
    let mut properties = vec![
        ("file", text(finding, "/file").trim_start_matches("./").to_owned()),
        ("line", line.clone()),
        ("endLine", end_line.clone()),
    ];
    if line == end_line {
        properties.push(("col", at("start", "column")));
        properties.push(("endColumn", at("end", "column")));
    }
    properties.push(("title", text(finding, "/code").to_owned()));
    let properties = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    Command { name: kind.to_owned(), properties: properties.collect(), data: in_words(finding) }
}

#[track_caller]
fn assert_annotated(home: &Home, paths: &[String]) -> usize {
    let answer = printed(home, &["validate"], "json", paths).json();
    let found = commands(&printed(home, &["validate"], "github", paths).stdout);
    let expected: Vec<_> = diagnostics(&answer).iter().map(expected).collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    expected.len()
}

#[test]
fn annotations_say_what_json_says() {
    let (home, paths) = corpus();
    assert!(assert_annotated(&home, &paths) > 100);
}

#[test]
fn odd_names_and_texts_come_back_as_they_were() {
    let home = Home::empty();
    let mut paths = Vec::new();
    for name in [
        "a,b:c%",
        "%25%2C%3A%0A",
        "::error::",
        "a=b",
        "tab\tand 😀 é\u{301}",
        "line\nbreak\r\nand more",
        " spaces ",
        "##[error]",
        "./x",
    ] {
        let path = format!("{name}/xreq.yaml");
        let text = format!("{name:?}");
        home.write(&path, format!("integrations:\n- {{key: {text}, {text}: 1}}\n- \"x,\n  b\"\n"));
        paths.push(path);
    }
    assert!(assert_annotated(&home, &paths) > 20);
}

#[test]
fn what_spans_lines_has_no_columns() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations:\n- \"x.tweet\n  raed\"\n");
    let found = commands(&home.xreq(&["validate", "--format", "github"]).exits(1).stdout);
    let properties: Vec<_> = found[0].properties.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(properties, ["file", "line", "endLine", "title"]);
}

#[test]
fn failures_are_annotations_without_a_place() {
    let home = Home::empty();
    let ran = home.xreq(&["validate", "--format", "github", "no,where:%.yaml"]).exits(2);
    let found = commands(&ran.stdout);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].properties, [("title".to_owned(), "file_unreadable".to_owned())]);
    assert!(found[0].data.starts_with("cannot read no,where:%.yaml: "), "{}", found[0].data);
}
