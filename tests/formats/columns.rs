//! Lines and columns are right in every format, whatever stands before.

use serde_json::Value;

use super::commands::commands;
use super::{FORMATS, lines, list, number};
use crate::support::Home;

/// What stands before a key that does not exist, and behind it.
const BEFORE: [(&str, &str, &str); 22] = [
    ("nothing", "integrations: [", "]"),
    ("a tab", "integrations: [\t", "]"),
    ("tabs and spaces", "a: 1\nintegrations: [ \t \t", "]"),
    ("carriage returns", "a: 1\r\nb: 2\r\nintegrations:\r\n- ", "\r\nc: 3\r\n"),
    ("lone carriage returns", "a: 1\rb: 2\rintegrations:\r- ", "\rc: 3\r"),
    ("all line ends", "a: 1\r\nb: 2\rc: 3\nintegrations:\r\n\r\r\n- ", "\r"),
    ("two bytes", "integrations: [{description: éü, key: ", "}]"),
    ("three bytes", "integrations: [{description: 漢字, key: ", "}]"),
    ("four bytes", "integrations: [{description: 😀𝒳, key: ", "}]"),
    ("a combining character", "integrations: [{description: e\u{301}\u{323}, key: ", "}]"),
    ("joined emoji", "integrations: [{description: 👩\u{200d}👩\u{200d}👧, key: ", "}]"),
    ("other direction", "integrations: [{description: שלום, key: ", "}]"),
    ("a zero-width space", "integrations: [{description: a\u{200b}b, key: ", "}]"),
    ("emoji on lines above", "# 😀\n# é\nintegrations:\n- ", ""),
    ("a BOM", "\u{feff}integrations: [", "]"),
    ("a BOM and a tab", "\u{feff}integrations: [\t", "]"),
    ("a BOM and lines", "\u{feff}# é\r\nintegrations:\r\n- ", "\r\n"),
    ("a BOM and emoji", "\u{feff}integrations: [{description: 😀, key: ", "}]"),
    ("line separators", "integrations: [{description: \"a\u{2028}b\u{2029}c\u{85}d\", key: ", "}]"),
    ("no-break spaces", "integrations: [{description: a\u{a0}b, key: ", "}]"),
    ("tabs behind", "integrations: [", "\t, \tx.user.read] \t# 😀"),
    (
        "a wide line",
        "integrations: [{description: \"é😀 wide line wide line wide line wide line wide line wide line wide line wide line wide line\", key: ",
        "}]",
    ),
];

/// Where the key stands: the line, its first column and the column behind it in characters, and both
/// in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    columns: [usize; 2],
    utf16: [usize; 2],
}

fn place(before: &str, key: &str) -> Place {
    let before = before.trim_start_matches('\u{feff}');
    let lines = lines(before);
    let line = lines[lines.len() - 1];
    let ends = |column: usize, length: usize| [column + 1, column + 1 + length];
    Place {
        line: lines.len(),
        columns: ends(line.chars().count(), key.chars().count()),
        utf16: ends(line.encode_utf16().count(), key.encode_utf16().count()),
    }
}

/// The places that are printed of a rule: `None` for what a format does not tell.
fn told(
    format: &str,
    printed: &str,
    rule: &str,
) -> Vec<(usize, Option<[usize; 2]>, Option<[usize; 2]>, usize)> {
    let json = || -> Value { serde_json::from_str(printed).expect("it is JSON") };
    match format {
        "text" => {
            let lines: Vec<_> = printed.lines().collect();
            let at = lines.windows(2).filter(|pair| pair[0].contains(&format!("[{rule}]")));
            let at = at.map(|pair| pair[1].trim_start().trim_start_matches("--> xreq.yaml:"));
            at.map(|at| colons(at)).collect()
        }
        "markdown" => {
            let rows = printed.lines().filter(|row| row.contains(&format!("<code>{rule}</code>")));
            let cells = rows.map(|row| row.split('|').nth(2).expect("a cell").trim());
            let at = cells.map(|cell| cell.replace("&#58;", ":").replace("</code>", ""));
            at.map(|at| colons(at.trim_start_matches("<code>xreq.yaml:"))).collect()
        }
        "json" => {
            let of_rule = |finding: &&Value| finding["code"] == rule;
            let json = json();
            let of_one = json["manifests"].get(0).unwrap_or(&json);
            let found = list(of_one, "/diagnostics").iter().filter(of_rule).map(|finding| {
                let at = |unit: &str| {
                    ["start", "end"].map(|end| number(&finding["range"], &format!("/{end}/{unit}")))
                };
                let [line, end] = at("line");
                assert_eq!(line, end);
                (line, Some(at("column")), Some(at("column_utf16")), at("column")[0])
            });
            found.collect()
        }
        "sarif" => {
            let json = json();
            let of_rule = |result: &&Value| result["ruleId"] == rule;
            let found = list(&json, "/runs/0/results").iter().filter(of_rule).map(|result| {
                let region = &result["locations"][0]["physicalLocation"]["region"];
                let [line, start, end_line, end] =
                    ["/startLine", "/startColumn", "/endLine", "/endColumn"]
                        .map(|at| number(region, at));
                assert_eq!(line, end_line);
                (line, None, Some([start, end]), 0)
            });
            found.collect()
        }
        "gitlab" => {
            let json = json();
            let of_rule = |issue: &&Value| issue["check_name"] == rule;
            let found = list(&json, "").iter().filter(of_rule).map(|issue| {
                let at = |unit: &str| {
                    ["begin", "end"]
                        .map(|end| number(issue, &format!("/location/positions/{end}/{unit}")))
                };
                (at("line")[0], Some(at("column")), None, at("column")[0])
            });
            found.collect()
        }
        "github" => {
            let of_rule = |title: &(String, String)| title.0 == "title" && title.1 == rule;
            let found = commands(printed)
                .into_iter()
                .filter(|command| command.properties.iter().any(of_rule));
            let found = found.map(|command| {
                let at = |name: &str| {
                    let value = command.properties.iter().find(|property| property.0 == name);
                    value.expect("it has that").1.parse().expect("it is a number")
                };
                (at("line"), Some([at("col"), at("endColumn")]), None, at("col"))
            });
            found.collect()
        }
        _ => unreachable!("there are six formats"),
    }
}

