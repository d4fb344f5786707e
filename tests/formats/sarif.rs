//! SARIF: the official schema, a reader that others wrote, what GitHub asks for beyond the standard,
//! fixes that mend, and fingerprints that stay.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{corpus, diagnostics, in_words, lines, list, number, printed, text};
use crate::support::{Home, Ran, machine, node};

/// Asserts that logs conform to the schema of SARIF 2.1.0.
#[track_caller]
pub fn conform(logs: &[&Value]) {
    let Some(path) = node::installed("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
    else {
        return;
    };
    let schema = fs::read_to_string(path).expect("it can be read");
    // Its pattern of languages is no regular expression.
    let schema = schema.replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let wrong = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": {} } }] });
    assert!(!validator.is_valid(&wrong), "it takes everything");
    for log in logs {
        let errors: Vec<_> = validator
            .iter_errors(log)
            .take(5)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

fn results(log: &Value) -> &[Value] {
    list(log, "/runs/0/results")
}

/// What a manifest may say of itself in any place.
fn log_of(home: &Home, paths: &[&str]) -> Value {
    let args = [&["validate", "--format", "sarif"], paths].concat();
    home.xreq(&args).json()
}

#[test]
fn it_conforms_to_the_official_schema() {
    let (home, mut paths) = corpus();
    let nothing = log_of(&home, &["m/ok-01-spelling-1-documented.yaml"]);
    assert_eq!(results(&nothing).len(), 0);
    paths.push("nowhere.yaml".to_owned());
    let all = printed(&home, &["validate"], "sarif", &paths).exits(2).json();
    assert!(results(&all).len() > 100);
    let failed = list(&all, "/runs/0/invocations/0/toolExecutionNotifications");
    assert_eq!(text(&failed[0], "/descriptor/id"), "file_unreadable");
    assert_eq!(all["runs"][0]["invocations"][0]["executionSuccessful"], false);
    home.write("old.yaml", "integrations: [x.tweet.read]\n");
    home.initialise("integrations: [x.tweet.read, {key: x.dm.read, optional: true}]\n");
    let check = home.xreq(&["check", "--format", "sarif"]).exits(1).json();
    let diff = home.xreq(&["diff", "--format", "sarif", "old.yaml", "xreq.yaml"]).exits(1).json();
    assert!(!results(&check).is_empty() && !results(&diff).is_empty());
    conform(&[&nothing, &all, &check, &diff]);
}

#[test]
fn it_says_what_json_says() {
    let (home, paths) = corpus();
    let answer = printed(&home, &["validate"], "json", &paths).json();
    let log = printed(&home, &["validate"], "sarif", &paths).json();
    let results = results(&log);
    assert_eq!(results.len(), diagnostics(&answer).len());
    for (finding, result) in diagnostics(&answer).iter().zip(results) {
        assert_eq!(result["ruleId"], finding["code"]);
        assert_eq!(result["level"], finding["level"]);
        let words = in_words(finding).replace('{', "{{").replace('}', "}}");
        assert_eq!(text(result, "/message/text"), words.replace("](", "] ("));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], finding["file"]);
        assert_eq!(place["region"], region(&finding["range"]));
        let fix = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        if finding["fix"].is_null() {
            assert!(result.get("fixes").is_none());
        } else {
            assert_eq!(fix["insertedContent"]["text"], finding["fix"]["replacement"]);
            assert_eq!(fix["deletedRegion"], region(&finding["fix"]["range"]));
        }
    }
}

fn region(range: &Value) -> Value {
    json!({
        "startLine": range["start"]["line"],
        "startColumn": range["start"]["column_utf16"],
        "endLine": range["end"]["line"],
        "endColumn": range["end"]["column_utf16"],
    })
}

/// The program `sarif` of the Python package sarif-tools, where it is installed.
fn sarif_tools() -> Option<PathBuf> {
    let python = PathBuf::from(machine::python());
    let program = python.parent().map(|folder| folder.join("sarif"));
    let program = program.filter(|program| program.is_file());
    if program.is_none() {
        machine::skips("there is no sarif-tools: run tests/python/setup");
    }
    program
}

#[test]
fn a_reader_that_others_wrote_sees_the_same() {
    let Some(program) = sarif_tools() else { return };
    let (home, paths) = corpus();
    let answer = printed(&home, &["validate"], "json", &paths).json();
    let log = printed(&home, &["validate"], "sarif", &paths);
    home.write("xreq.sarif", &log.stdout);
    let mut command = home.program(&program);
    Ran::of(command.args(["csv", "--output", "seen.csv", "xreq.sarif"])).succeeds();
    let seen = fs::read_to_string(home.path().join("seen.csv")).expect("it was written");
    let mut seen = csv(&seen);
    let heading = seen.remove(0);
    assert_eq!(heading, ["Tool", "Severity", "Code", "Description", "Location", "Line"]);
    let mut expected: Vec<_> = diagnostics(&answer)
        .iter()
        .map(|finding| {
            let line = number(finding, "/range/start/line").to_string();
            ["level", "code", "file"]
                .map(|name| text(&finding[name], "").to_owned())
                .into_iter()
                .chain([line])
                .collect::<Vec<_>>()
        })
        .collect();
    let mut seen: Vec<_> = seen
        .into_iter()
        .map(|row| vec![row[1].clone(), row[2].clone(), row[4].clone(), row[5].clone()])
        .collect();
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);

    let mut command = home.program(&program);
    let summary = Ran::of(command.args(["summary", "xreq.sarif"])).succeeds().stdout;
    for level in ["error", "warning", "note"] {
        let count = diagnostics(&answer).iter().filter(|finding| finding["level"] == level).count();
        assert!(summary.contains(&format!("{level}: {count}\n")), "{level} {count}: {summary}");
    }
}

