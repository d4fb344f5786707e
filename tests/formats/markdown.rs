//! Markdown shows what it means to: judged by a reader of GitHub's dialect, and by Mermaid.

use serde_json::Value;

use super::{corpus, diagnostics, list, number, printed, text};
use crate::support::{Home, Ran, node};

/// What a reader sees of each of these texts; `None` where there is none.
fn seen(texts: &[&str]) -> Option<Vec<Value>> {
    node::installed("micromark-extension-gfm/package.json")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/gfm.mjs");
    let mut command = std::process::Command::new("node");
    let input = serde_json::to_string(texts).expect("texts are JSON");
    let ran = Ran::with_input(command.arg(script), input.as_bytes()).succeeds();
    Some(list(&ran.json(), "").to_vec())
}

/// Asserts that a text has nothing but what we put there, and calls nobody.
#[track_caller]
fn assert_ours(seen: &Value, headings: usize) {
    const OURS: [&str; 14] = [
        "br", "code", "h2", "li", "p", "pre", "strong", "table", "tbody", "td", "th", "thead",
        "tr", "ul",
    ];
    for element in list(seen, "/elements") {
        let element = text(element, "");
        assert!(OURS.contains(&element), "<{element}> in {seen:#}");
    }
    assert!(list(seen, "/attributes").iter().all(|name| name == "class"), "{seen:#}");
    assert_eq!(list(seen, "/headings").len(), headings, "{seen:#}");
    let prose = text(seen, "/prose");
    let behind =
        |sign: char| prose.match_indices(sign).filter_map(|(at, _)| prose[at + 1..].chars().next());
    for sign in ['@', '#', ':'] {
        let called = behind(sign).find(|next| next.is_alphanumeric() || *next == '/');
        assert_eq!(called, None, "{sign} calls in {prose}");
    }
}

/// Texts that mean something to GitHub.
const HOSTILE: [&str; 16] = [
    "a|b",
    "`a`|`b`",
    "``",
    "` a",
    "<img src=x onerror=alert(1)>",
    "</td></table><h1>",
    "<!-- a",
    "@org/team @me",
    "me@example.org",
    "#1 org/repo#1",
    "[a](https://evil.example) ![b](https://evil.example/b.png)",
    "https://evil.example www.evil.example",
    "**a** _b_ ~~c~~ :tada: $x$",
    "\\| \\` \\",
    "&lt;b&gt; &#64;org",
    "- a\\n# b\\n\\n| c |",
];

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace("\\n", "\n").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
    )
}

#[test]
fn tables_have_their_cells_whatever_is_in_them() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let mut paths = Vec::new();
    for (at, hostile) in HOSTILE.iter().enumerate() {
        let text = quoted(hostile);
        let path = format!("m/{}/{at}.yaml", hostile.replace(['/', '\\'], "_"));
        home.write(
            &path,
            format!(
                "integrations:\n- {text}\n- {{key: {text}, {text}: 1}}\n- x.{text}\n- {{key: x, scopes: [{text}]}}\n\
                 secrets: [{text}]\n"
            ),
        );
        paths.push(path);
    }
    let validated = printed(&home, &["validate"], "markdown", &paths).exits(1).stdout;
    let mut texts = vec![validated];
    for path in &paths {
        let ran = home.xreq(&["check", "--format", "markdown", "--manifest", path]).exits(1);
        texts.push(ran.stdout);
    }
    let Some(seen) = seen(&texts.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
    let answer = printed(&home, &["validate"], "json", &paths).json();
    let rows: Vec<_> =
        seen[0]["tables"][0].as_array().expect("there is a table").iter().skip(1).collect();
    assert_eq!(rows.len(), diagnostics(&answer).len());
    for (row, finding) in rows.iter().zip(diagnostics(&answer)) {
        let at = |unit: &str| number(finding, &format!("/range/start/{unit}"));
        let place = format!("{}:{}:{}", text(finding, "/file"), at("line"), at("column"));
        let cells = list(row, "");
        assert_eq!(cells.len(), 4, "{row}");
        assert_eq!(cells[0], finding["level"]);
        assert_eq!(unquoted(text(&cells[1], "")), unquoted(&place));
        let message = unquoted(text(finding, "/message"));
        assert!(unquoted(text(&cells[2], "")).starts_with(&message), "{row} lacks {message}");
        assert_eq!(cells[3], finding["code"]);
    }
    for seen in &seen {
        assert_ours(seen, 1);
        assert_eq!(list(seen, "/tables").len(), 1, "{seen:#}");
    }
}

/// A text without the signs that show or hide code, and without spaces that have no width.
fn unquoted(text: &str) -> String {
    text.replace(['`', '\u{200b}'], "")
}