/// `3:7` as a place.
fn colons(at: &str) -> (usize, Option<[usize; 2]>, Option<[usize; 2]>, usize) {
    let (line, column) = at.split_once(':').unwrap_or_else(|| panic!("no place: {at}"));
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("no place: {at}"));
    (number(line), None, None, number(column))
}

#[track_caller]
fn assert_told(home: &Home, args: &[&str], formats: &[&str], key: &str, rule: &str) {
    for (name, before, behind) in BEFORE {
        home.write("xreq.yaml", [before, key, behind].concat());
        let place = place(before, key);
        for format in formats.iter().copied() {
            let ran = home.xreq(&[args, &["--format", format]].concat());
            let printed = if format == "text" { ran.stdout + &ran.stderr } else { ran.stdout };
            let told = told(format, &printed, rule);
            let [(line, columns, utf16, column)] = told[..] else {
                panic!("{format} with {name}: {told:?} in {printed}")
            };
            assert_eq!(line, place.line, "{format} with {name}: {printed}");
            if let Some(columns) = columns {
                assert_eq!(columns, place.columns, "{format} with {name}: {printed}");
            }
            if let Some(utf16) = utf16 {
                assert_eq!(utf16, place.utf16, "{format} with {name}: {printed}");
            }
            if format != "sarif" {
                assert_eq!(column, place.columns[0], "{format} with {name}: {printed}");
            }
        }
    }
}

#[test]
fn what_validate_finds_is_where_it_says() {
    let home = Home::empty();
    assert_told(&home, &["validate"], &FORMATS, "x.tweet.raed", "manifest/unknown-key");
    assert_told(&home, &["validate"], &FORMATS, "\"é😀\"", "manifest/bad-key");
}

#[test]
fn what_check_finds_is_where_it_says() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    assert_told(&home, &["check"], &FORMATS, "x.tweet.raed", "manifest/unknown-key");
    home.import("token", "users.read");
    assert_told(&home, &["check"], &FORMATS, "x.tweet.write", "scope/missing");
}

#[test]
fn what_diff_finds_is_where_it_says() {
    let home = Home::empty();
    home.write("old.yaml", "integrations: [x.dm.read]\n");
    // Its Markdown is a list for people, without places.
    let formats = ["text", "json", "github", "gitlab", "sarif"];
    assert_told(
        &home,
        &["diff", "old.yaml", "xreq.yaml"],
        &formats,
        "x.tweet.write",
        "authority/added",
    );
}

#[test]
fn a_byte_is_a_byte_of_the_file() {
    let home = Home::empty();
    for (name, before, behind) in BEFORE {
        home.write("xreq.yaml", [before, "x.tweet.raed", behind].concat());
        let answer = home.xreq(&["validate", "--format", "json"]).exits(1).json();
        let finding = list(&answer, "/diagnostics")
            .iter()
            .find(|finding| finding["code"] == "manifest/unknown-key");
        let range = &finding.unwrap_or_else(|| panic!("{name}: {answer}"))["range"];
        let bytes = ["/start/byte", "/end/byte"].map(|at| number(range, at));
        assert_eq!(bytes, [before.len(), before.len() + "x.tweet.raed".len()], "{name}");
    }
}