/// The fields of a text in the format of RFC 4180.
fn csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().expect("there is a first row");
        let field = row.last_mut().expect("there is a first field");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => field.push(c),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows
}

#[test]
fn its_object_model_takes_it() {
    const SCRIPT: &str = "\
import json, re, sys
import sarif_om
def snake(name):
    name = {'$schema': 'schema_uri'}.get(name, name)
    return re.sub('(?<!^)(?=[A-Z])', '_', name).lower()
def take(model, value):
    return model(**{snake(name): part for name, part in value.items()})
log = take(sarif_om.SarifLog, json.load(sys.stdin))
for run in log.runs:
    run = take(sarif_om.Run, run)
    driver = take(sarif_om.ToolComponent, run.tool['driver'])
    rules = [take(sarif_om.ReportingDescriptor, rule) for rule in driver.rules]
    for result in run.results:
        result = take(sarif_om.Result, result)
        assert result.rule_id in {rule.id for rule in rules}
        for location in result.locations:
            place = take(sarif_om.PhysicalLocation, location['physicalLocation'])
            take(sarif_om.Region, place.region)
    print(len(run.results))
";
    let python = machine::python();
    let has_it = Command::new(&python).args(["-c", "import sarif_om"]).output();
    if !has_it.is_ok_and(|output| output.status.success()) {
        machine::skips("there is no sarif-om: run tests/python/setup");
        return;
    }
    let (home, paths) = corpus();
    let log = printed(&home, &["validate"], "sarif", &paths);
    let count = results(&log.json()).len();
    let ran = Ran::with_input(home.program(python).args(["-c", SCRIPT]), log.stdout.as_bytes());
    assert_eq!(ran.succeeds().stdout.trim(), count.to_string());
}

