//! A manifest in an editor: what `yaml-language-server` completes, shows and underlines in the one
//! that `xreq init` writes, with the schema that its first line names.

mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use xreq::catalog::Catalog;

use self::server::{Finding, Server};
use crate::support::Home;

const KEY: &str = "- key: x.tweet.read\n";

/// A folder after `xreq init`, and the manifest that it wrote.
struct Begun {
    home: Home,
    manifest: String,
}

impl Begun {
    fn new() -> Self {
        let home = Home::empty();
        home.xreq(&["init"]).succeeds();
        let manifest = fs::read_to_string(home.path().join("xreq.yaml")).expect("it is written");
        assert!(manifest.contains(KEY), "{manifest}");
        Self { home, manifest }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("xreq.yaml")
    }

    /// Another manifest with the same first line.
    fn with(&self, body: &str) -> String {
        let line = self.manifest.lines().next().expect("it has lines");
        format!("{line}\n{body}")
    }
}

fn labels(completions: &[Value]) -> BTreeSet<&str> {
    completions.iter().map(|item| item["label"].as_str().expect("a text")).collect()
}

/// The manifest with its commented entries in force.
fn uncommented(manifest: &str) -> String {
    let lines = manifest.lines().map(|line| match line.trim_start().strip_prefix("# ") {
        Some(rest) if line.starts_with(' ') && !rest.ends_with('.') => line.replacen("# ", "", 1),
        _ => line.to_owned(),
    });
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

#[test]
fn a_new_manifest_has_no_red_line() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let document = server.open(&begun.path(), &begun.manifest);
    assert_eq!(document.findings, []);
    let commented_in = uncommented(&begun.manifest);
    assert!(commented_in.contains("\n    - key: FAL_KEY\n"), "{commented_in}");
    let document = server.open(&begun.home.path().join("all.yaml"), &commented_in);
    assert_eq!(document.findings, [], "{commented_in}");
}

#[test]
fn keys_are_completed_with_what_they_allow() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let typed = begun.manifest.replacen(KEY, "- key: x.\n", 1);
    let document = server.open(&begun.path(), &typed);
    let found = server.completions(&document, "- key: x.");
    let catalog = Catalog::builtin();
    let provider = catalog.provider("x").expect("it is built in");
    for (key, capability) in &provider.capabilities {
        let item = found.iter().find(|item| item["label"] == key.as_str()).expect(key);
        assert_eq!(item["textEdit"]["newText"], key.as_str());
        let documentation = item["documentation"].as_str().expect("it is documented");
        assert!(documentation.contains(&capability.allows), "{key}: {documentation}");
        assert!(documentation.contains(&capability.published.to_string()), "{key}");
    }
    // An editor filters them by what is typed.
    let others: Vec<_> =
        labels(&found).into_iter().filter(|key| provider.capability(key).is_none()).collect();
    assert!(others.contains(&"x"), "{others:?}");
    assert!(others.iter().all(|key| !key.starts_with("x.")), "{others:?}");
}

#[test]
fn a_key_shows_its_scopes_and_what_it_allows() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let catalog = Catalog::builtin();
    let provider = catalog.provider("x").expect("it is built in");
    for (key, capability) in &provider.capabilities {
        let text = begun.manifest.replacen("x.tweet.read", key, 1);
        let document = server.open(&begun.home.path().join(format!("{key}.yaml")), &text);
        assert_eq!(document.findings, []);
        let shown = server.hover(&document, key);
        let added = capability.api().minus(&capability.published);
        let expected = [
            format!("#### {}", capability.title),
            format!("Allows the app to {}.", capability.allows),
        ];
        assert_eq!(shown.contains("Scopes: "), !capability.published.is_empty(), "{key}");
        let scopes = format!("Scopes: {}", capability.published);
        let of_api = (!added.is_empty()).then(|| format!("The API of X demands besides: {added}"));
        let scopes = shown.contains("Scopes: ").then_some(&scopes);
        for text in expected.iter().chain(scopes).chain(&of_api).chain(&capability.note) {
            assert!(shown.contains(text), "{key}: no {text:?} in\n{shown}");
        }
        assert_eq!(shown.contains("demands besides"), of_api.is_some(), "{key}");
        let has_operations = provider.operations().iter().any(|it| it.keys.contains(key));
        assert_eq!(shown.contains("Operations: "), has_operations, "{key}");
    }
}

