//! The code quality report has what GitLab's documents ask for.

use std::collections::BTreeSet;

use super::{corpus, diagnostics, in_words, number, printed, text};
use crate::support::Home;

#[test]
fn it_has_what_gitlab_asks_for() {
    let (home, paths) = corpus();
    let answer = printed(&home, &["validate"], "json", &paths).json();
    let report = printed(&home, &["validate"], "gitlab", &paths).json();
    let issues = report.as_array().expect("it is a list");
    assert_eq!(issues.len(), diagnostics(&answer).len());
    let mut prints = BTreeSet::new();
    for (finding, issue) in diagnostics(&answer).iter().zip(issues) {
        assert_eq!(issue["check_name"], finding["code"]);
        assert_eq!(text(issue, "/description"), in_words(finding));
        let severity = match text(finding, "/level") {
            "error" => "major",
            "warning" => "minor",
            _ => "info",
        };
        assert_eq!(issue["severity"], severity);
        assert_eq!(issue["location"]["path"], finding["file"]);
        for (end, name) in [("start", "begin"), ("end", "end")] {
            let line = number(finding, &format!("/range/{end}/line"));
            assert_eq!(number(issue, &format!("/location/lines/{name}")), line);
            let place = &issue["location"]["positions"][name];
            assert_eq!(place["line"], line);
            assert_eq!(place["column"], finding["range"][end]["column"]);
        }
        assert!(prints.insert(text(issue, "/fingerprint")), "{issue}");
    }
}

#[test]
fn a_report_without_findings_is_an_empty_list() {
    let home = Home::empty();
    home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    let report = home.xreq(&["validate", "--format", "gitlab"]).succeeds().json();
    assert_eq!(report, serde_json::json!([]));
}