/// The documents of GitHub, "SARIF support for code scanning".
#[test]
fn it_has_what_code_scanning_asks_for() {
    let (home, paths) = corpus();
    let log = printed(&home, &["validate"], "sarif", &paths);
    assert!(log.stdout.len() < 10_000_000);
    let log = log.json();
    assert!(text(&log, "/$schema").ends_with("sarif-schema-2.1.0.json"));
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(list(&log, "/runs").len(), 1);
    assert_eq!(log["runs"][0]["tool"]["driver"]["name"], "xreq");
    let mut rules = BTreeSet::new();
    for rule in list(&log, "/runs/0/tool/driver/rules") {
        assert!(rules.insert(text(rule, "/id")), "{rule}");
        assert!(text(rule, "/name").len() <= 255);
        for (words, most) in [
            ("/shortDescription/text", 1024),
            ("/fullDescription/text", 1024),
            ("/help/text", 9999),
        ] {
            let words = text(rule, words);
            assert!(!words.is_empty() && words.chars().count() <= most, "{rule}");
        }
        let level = text(rule, "/defaultConfiguration/level");
        assert!(["error", "warning", "note"].contains(&level), "{rule}");
    }
    let known = xreq::findings::Rule::ALL.iter().map(|rule| rule.name());
    assert_eq!(rules, known.collect());
    let mut prints = BTreeSet::new();
    for result in results(&log) {
        assert!(rules.contains(text(result, "/ruleId")));
        assert!(!text(result, "/message/text").is_empty());
        assert_eq!(list(result, "/locations").len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = text(place, "/artifactLocation/uri");
        assert!(paths.iter().any(|path| path == uri), "{uri} is not as seen from the root");
        let [line, column, end_line, end_column] =
            ["startLine", "startColumn", "endLine", "endColumn"]
                .map(|name| number(&place["region"], &format!("/{name}")));
        assert!(line >= 1 && column >= 1 && (line, column) <= (end_line, end_column), "{result}");
        let print = text(result, "/partialFingerprints/primaryLocationLineHash");
        assert!(prints.insert((uri, print)), "{uri} has {print} twice");
    }
}

#[test]
fn files_are_called_as_seen_from_the_checkout() {
    let home = Home::empty();
    home.write("repo/a b/é,:%#?/xreq.yaml", "integrations: [x.raed]\n");
    home.write("repo/sub/other.yaml", "a: 1\n");
    for (here, path) in [
        ("repo", "a b/é,:%#?/xreq.yaml"),
        ("repo", "./a b/é,:%#?/xreq.yaml"),
        ("repo/sub", "../a b/./é,:%#?/xreq.yaml"),
        ("repo/a b", "é,:%#?"),
    ] {
        let mut command = home.command();
        command.args(["validate", "--format", "sarif", path]);
        command.current_dir(home.path().join(here));
        command.env("GITHUB_WORKSPACE", home.path().join("repo"));
        let log = Ran::of(&mut command).exits(1).json();
        let uri = text(&results(&log)[0], "/locations/0/physicalLocation/artifactLocation/uri");
        assert_eq!(uri, "a%20b/%C3%A9%2C%3A%25%23%3F/xreq.yaml", "{here} {path}");
    }
}

/// Puts a text in the place of a region: lines and columns from 1, columns in UTF-16 code units, the
/// end behind the last one.
fn replaced(text: &str, region: &Value, by: &str) -> String {
    let (bom, text) = text.split_at(if text.starts_with('\u{feff}') { 3 } else { 0 });
    let at = |line: &str, column: &str| {
        let (line, column) = (number(region, line) - 1, number(region, column) - 1);
        let lines = lines(text);
        let before: usize = lines[..line].iter().map(|line| line.encode_utf16().count()).sum();
        before + column
    };
    let (start, end) = (at("/startLine", "/startColumn"), at("/endLine", "/endColumn"));
    let units: Vec<_> = text.encode_utf16().collect();
    let mut mended = units[..start].to_vec();
    mended.extend(by.encode_utf16());
    mended.extend(&units[end..]);
    bom.to_owned() + &String::from_utf16(&mended).expect("no character is cut in two")
}

#[test]
fn fixes_mend() {
    let (home, paths) = corpus();
    let mut by_rule: BTreeMap<String, usize> = BTreeMap::new();
    let odd = [
        (
            "odd/1.yaml",
            "\u{feff}integrations: [{description: \"😀é\u{301}\", key: x.tweet.raed}]\n",
        ),
        ("odd/2.yaml", "# 😀\rintegrations:\r- 'x.tweet.raed' # 😀\r- x.dm.reda\r"),
        ("odd/3.yaml", "# 😀\r\nintegrations:\r\n\t\r\n- \"x.tweet.raed\"\r\n"),
    ];
    for (path, manifest) in odd {
        home.write(path, manifest);
    }
    let odd = odd.iter().map(|(path, _)| (*path).to_owned());
    let paths: Vec<_> = paths.into_iter().chain(odd).collect();
    let log = printed(&home, &["validate"], "sarif", &paths).json();
    let answer = printed(&home, &["validate"], "json", &paths).json();
    let both = diagnostics(&answer).iter().zip(results(&log));
    for (finding, result) in both.filter(|(_, result)| result.get("fixes").is_some()) {
        let change = &result["fixes"][0]["artifactChanges"][0];
        let path = text(change, "/artifactLocation/uri");
        let replacement = &change["replacements"][0];
        let manifest = fs::read(home.path().join(path)).expect("it is there");
        let manifest = String::from_utf8(manifest).expect("a fix is for a text");
        let by = text(replacement, "/insertedContent/text");
        let mended = replaced(&manifest, &replacement["deletedRegion"], by);
        let bytes = ["start", "end"].map(|end| number(finding, &format!("/fix/range/{end}/byte")));
        assert_eq!(mended, manifest[..bytes[0]].to_owned() + by + &manifest[bytes[1]..], "{path}");
        home.write("mended.yaml", &mended);
        let after = log_of(&home, &["mended.yaml"]);
        let place = |result: &Value| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            (result["ruleId"].clone(), region["startLine"].clone(), region["startColumn"].clone())
        };
        let same = results(&after).iter().find(|other| place(other) == place(result));
        assert_eq!(same, None, "{path}: {mended}");
        *by_rule.entry(text(result, "/ruleId").to_owned()).or_default() += 1;
    }
    assert!(by_rule.len() > 3 && by_rule.values().sum::<usize>() > 20, "{by_rule:?}");
}