#[test]
fn fields_scopes_and_secrets_show_what_they_are() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let text = begun.with(
        "credentials:\n  x:\n    scopes: [dm.read]\n    optional: true\n  acme:\n    \
         secrets: [ACME_KEY]\n    description: Reads the news\n",
    );
    let document = server.open(&begun.path(), &text);
    assert_eq!(document.findings, []);
    for (word, expected) in [
        ("dm.read", "#### dm.read\n\nRead all of the account's direct messages"),
        ("scopes", "Raw OAuth scopes"),
        ("optional", "An app learns from XREQ_INTEGRATIONS"),
        ("acme", "Secrets of a service that the catalog does not have"),
        ("ACME_KEY", "The name of the variable that the app gets"),
        ("description", "Whoever connects an account reads it"),
    ] {
        let shown = server.hover(&document, word);
        assert!(shown.contains(expected), "{word}: no {expected:?} in\n{shown}");
    }
}

#[test]
fn fields_are_completed() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let text = begun.with("requirements:\n  integrations:\n    - key: x.tweet.read\n      \n");
    let document = server.open(&begun.path(), &text);
    let found = server.completions(&document, "x.tweet.read\n      ");
    let others = [
        "capabilities",
        "description",
        "env",
        "kind",
        "optional",
        "part",
        "provider",
        "scopes",
        "secrets",
        "slug",
    ];
    assert_eq!(labels(&found), others.into());
    assert!(found.iter().all(|item| item["documentation"] != ""), "{found:?}");
    let text = begun.with("");
    let document = server.open(&begun.home.path().join("empty.yaml"), &text);
    let found = server.completions(&document, &text);
    assert_eq!(labels(&found), ["credentials", "integrations", "requirements", "secrets"].into());
}

#[test]
fn what_is_wrong_has_a_red_line_below_it() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let entry = "requirements:\n  integrations:\n    - key: x.tweet.read\n      ";
    let cases = [
        ("integrations:\n  - key: x.tweet.wirte\n".to_owned(), "x.tweet.wirte", "x.tweet.write"),
        ("integrations: [x, x.tweet.wirte]\n".to_owned(), "x.tweet.wirte", "x.tweet.write"),
        ("credentials: {x: {capabilities: [x.dms.read]}}\n".to_owned(), "x.dms.read", "x.dm.read"),
        ("integrations: [{key: x, scopes: [dm.raed]}]\n".to_owned(), "dm.raed", "dm.read"),
        (format!("{entry}descripton: Reads\n"), "descripton", "descripton is not allowed"),
        (format!("{entry}optional: yes\n"), "yes", "boolean"),
        ("secrets: [XREQ_KEY]\n".to_owned(), "XREQ_KEY", "not allowed"),
        ("requirements: {integration: [x]}\n".to_owned(), "integration", "not allowed"),
    ];
    for (at, (body, word, expected)) in cases.iter().enumerate() {
        let path = begun.home.path().join(format!("{at}.yaml"));
        let document = server.open(&path, &begun.with(body));
        let [Finding { text, message, is_error: true }] = document.findings.as_slice() else {
            panic!("{body}{:?}", document.findings);
        };
        assert_eq!(text, word, "{body}{message}");
        assert!(message.contains(expected), "{body}{message}");
    }
}

#[test]
fn the_examples_are_underlined_where_they_are_broken() {
    let Some(mut server) = Server::start() else { return };
    let begun = Begun::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for folder in entries(&root) {
        for file in entries(&folder) {
            if file.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("it can be read");
            let name = file.strip_prefix(&root).expect("it is below").display().to_string();
            // The provider files name their schema themselves, in the repository.
            let document = if folder.ends_with("providers") {
                assert!(text.starts_with("# yaml-language-server: $schema=../../"), "{name}");
                server.open(&file, &text)
            } else {
                let path = begun.home.path().join(name.replace('/', "-"));
                server.open(&path, &begun.with(&text))
            };
            // An anchor is gone once the document is a value.
            let is_broken = name.contains("broken") && !name.contains("anchor");
            assert_eq!(!document.findings.is_empty(), is_broken, "{name}: {document:?}");
            seen += 1;
        }
    }
    assert!(seen >= 16, "only {seen} examples were found");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}
