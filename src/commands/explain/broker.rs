//! The explanation of a launch below a broker: rows for people, and fields of JSON.

use serde_json::{Value, json};

use super::row::{Row, row};
use crate::app::brokered_explanation::BrokeredKey;
use crate::catalog::Operation;
use crate::findings::markdown::cell;
use crate::policy::needs::Needs;
use crate::policy::verdict::Verdict;
use crate::text::layout::{Phrase, Style, whole};

/// Number of operations that are listed.
const LISTED: usize = 3;

const IN_CLEAR: &str = "handed over in clear: no host is known that it is for";

/// Returns the rows of a key.
pub(super) fn rows(key: &BrokeredKey<'_>) -> Vec<Row> {
    if let Some(obstacle) = &key.obstacle {
        let words = format!("nothing, and nothing is launched below a broker: {obstacle}");
        return vec![row("through", Phrase::new(Style::Bad, &words))];
    }
    let hosts: Vec<_> = key.hosts.iter().map(String::as_str).collect();
    let through = match key.reach.given.as_slice() {
        [] => Phrase::new(Style::Attention, "no operation"),
        given => format!("{}: {}", count(given.len()), shortest(given)).into(),
    };
    let mut rows = vec![
        row("broker", format!("a placeholder for {}, as {}", hosts.join(", "), key.kind.name())),
        row("through", through),
    ];
    if !key.reach.left_out.is_empty() {
        rows.push(row("left out", left_out(&key.reach.left_out)));
    }
    rows
}

/// Returns the row of a secret.
pub(super) fn row_of_secret() -> Row {
    row("broker", Phrase::new(Style::Attention, IN_CLEAR))
}

/// Adds what a broker does to an answer in JSON, to each requirement and each secret.
pub(super) fn add_to(answer: &mut Value, keys: &[BrokeredKey<'_>]) {
    for (at, key) in keys.iter().enumerate() {
        answer["requirements"][at]["broker"] = as_json(key);
    }
    for secret in answer["secrets"].as_array_mut().into_iter().flatten() {
        secret["broker"] = json!({ "in_clear": true });
    }
}

fn as_json(key: &BrokeredKey<'_>) -> Value {
    let name = |operation: &&Operation| operation.to_string();
    let left_out = key.reach.left_out.iter().map(
        |operation| json!({ "operation": operation.to_string(), "standing": operation.standing }),
    );
    let mut broker = json!({
        "kind": key.kind,
        "hosts": key.hosts,
        "operations": key.reach.given.iter().map(name).collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
    });
    if let Some(obstacle) = &key.obstacle {
        broker["error"] =
            json!({ "code": obstacle.code().name(), "message": obstacle.to_string() });
    }
    broker
}

/// Returns a table with a row for each requirement.
pub(super) fn table(keys: &[BrokeredKey<'_>], verdict: &Verdict<'_>, needs: &Needs<'_>) -> String {
    let mut table =
        String::from("\n| key | a broker lets through | and leaves out |\n| --- | --- | --- |\n");
    for (key, outcome) in keys.iter().zip(&verdict.keys) {
        let name = cell(&format!("`{}`", outcome.need.requirement.key));
        let through = match &key.obstacle {
            Some(obstacle) => format!("nothing: {obstacle}"),
            None if key.reach.given.is_empty() => "no operation".to_owned(),
            None => format!("{}: {}", count(key.reach.given.len()), shortest(&key.reach.given)),
        };
        let left = &key.reach.left_out;
        let left = if left.is_empty() { String::new() } else { left_out(left) };
        table.push_str(&format!("| {name} | {} | {} |\n", cell(&through), cell(&left)));
    }
    for secret in &needs.secrets {
        let name = cell(&format!("`{}`", secret.name));
        table.push_str(&format!("| {name} | {IN_CLEAR} | |\n"));
    }
    table
}

fn count(operations: usize) -> String {
    format!("{operations} {}", if operations == 1 { "operation" } else { "operations" })
}

/// Returns the shortest of the names, and how many more there are.
fn shortest(operations: &[&Operation]) -> String {
    let mut names: Vec<_> = operations.iter().map(|it| whole(&it.to_string())).collect();
    names.sort_by_key(String::len);
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn left_out(operations: &[&Operation]) -> String {
    let standing = operations.iter().filter(|operation| operation.standing).count();
    let stand = match standing {
        0 => String::new(),
        1 => ", one of which makes authority that outlives the call".to_owned(),
        more => format!(", {more} of which make authority that outlives the call"),
    };
    format!("{} that the token could call{stand}", count(operations.len()))
}
