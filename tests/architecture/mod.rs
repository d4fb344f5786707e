//! The architecture: which folder of `src` imports which, and no circle of files.
//!
//! CONTRIBUTING.md states the edges, one line a folder. An import counts as an edge to the file that
//! defines the item: re-exports are followed, and paths inside of functions and macros count as those
//! of `use` do. Code that is compiled for tests alone is left out.

mod graph;
mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use graph::{Graph, circles};

/// The statement: folder → the folders that it may import, from the top down.
fn stated() -> Vec<(String, BTreeSet<String>)> {
    let text = std::fs::read_to_string("CONTRIBUTING.md").expect("CONTRIBUTING.md");
    let (_, from) = text.split_once("```text architecture\n").expect("the statement begins");
    let (block, _) = from.split_once("```").expect("the statement ends");
    let mut lines: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in block.lines() {
        let names = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        if let Some((folder, imports)) = line.split_once('→') {
            lines.push((folder.trim().to_owned(), names(imports).into_iter().collect()));
        } else {
            // The line before goes on.
            let (_, imports) = lines.last_mut().expect("a line begins with a folder");
            imports.extend(names(line));
        }
    }
    lines
}

#[test]
fn folders_import_what_is_stated_and_nothing_else() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut places: BTreeMap<(String, String), String> = BTreeMap::new();
    let graph = Graph::of(Path::new("src"));
    for (from, to) in graph.edges() {
        let (above, below) = (folder(from), folder(to));
        found.entry(above.clone()).or_default();
        if above != below {
            found.entry(above.clone()).or_default().insert(below.clone());
            places.entry((above, below)).or_insert(format!("{from} imports {to}"));
        }
    }
    let stated: BTreeMap<_, _> = stated().into_iter().collect();
    let mut faults = Vec::new();
    for (above, imports) in &found {
        for below in imports {
            if !stated.get(above).is_some_and(|stated| stated.contains(below)) {
                let place = &places[&(above.clone(), below.clone())];
                faults.push(format!("new edge: {above} → {below} ({place})"));
            }
        }
    }
    for (above, imports) in &stated {
        for below in imports {
            if !found.get(above).is_some_and(|found| found.contains(below)) {
                faults.push(format!("stated, but not there: {above} → {below}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_stated_edge_leads_down() {
    let stated = stated();
    for (at, (above, imports)) in stated.iter().enumerate() {
        for below in imports {
            let floor = stated.iter().position(|(folder, _)| folder == below);
            let floor = floor.unwrap_or_else(|| panic!("{below} has no line"));
            assert!(floor > at, "{above} → {below} leads up");
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = Graph::of(Path::new("src"));
    let circles: Vec<_> = circles(&graph)
        .into_iter()
        .map(|files| {
            let inside: BTreeSet<_> = files.iter().map(String::as_str).collect();
            let edges: Vec<_> = graph
                .edges()
                .filter(|(from, to)| inside.contains(from) && inside.contains(to))
                .map(|(from, to)| format!("  {from} → {to}"))
                .collect();
            format!("{} files:\n{}", files.len(), edges.join("\n"))
        })
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// The folder of a file of `src`; a file that lies in none stands for itself.
fn folder(file: &str) -> String {
    let (first, _) = file.split_once('/').unwrap_or((file, ""));
    first.trim_end_matches(".rs").to_owned()
}

/// A tree of files in which something was planted.
fn planted(files: &[(&str, &str)]) -> (tempfile::TempDir, Graph) {
    let tree = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = tree.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    let graph = Graph::of(tree.path());
    (tree, graph)
}

#[test]
fn planted_edges_are_seen() {
    let (_tree, graph) = planted(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a/mod.rs", "mod inner; pub use inner::Thing; #[cfg(test)] mod tests;"),
        ("a/inner.rs", "pub struct Thing; impl Thing { pub const N: u8 = 1; }"),
        ("a/tests.rs", "use crate::b::f;"),
        ("b.rs", "use crate::a; pub fn f() { let _ = a::Thing::N; }"),
        (
            "c.rs",
            "fn g() { println!(\"{:?}\", crate::b::f()); } #[cfg(test)] mod t { use crate::a::Thing; }",
        ),
    ]);
    let edges: Vec<_> = graph.edges().collect();
    let expected = [("a/mod.rs", "a/inner.rs"), ("b.rs", "a/inner.rs"), ("c.rs", "b.rs")];
    assert_eq!(edges, expected);
}

#[test]
fn a_planted_circle_is_seen() {
    let (_tree, graph) = planted(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod part; pub struct Shared; pub fn all() { part::one(&Shared) }"),
        ("a/part.rs", "use super::Shared; pub fn one(_: &Shared) {}"),
    ]);
    assert_eq!(circles(&graph), [["a/mod.rs", "a/part.rs"]]);
}
