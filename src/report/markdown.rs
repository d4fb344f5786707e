//! A verdict as GitHub Flavored Markdown: what the agent can do, and whose grants let it.

use std::collections::BTreeMap;
use std::fmt::Write;

pub use crate::diagnostic::markdown::cell;
use crate::diagnostic::{MARKDOWN_BYTES, Room};
use crate::resolve::{Need, Needs};
use crate::verdict::{KeyOutcome, Verdict};

/// The most bytes of a table and of a graph: three of these are a comment.
pub const SHARE: usize = MARKDOWN_BYTES / 3;

/// Mermaid draws no graph with more edges than 500 (its `maxEdges`), and none whose text is longer
/// than 50,000 characters.
const MOST_EDGES: usize = 400;

const HEADING: &str = "\
| key | | scopes | what the agent can do | covered by |
| --- | --- | --- | --- | --- |
";

/// A table with a row for each requirement.
pub fn table(verdict: &Verdict<'_>, needs: &Needs<'_>) -> String {
    let mut rows: String = verdict.keys.iter().map(key_row).collect();
    for secret in &needs.secrets {
        let is_missing = verdict.gaps.iter().any(|gap| gap.key == secret.name);
        let covered = if is_missing { "**missing**" } else { "stored" };
        let name = cell(&format!("`{}`", secret.name));
        rows.push_str(&format!(
            "| {name} | {} | | a secret | {covered} |\n",
            manner(secret.optional)
        ));
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut room = Room::of_bytes(SHARE);
    let count = rows.lines().count();
    let rows = room.take(rows, count);
    format!("{HEADING}{rows}{}", room.rest())
}

/// A graph: requirements, the scopes that they need, the grants that have these. GitHub and GitLab
/// draw it with Mermaid. A dashed line leads to a scope that is not granted.
pub fn graph(verdict: &Verdict<'_>) -> String {
    if verdict.keys.is_empty() {
        return String::new();
    }
    let mut graph = Graph::default();
    for (drawn, outcome) in verdict.keys.iter().enumerate() {
        let before = graph.text.len();
        graph.key(outcome, verdict);
        if graph.text.len() > SHARE || graph.edges > MOST_EDGES {
            graph.text.truncate(before);
            let rest = verdict.keys.len() - drawn;
            graph.node(&format!("and {rest} more"), "[", "]");
            break;
        }
    }
    format!("```mermaid\nflowchart LR\n{}```\n", graph.text)
}

fn key_row(outcome: &KeyOutcome<'_>) -> String {
    let need = outcome.need;
    let covered = match &outcome.covered_by {
        Some(account) => cell(&format!("{} ({account})", need.provider.slug)),
        None => "**missing**".to_owned(),
    };
    format!(
        "| {} | {} | {} | {} | {covered} |\n",
        cell(&format!("`{}`", need.requirement.key)),
        manner(need.requirement.optional),
        scopes(need),
        cell(&abilities(need))
    )
}

fn manner(optional: bool) -> &'static str {
    if optional { "optional" } else { "required" }
}

fn scopes(need: &Need<'_>) -> String {
    let names: Vec<_> = need.api_scopes.iter().map(|scope| cell(&format!("`{scope}`"))).collect();
    names.join(" ")
}

/// What a requirement lets the agent do: by its key, or by each of its raw scopes.
fn abilities(need: &Need<'_>) -> String {
    if let Some(capability) = need.capability {
        return capability.allows.clone();
    }
    let described = need.scopes.iter().filter_map(|scope| need.provider.scopes.get(scope));
    let described: Vec<_> = described.map(|text| text.trim_end_matches('.')).collect();
    if described.is_empty() {
        "whatever the account has granted".to_owned()
    } else {
        described.join("; ")
    }
}

/// Nodes get short names, since their labels are other people's texts.
#[derive(Default)]
struct Graph {
    text: String,
    edges: usize,
    names: BTreeMap<String, String>,
}

impl Graph {
    fn key(&mut self, outcome: &KeyOutcome<'_>, verdict: &Verdict<'_>) {
        let need = outcome.need;
        let key = self.node(&need.requirement.key, "[", "]");
        for scope in need.api_scopes.iter() {
            let is_missing = outcome.missing.contains(scope)
                || verdict.underscoped.iter().any(|under| {
                    under.need.provider.slug == need.provider.slug && under.missing.contains(scope)
                });
            let node = self.node(scope, "([", "])");
            self.edge(&key, &node);
            match &outcome.covered_by {
                Some(account) if !is_missing => {
                    let grant = format!("{} ({account})", need.provider.slug);
                    let grant = self.node(&grant, "[(", ")]");
                    self.edge(&node, &grant);
                }
                _ => {
                    let missing = self.node("not granted", "{{", "}}");
                    self.dashed_edge(&node, &missing);
                }
            }
        }
    }

    fn node(&mut self, label: &str, open: &str, close: &str) -> String {
        let count = self.names.len();
        let identity = format!("{open}{label}");
        if let Some(name) = self.names.get(&identity) {
            return name.clone();
        }
        let name = format!("n{count}");
        let _ = writeln!(self.text, "  {name}{open}\"{}\"{close}", entities(label));
        self.names.insert(identity, name.clone());
        name
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.line(&format!("  {from} --> {to}\n"));
    }

    fn dashed_edge(&mut self, from: &str, to: &str) {
        self.line(&format!("  {from} -.-> {to}\n"));
    }

    /// Two keys may share a scope, and draw its line to the grant once.
    fn line(&mut self, line: &str) {
        if !self.text.contains(line) {
            self.text.push_str(line);
            self.edges += 1;
        }
    }
}

/// A label in the entity codes of Mermaid, where a character could mean something to it.
fn entities(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for c in label.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '/' | '(' | ')') {
            text.push(c);
        } else {
            let _ = write!(text, "#{};", u32::from(c));
        }
    }
    text
}
