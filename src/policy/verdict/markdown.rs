//! A verdict as GitHub Flavored Markdown: what the agent can do, and whose grants let it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use crate::findings::Room;
use crate::findings::markdown::{MOST_BYTES, cell};
use crate::model::credential_id::CredentialId;
use crate::policy::needs::{Need, Needs};
use crate::policy::verdict::{GapKind, KeyOutcome, Verdict};

/// The most bytes of a table and of a graph: three of these and their headings are a comment.
pub const SHARE: usize = (MOST_BYTES - 6_000) / 3;

/// Mermaid draws no graph with more edges than 500 (its `maxEdges`), and none whose text is longer
/// than 50,000 characters.
const MOST_EDGES: usize = 400;

const HEADING: &str = "\
| key | | scopes | what the agent can do | covered by |
| --- | --- | --- | --- | --- |
";

/// Returns a table with a row for each requirement.
pub fn table(verdict: &Verdict<'_>, needs: &Needs<'_>) -> String {
    let mut rows: String = verdict.keys.iter().map(key_row).collect();
    let gaps = verdict.gaps.iter().filter(|gap| gap.kind == GapKind::Secret);
    let missing: HashSet<_> = gaps.map(|gap| gap.key.as_str()).collect();
    for secret in &needs.secrets {
        let covered = if missing.contains(secret.name.as_str()) { "**missing**" } else { "stored" };
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

/// Returns a graph: requirements, the scopes that they need, the grants that have these. GitHub and
/// GitLab draw it with Mermaid. A dashed line says what is not granted.
pub fn graph(verdict: &Verdict<'_>) -> String {
    if verdict.keys.is_empty() {
        return String::new();
    }
    let mut graph = Graph::default();
    for (drawn, outcome) in verdict.keys.iter().enumerate() {
        let before = graph.text.len();
        graph.key(outcome);
        if graph.text.len() > SHARE || graph.edges.len() > MOST_EDGES {
            graph.text.truncate(before);
            let rest = verdict.keys.len() - drawn;
            graph.node(Shape::Key, "", &format!("and {rest} more"));
            break;
        }
    }
    format!("```mermaid\nflowchart LR\n{}```\n", graph.text)
}

fn key_row(outcome: &KeyOutcome<'_>) -> String {
    let need = outcome.need;
    let covered = match &outcome.covered_by {
        Some(id) => {
            let ways = outcome.inclusions.iter().map(ToString::to_string);
            cell(&std::iter::once(id.to_string()).chain(ways).collect::<Vec<_>>().join("; "))
        }
        None => "**missing**".to_owned(),
    };
    format!(
        "| {} | {} | {} | {} | {covered} |\n",
        cell(&format!("`{}`", need.requirement.key)),
        manner(need.requirement.optional),
        scopes(outcome),
        cell(&abilities(need))
    )
}

fn manner(optional: bool) -> &'static str {
    if optional { "optional" } else { "required" }
}

fn scopes(outcome: &KeyOutcome<'_>) -> String {
    let names: Vec<_> =
        outcome.alternative.iter().map(|scope| cell(&format!("`{scope}`"))).collect();
    names.join(" ")
}

/// Returns the abilities that a requirement gives the agent: by its key, or by each of its raw
/// scopes.
fn abilities(need: &Need<'_>) -> String {
    if let Some(capability) = need.capability {
        return capability.allows.clone();
    }
    let described = need.scopes.iter().filter_map(|scope| need.provider.scopes.get(scope));
    let described: Vec<_> = described.map(|scope| scope.text.trim_end_matches('.')).collect();
    if described.is_empty() {
        "whatever the account has granted".to_owned()
    } else {
        described.join("; ")
    }
}

/// The kind of thing that a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Key,
    Scope,
    Grant,
    NotGranted,
}

impl Shape {
    fn brackets(self) -> (&'static str, &'static str) {
        match self {
            Self::Key => ("[", "]"),
            Self::Scope => ("([", "])"),
            Self::Grant => ("[(", ")]"),
            Self::NotGranted => ("{{", "}}"),
        }
    }
}

/// Nodes are numbered, since their labels are other people's texts. Providers may have scopes of the
/// same name: these are different nodes.
#[derive(Default)]
struct Graph {
    text: String,
    edges: HashSet<(usize, usize)>,
    nodes: HashMap<(Shape, String, String), usize>,
}

impl Graph {
    fn key(&mut self, outcome: &KeyOutcome<'_>) {
        let need = outcome.need;
        let slug = need.provider.slug.as_str();
        let key = self.node(Shape::Key, slug, &need.requirement.key);
        if outcome.alternative.is_empty() {
            self.grant(key, outcome.held_by.as_ref());
        }
        for scope in outcome.alternative.iter() {
            let mut node = self.node(Shape::Scope, slug, scope);
            self.edge(key, "-->", node);
            if let Some(way) = outcome.inclusions.iter().find(|way| way.scope == *scope) {
                let granted = self.node(Shape::Scope, slug, &way.granted);
                self.edge(node, "-->", granted);
                node = granted;
            }
            let holder = outcome.held_by.as_ref();
            self.grant(node, holder.filter(|_| !outcome.refused.contains(scope)));
        }
    }

    /// Draws the edge to the grant of an account, or to none.
    fn grant(&mut self, from: usize, credential: Option<&CredentialId>) {
        if let Some(id) = credential {
            let grant = self.node(Shape::Grant, id.provider.as_str(), &id.to_string());
            self.edge(from, "-->", grant);
        } else {
            let nowhere = self.node(Shape::NotGranted, "", "not granted");
            self.edge(from, "-.->", nowhere);
        }
    }

    fn node(&mut self, shape: Shape, provider: &str, label: &str) -> usize {
        let count = self.nodes.len();
        let identity = (shape, provider.to_owned(), label.to_owned());
        let number = *self.nodes.entry(identity).or_insert(count);
        if number == count {
            let (open, close) = shape.brackets();
            let _ = writeln!(self.text, "  n{number}{open}\"{}\"{close}", entities(label));
        }
        number
    }

    /// Draws an edge once: two keys may share a scope, and so its line to the grant.
    fn edge(&mut self, from: usize, arrow: &str, to: usize) {
        if self.edges.insert((from, to)) {
            let _ = writeln!(self.text, "  n{from} {arrow} n{to}");
        }
    }
}

/// Returns a label in the entity codes of Mermaid, where a character could mean something to it.
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
