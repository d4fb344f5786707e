//! What the documents show is what the program does.

use std::fs;
use std::path::Path;

use crate::support::Home;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of a language in a Markdown text.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let manifest = blocks(&readme, "yaml").into_iter().next().expect("it shows a manifest");
    let home = Home::with_manifest(&manifest);
    home.import("token", "tweet.read users.read");
    let transcripts = blocks(&readme, "console");
    assert!(transcripts.len() >= 2, "the transcripts went away");
    for transcript in transcripts {
        let (command, shown) = transcript.split_once('\n').expect("a command and what it prints");
        let words = shell_words(command.strip_prefix("$ xreq ").expect("it runs xreq"));
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let ran = home.xreq(&words);
        let printed = format!("{}{}", ran.stdout, ran.stderr);
        assert!(printed.contains(shown), "{command}\n{printed}\nand the README says\n{shown}");
    }
}

/// Words between spaces, those in double quotes together.
fn shell_words(command: &str) -> Vec<String> {
    let quoted = |(at, part): (usize, &str)| {
        if at % 2 == 1 {
            vec![part.to_owned()]
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        }
    };
    command.split('"').enumerate().flat_map(quoted).collect()
}

#[test]
fn the_readme_shows_manifests_that_are_right() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let home = Home::empty();
    for block in blocks(&readme, "yaml") {
        home.xreq_with(&["validate", "-"], format!("app: mine\n{block}")).succeeds();
    }
}

#[test]
fn example_manifests_are_right_or_say_what_is_wrong() {
    let home = Home::empty();
    let mut broken = 0;
    for entry in fs::read_dir(root().join("examples/manifests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let ran = home.xreq(&["validate", &path.to_string_lossy()]);
        if name.starts_with("broken") {
            broken += 1;
            ran.exits(1);
        } else {
            ran.succeeds();
        }
    }
    assert!(broken >= 4);
    for example in ["post-tweet", "dm-reader", "whoami-node", "post-shell"] {
        let manifest = root().join("examples").join(example).join("xreq.yaml");
        home.xreq(&["validate", &manifest.to_string_lossy()]).succeeds();
    }
}

#[test]
fn the_settings_in_the_store_document_are_read() {
    let document = fs::read_to_string(root().join("docs/store.md")).unwrap();
    let config = blocks(&document, "yaml").into_iter().next().expect("it shows config.yaml");
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.write("home/config.yaml", config);
    home.xreq(&["validate"]).succeeds();
}

#[test]
fn the_failures_in_the_document_of_grants_have_their_exit_statuses() {
    use xreq::error::Code;

    let document = fs::read_to_string(root().join("docs/grants.md")).unwrap();
    let table = document.split_once("## Failures by code").expect("it has a table").1;
    let table = table.split("\n## ").next().expect("it ends");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 12, "{rows:?}");
    for row in rows {
        let code = row[0].trim_matches('`');
        let known = Code::ALL.iter().find(|known| known.name() == code);
        let known = known.unwrap_or_else(|| panic!("there is no code {code}"));
        assert_eq!(row[3], known.exit().status().to_string(), "{code}");
    }
}
