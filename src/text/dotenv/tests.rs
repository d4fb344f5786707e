//! Tests of assignments, by hand: tests/dotenv holds them against other readers.

use super::*;

/// Returns the pieces of a text, one a line.
fn read(text: &str) -> Vec<String> {
    let entry = |entry| match entry {
        Entry::Assignment(assigned) => {
            let Assignment { name, lines, .. } = &assigned;
            let value = assigned.value().map(|value| value.to_string());
            format!("{}-{} {name} {value:?}", lines.start(), lines.end())
        }
        Entry::Unreadable { line, why, .. } => format!("{line} {why:?}"),
    };
    entries(text).map(entry).collect()
}

#[test]
fn assignments_are_found() {
    for (text, expected) in [
        ("A=1", vec!["1-1 A Ok(\"1\")"]),
        ("# A=1\n\n  export A=1\r\nB=x=y", vec!["3-3 A Ok(\"1\")", "4-4 B Ok(\"x=y\")"]),
        (
            "A='x \"y\" # z'\nB= \"x\" # it's",
            vec!["1-1 A Ok(\"x \\\"y\\\" # z\")", "2-2 B Ok(\"x\")"],
        ),
        ("A=\"x\ny\r\nz\"\nB=1", vec!["1-3 A Ok(\"x\\ny\\nz\")", "4-4 B Ok(\"1\")"]),
        ("A=\"x\\ny\"\nB='x\\ny'", vec!["1-1 A Ok(\"x\\ny\")", "2-2 B Ok(\"x\\\\ny\")"]),
        ("A=\nB=''", vec!["1-1 A Ok(\"\")", "2-2 B Ok(\"\")"]),
        ("export A = a b # c # d\nB=1", vec!["1-1 A Ok(\"a b\")", "2-2 B Ok(\"1\")"]),
        ("A=a b $C \"d\"", vec!["1-1 A Ok(\"a b $C \\\"d\\\"\")"]),
    ] {
        assert_eq!(read(text), expected, "{text:?}");
    }
}

#[test]
fn where_readers_differ_there_is_no_value() {
    for (line, why) in [
        ("A", Disagreement::NoValue),
        ("export A # b", Disagreement::NoValue),
        ("A=x#y", Disagreement::Comment),
        ("A=x # y", Disagreement::TrailingComment),
        ("A=# y", Disagreement::Comment),
        ("export A=x#y # z", Disagreement::Comment),
        ("export A= # y", Disagreement::Comment),
        ("A= x", Disagreement::Blanks),
        ("A =x", Disagreement::Blanks),
        ("A=x ", Disagreement::Blanks),
        ("A=x\u{a0}", Disagreement::OddCharacter),
        ("A=x${B}", Disagreement::Variable),
        ("A='${B:-x}'", Disagreement::Variable),
        ("A=\"\\t\"", Disagreement::Escape),
        ("A=\"\\\"\"", Disagreement::Escape),
        ("A='it\\'s'", Disagreement::Escape),
        ("A=`x`", Disagreement::Backtick),
        ("A=\"x\" y", Disagreement::Tail),
    ] {
        let expected = [format!("1-1 A Err({why:?})"), "2-2 B Ok(\"1\")".to_owned()];
        assert_eq!(read(&format!("{line}\nB=1")), expected, "{line:?}");
    }
}

#[test]
fn where_readers_differ_on_the_lines_nothing_is_read() {
    for (line, why) in [
        ("x y", Disagreement::NoAssignment),
        ("A: x", Disagreement::NoAssignment),
        ("=x", Disagreement::NoAssignment),
        ("'A'=x", Disagreement::NoAssignment),
        ("ä=x", Disagreement::NoAssignment),
        ("A='x", Disagreement::Unclosed),
        ("A=\"\\\"", Disagreement::Unclosed),
        ("A=`x", Disagreement::Unclosed),
        ("A=x\ry", Disagreement::CarriageReturn),
        ("# x\u{2028}A=1", Disagreement::OddCharacter),
        ("A=\u{a0}x", Disagreement::OddCharacter),
        ("A=\"\\\\\" \"", Disagreement::Escape),
    ] {
        let expected = [format!("1 {why:?}"), "2-2 B Ok(\"1\")".to_owned()];
        assert_eq!(read(&format!("{line}\nB=1")), expected, "{line:?}");
    }
    assert_eq!(read("A='x\ny' z\nB=1"), ["1 Unclosed", "2 NoAssignment", "3-3 B Ok(\"1\")"]);
}

#[test]
fn no_value_is_shown_by_debug() {
    let shown: Vec<_> = entries("A=canary\nB='canary'").map(|entry| format!("{entry:?}")).collect();
    assert!(!shown.concat().contains("canary"), "{shown:?}");
}

#[test]
fn lines_behind_a_quote_that_is_not_closed_may_belong_to_it() {
    let contained = |text: &str| {
        let unreadable = entries(text).find_map(|entry| match entry {
            Entry::Unreadable { column, is_contained, .. } => Some((column, is_contained)),
            Entry::Assignment(_) => None,
        });
        unreadable.expect("a line is no assignment")
    };
    for (text, expected) in [
        ("B=1\n  one two\nA=1", (3, true)),
        ("A='x\nB='y'", (1, false)),
        ("A: \"x\nB=1\"", (1, false)),
        ("A=\"x\ry\nB=1\"", (1, false)),
        ("one two\rB=1", (1, false)),
    ] {
        assert_eq!(contained(text), expected, "{text:?}");
    }
}
