//! The wording of remedies: below the command line, no text names a command or an option of xreq.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

use super::graph::{Graph, is_for_tests};
use crate::support::Home;

/// The places that know the command line, each with the reason.
const KNOW_THE_COMMAND_LINE: [(&str, &str); 6] = [
    ("cli/", "it defines the command line"),
    ("commands/", "they are the front end"),
    ("error/wording.rs", "it words remedies for the command line"),
    ("git/", "the options are those of `git`"),
    ("schema.rs", "a schema is read in editors, beside the command line"),
    ("config.rs", "the mark of files that older versions wrote, too"),
];

/// The places that word remedies, each with the reason.
const WORD_REMEDIES: [(&str, &str); 5] = [
    ("commands/", "they are the front end"),
    ("error.rs", "the words of an error are made once"),
    ("findings/diagnostic.rs", "output formats hold text"),
    ("oauth/consent/page.rs", "a page of the browser leads to the terminal"),
    ("policy/verdict/json.rs", "a verdict as JSON has the command beside the remedy"),
];

/// Returns the commands and the options that a shell completes.
fn words() -> BTreeSet<String> {
    let script = Home::empty().xreq(&["completions", "elvish"]);
    let offered = script.stdout.lines().filter_map(|line| line.trim().strip_prefix("cand "));
    offered.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Returns the files of Rust below a folder, but for those of tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_of_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_of_tests {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_of_tests {
            found.push(path);
        }
    }
    found
}

/// Collects the texts of a file.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !super::graph::attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.push(text.value());
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let source = item.tokens.to_string();
        // A line that goes on.
        let pieces = source.split("\\\n").enumerate();
        self.0.push(pieces.map(|(at, it)| if at > 0 { it.trim_start() } else { it }).collect());
        visit::visit_macro(self, item);
    }
}

fn texts(source: &str) -> Vec<String> {
    let mut texts = Texts::default();
    texts.visit_file(&syn::parse_file(source).expect("it is Rust"));
    texts.0
}

/// Returns the first command or option of xreq that a text names.
fn named<'t>(text: &'t str, words: &BTreeSet<String>) -> Option<&'t str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let ending = |from: &'t str| from.split(|c| !is_of_word(c)).next().unwrap_or_default();
    let commands = text.match_indices("xreq ").map(|(at, found)| &text[at + found.len()..]);
    let options = text.match_indices("--").map(|(at, _)| &text[at..]);
    commands.chain(options).map(ending).find(|word| words.contains(*word))
}

#[test]
fn no_text_below_the_command_line_names_a_command() {
    let words = words();
    assert!(words.contains("connect") && words.contains("--min-ttl"), "{words:?}");
    let mut faults = Vec::new();
    for path in files(Path::new("src")) {
        let name = path.strip_prefix("src").expect("below it").display().to_string();
        if KNOW_THE_COMMAND_LINE.iter().any(|(place, _)| name.starts_with(place)) {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a file");
        for text in texts(&source) {
            if let Some(word) = named(&text, &words) {
                faults.push(format!("{name} names `{word}`: make it a remedy ({text:?})"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn remedies_are_worded_by_those_who_show_them() {
    let graph = Graph::of(Path::new("src"));
    let imports = graph.edges().filter(|(_, to)| *to == "error/wording.rs").map(|(from, _)| from);
    let (stated, others): (Vec<_>, Vec<_>) =
        imports.partition(|from| WORD_REMEDIES.iter().any(|(place, _)| from.starts_with(place)));
    assert!(others.is_empty(), "{others:?} word remedies: hand them on as data");
    for (place, _) in WORD_REMEDIES {
        assert!(stated.iter().any(|from| from.starts_with(place)), "{place} words none");
    }
}

#[test]
fn planted_commands_are_seen() {
    let words = ["connect", "--min-ttl"].map(str::to_owned).into();
    for (source, expected) in [
        ("const A: &str = \"run `xreq connect x`\";", Some("connect")),
        ("fn f() -> String { format!(\"ask with \\\n    `--min-ttl {}`\", 1) }", Some("--min-ttl")),
        ("const A: &str = \"xreq connects\";", None),
        ("/// Runs `xreq connect`.\nconst A: &str = \"git --all\";", None),
        ("#[cfg(test)] mod tests { const A: &str = \"xreq connect\"; }", None),
    ] {
        let found = texts(source).iter().find_map(|text| named(text, &words).map(str::to_owned));
        assert_eq!(found.as_deref(), expected, "{source}");
    }
}