#[test]
fn fingerprints_stay_when_lines_come_and_go() {
    let (home, paths) = corpus();
    let prints = |folder: &str| -> BTreeMap<String, Vec<Value>> {
        let paths: Vec<_> = paths.iter().map(|path| path.replace("m/", folder)).collect();
        let log = printed(&home, &["validate"], "sarif", &paths).json();
        let mut prints: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for result in results(&log) {
            let uri = text(result, "/locations/0/physicalLocation/artifactLocation/uri");
            let print = json!([result["ruleId"], result["partialFingerprints"]]);
            prints.entry(uri.replace(folder, "")).or_default().push(print);
        }
        prints
    };
    for path in &paths {
        let manifest = fs::read(home.path().join(path)).expect("it is there");
        let bom: &[u8] = "\u{feff}".as_bytes();
        let (bom, rest) = match manifest.strip_prefix(bom) {
            Some(rest) => (bom, rest),
            None => (&b""[..], &manifest[..]),
        };
        let more = [bom, "# one line, é\n\n# and another\r\n".as_bytes(), rest].concat();
        home.write(&path.replace("m/", "more/"), more);
    }
    let (before, after) = (prints("m/"), prints("more/"));
    assert!(before.len() > 60);
    let is_empty = |found: &[Value]| found.iter().any(|print| print[0] == "manifest/empty");
    let changed: Vec<_> = before
        .iter()
        .filter(|(name, found)| after.get(*name) != Some(*found) && !is_empty(found))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn texts_of_others_make_no_links_and_no_placeholders() {
    let home = Home::empty();
    home.write("xreq.yaml", "integrations: [{'[a](https://evil.example)': 1, key: '{0}'}]\n");
    let log = log_of(&home, &["xreq.yaml"]);
    let messages: Vec<_> =
        results(&log).iter().map(|result| text(result, "/message/text")).collect();
    let messages = messages.join("\n");
    assert!(messages.contains("[a] (https://evil.example)"), "{messages}");
    assert!(messages.contains("`{{0}}`"), "{messages}");
}
