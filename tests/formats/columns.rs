//! Lines and columns are right in every format, whatever stands before.

use serde_json::Value;

use super::commands::commands;
use super::{FORMATS, lines, list, number};
use crate::support::Home;

/// What stands before a key that does not exist, and behind it.
const BEFORE: [(&str, &str, &str); 20] = [
    ("nothing", "integrations: [", "]"),
    ("a tab", "integrations: [\t", "]"),
    ("tabs and spaces", "a: 1\nintegrations: [ \t \t", "]"),
    ("carriage returns", "a: 1\r\nb: 2\r\nintegrations:\r\n- ", "\r\nc: 3\r\n"),
    ("all line ends", "a: 1\r\nb: 2\nc: 3\nintegrations:\r\n\n\r\n- ", "\r\n"),
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

impl Place {
    /// What a format tells of the place, as [`told`] writes it down.
    fn in_format(&self, format: &str) -> String {
        let Self { line, columns: [start, end], utf16: [start_utf16, end_utf16] } = self;
        match format {
            "text" | "markdown" => format!("{line}:{start}"),
            "json" => format!("{line}:{start}-{line}:{end}, {start_utf16}-{end_utf16}"),
            "sarif" => format!("{line}:{start_utf16}-{line}:{end_utf16}"),
            _ => format!("{line}:{start}-{line}:{end}"),
        }
    }
}

/// The places that are printed of a rule.
fn told(format: &str, printed: &str, rule: &str) -> Vec<String> {
    match format {
        "text" => in_text(printed, rule),
        "markdown" => in_markdown(printed, rule),
        "github" => in_annotations(printed, rule),
        _ => in_json(format, &serde_json::from_str(printed).expect("it is JSON"), rule),
    }
}

fn in_text(printed: &str, rule: &str) -> Vec<String> {
    let lines: Vec<_> = printed.lines().collect();
    let at = lines.windows(2).filter(|pair| pair[0].contains(&format!("[{rule}]")));
    at.map(|pair| pair[1].trim_start().replace("--> xreq.yaml:", "")).collect()
}

fn in_markdown(printed: &str, rule: &str) -> Vec<String> {
    let rows = printed.lines().filter(|row| row.contains(&format!("<code>{rule}</code>")));
    let cells = rows.map(|row| row.split('|').nth(2).expect("a cell").trim());
    let shown = cells.map(|cell| cell.replace("&#58;", ":").replace("</code>", ""));
    shown.map(|shown| shown.replace("<code>xreq.yaml:", "")).collect()
}

fn in_annotations(printed: &str, rule: &str) -> Vec<String> {
    let of_rule = |title: &(String, String)| title.0 == "title" && title.1 == rule;
    let found = commands(printed).into_iter();
    let found = found.filter(|command| command.properties.iter().any(of_rule));
    let at = found.map(|command| {
        let [line, end_line, column, end] = ["line", "endLine", "col", "endColumn"].map(|name| {
            let property = command.properties.iter().find(|property| property.0 == name);
            property.expect("it is there").1.clone()
        });
        format!("{line}:{column}-{end_line}:{end}")
    });
    at.collect()
}

fn in_json(format: &str, printed: &Value, rule: &str) -> Vec<String> {
    let (found, code) = match format {
        "json" => (list(printed["manifests"].get(0).unwrap_or(printed), "/diagnostics"), "code"),
        "sarif" => (list(printed, "/runs/0/results"), "ruleId"),
        _ => (list(printed, ""), "check_name"),
    };
    let at = found.iter().filter(|finding| finding[code] == rule).map(|finding| {
        let place = match format {
            "json" => &finding["range"],
            "sarif" => &finding["locations"][0]["physicalLocation"]["region"],
            _ => &finding["location"]["positions"],
        };
        let pointers = match format {
            "json" => ["/start/line", "/start/column", "/end/line", "/end/column"],
            "sarif" => ["/startLine", "/startColumn", "/endLine", "/endColumn"],
            _ => ["/begin/line", "/begin/column", "/end/line", "/end/column"],
        };
        let [line, column, end_line, end] = pointers.map(|pointer| number(place, pointer));
        let mut told = format!("{line}:{column}-{end_line}:{end}");
        if format == "json" {
            let utf16 = ["/start/column_utf16", "/end/column_utf16"];
            let [start, end] = utf16.map(|pointer| number(place, pointer));
            told.push_str(&format!(", {start}-{end}"));
        }
        told
    });
    at.collect()
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
            assert_eq!(told, [place.in_format(format)], "{format} with {name}: {printed}");
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