#[test]
fn the_corpus_is_shown() {
    let (home, paths) = corpus();
    let texts: Vec<_> = paths
        .iter()
        .map(|path| home.xreq(&["validate", "--format", "markdown", path]).stdout)
        .collect();
    let Some(seen) = seen(&texts.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
    for (seen, path) in seen.iter().zip(&paths) {
        assert_ours(seen, 1);
        let answer = home.xreq(&["validate", "--format", "json", path]).json();
        let rows = seen["tables"][0].as_array().map_or(0, |table| table.len() - 1);
        assert_eq!(rows, diagnostics(&answer).len(), "{path}");
    }
}

/// A provider whose texts mean something to Mermaid and Markdown, with so many keys.
fn provider(keys: usize) -> String {
    let scopes = [
        "a]-->b",
        "end",
        "https://evil.example/[x](y)",
        "#35;",
        "%%{init:{}}%%",
        "|x|{{y}}",
        "1.",
        "`z`",
    ];
    let all: Vec<_> = scopes
        .iter()
        .map(|scope| (*scope).to_owned())
        .chain((0..keys).map(|at| format!("s{at}")))
        .collect();
    let capabilities: serde_json::Map<_, _> = (0..keys)
        .map(|at| {
            let published = [scopes[at % scopes.len()], scopes[(at + 3) % scopes.len()], &format!("s{at}")];
            let capability = serde_json::json!({
                "title": "<b>a</b>", "allows": "do | `x` @org/team **b** #1", "published": published,
            });
            (format!("odd.key-{at}.read"), capability)
        })
        .collect();
    serde_json::json!({
        "provider": "odd", "title": "Odd | `x` @org/team", "env_prefix": "ODD",
        "endpoints": {
            "authorize_url": "https://odd.example/a", "token_url": "https://odd.example/t",
            "api_url": "https://odd.example",
        },
        "client_authentication": { "public": "none" },
        "pkce": "S256",
        "redirect_uri": "http://127.0.0.1:8080/callback",
        "scopes": all.iter().map(|scope| (scope.clone(), "x | y @org".into())).collect::<serde_json::Map<_, Value>>(),
        "capabilities": capabilities,
    })
    .to_string()
}

fn manifest(keys: usize) -> String {
    (0..keys)
        .fold("integrations:\n".to_owned(), |text, at| text + &format!("- odd.key-{at}.read\n"))
}

/// Runs `check` with that provider, which granted some of the scopes to an account with an odd name.
fn checked(keys: usize) -> String {
    let home = Home::with_manifest(&manifest(keys));
    home.write("odd.yaml", provider(keys));
    let catalog = ["--catalog", "odd.yaml"];
    // One key alone has no `s1`.
    let scopes = ["end", "https://evil.example/[x](y)", "s0", "s1"];
    let scopes = scopes[..scopes.len().min(keys + 2)].join(" ");
    let import = ["import", "odd", "--account", "end-of.a_b", "--scopes", &scopes, "-"];
    home.xreq_with(&[&import[..], &catalog].concat(), "token").succeeds();
    let check = ["check", "--format", "markdown", "--account", "odd=end-of.a_b"];
    home.xreq(&[&check[..], &catalog].concat()).exits(1).stdout
}

#[test]
fn graphs_are_drawn_whatever_the_scopes_are() {
    for keys in [1, 3, 8] {
        let printed = checked(keys);
        let Some(seen) = seen(&[&printed]) else { return };
        assert_ours(&seen[0], 1);
        let tables = list(&seen[0], "/tables");
        assert!(list(&tables[0], "").iter().all(|row| list(row, "").len() == 5), "{printed}");
        assert_eq!(list(&tables[0], "").len(), keys + 1, "{printed}");
        let graphs = list(&seen[0], "/graphs");
        assert_eq!(graphs.len(), 1, "{printed}");
        let Some(judged) = node::mermaid(text(&graphs[0], "")) else { return };
        assert_eq!(judged, Ok("flowchart-v2".to_owned()), "{printed}");
    }
}

#[test]
fn a_hundred_keys_fit_into_a_comment() {
    for keys in [100, 400] {
        let printed = checked(keys);
        assert!(printed.chars().count() < 65_536, "{} characters", printed.len());
        let (_, graph) = printed.split_once("```mermaid\n").expect("there is a graph");
        let (graph, _) = graph.split_once("```").expect("it ends");
        assert!(
            graph.len() < 50_000 && graph.lines().filter(|line| line.contains("->")).count() <= 500
        );
        assert!(graph.contains("\"and ") && graph.contains(" more\""), "{graph}");
        assert_eq!(printed.matches("\nand ").count(), 2, "{printed}");
        let Some(judged) = node::mermaid(graph) else { return };
        assert_eq!(judged, Ok("flowchart-v2".to_owned()));
        let Some(seen) = seen(&[&printed]) else { return };
        assert_ours(&seen[0], 1);
    }
}

#[test]
fn an_older_manifest_makes_a_list() {
    let home = Home::empty();
    home.write("odd.yaml", provider(20));
    home.write("new|`a`@b.yaml", manifest(20));
    let args =
        ["diff", "--format", "markdown", "--catalog", "odd.yaml", "/dev/null", "new|`a`@b.yaml"];
    let printed = home.xreq(&args).exits(1).stdout;
    let Some(seen) = seen(&[&printed]) else { return };
    assert_ours(&seen[0], 1);
    assert!(list(&seen[0], "/items").len() >= 20, "{printed}");
}
