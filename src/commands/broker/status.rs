//! The status of the runs that have a broker.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::broker::control::RunStatus;
use crate::broker::rates::RateLine;
use crate::broker::standings::Standing;
use crate::error::Result;
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::count::count;
use crate::text::escape::on_one_line;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::{in_words, rfc3339};

/// The version of the status in JSON.
const SCHEMA_VERSION: u32 = 1;

/// Shows the runs, each with what its broker knows.
pub(super) fn show(
    statuses: &[(String, RunStatus)],
    format: Format,
    now: Timestamp,
    terminal: &Terminal,
) -> Result<()> {
    if format == Format::Json {
        let runs: Vec<_> = statuses.iter().map(status_json).collect();
        return terminal.print_json(&json!({"schema_version": SCHEMA_VERSION, "runs": runs}));
    }
    if statuses.is_empty() {
        terminal.note("no run has a broker");
    }
    let mut layout = Layout::default();
    for (name, status) in statuses {
        layout.gap();
        let since = in_words(now.duration_since(status.since));
        let agent = match status.argv0.as_str() {
            "-" => "agents that start elsewhere".into(),
            argv0 => on_one_line(argv0),
        };
        let name = Phrase::new(Style::Strong, name);
        let about = format!("  {agent} (process {}), for {since}", status.pid);
        layout.line(0, name.then(Style::Plain, &about));
        let (through, refused) = (count(status.through, "call"), status.refused);
        let reads = if status.read_only { "; only reading is let through" } else { "" };
        layout.line(2, format!("{through} let through, {refused} refused{reads}"));
        for it in &status.credentials {
            let line = format!("{} ({}): {}", it.provider, it.account, standing(it.standing));
            layout.line(2, line);
        }
        for it in &status.limits {
            let window = in_words(SignedDuration::from_secs(it.seconds));
            let left = it.left.map_or_else(|| "unknown".to_owned(), |left| left.to_string());
            let limit =
                format!("{} ({}): {left} of {} in {window} left", it.key, it.account, it.calls);
            layout.line(2, limit);
        }
        for rate in &status.rates {
            layout.line(2, rate_line(rate, now));
        }
        if !status.asks.is_empty() {
            let waiting = format!("{} waiting", count(status.pending, "call"));
            layout
                .line(2, format!("a person is asked about {}: {waiting}", status.asks.join(", ")));
        }
    }
    terminal.show(&layout)
}

/// Returns the words on what a provider said of its own limit on an operation.
fn rate_line(rate: &RateLine, now: Timestamp) -> String {
    let RateLine { provider, account, operation, limit, remaining, resets_at, refused_until } =
        rate;
    let account = account.as_ref().map(|account| format!(" ({account})")).unwrap_or_default();
    let mut line = format!("{provider}{account}: {operation}: ");
    let until = |time: Timestamp| in_words(time.duration_since(now));
    match (remaining, limit) {
        (Some(left), Some(limit)) => line.push_str(&format!("{left} of {limit} left")),
        (Some(left), None) => line.push_str(&format!("{left} left")),
        (None, _) => line.push_str("429 Too Many Requests"),
    }
    match (refused_until, resets_at) {
        (Some(time), _) if *time > now => line.push_str(&format!(", again in {}", until(*time))),
        (_, Some(time)) if *time > now => line.push_str(&format!(", anew in {}", until(*time))),
        _ => {}
    }
    line
}

fn status_json((name, status): &(String, RunStatus)) -> Value {
    let credentials = status.credentials.iter().map(|it| {
        json!({
            "provider": it.provider,
            "account": it.account,
            "kind": it.kind,
            "state": standing(it.standing),
        })
    });
    let limits = status.limits.iter().map(|it| {
        json!({
            "provider": it.provider,
            "account": it.account,
            "key": it.key,
            "calls": it.calls,
            "seconds": it.seconds,
            "left": it.left,
        })
    });
    json!({
        "run": name,
        "pid": status.pid,
        "argv0": status.argv0,
        "since": rfc3339(status.since),
        "read_only": status.read_only,
        "asks": status.asks,
        "pending": status.pending,
        "calls": {"through": status.through, "refused": status.refused},
        "credentials": credentials.collect::<Vec<_>>(),
        "limits": limits.collect::<Vec<_>>(),
        "rates": status.rates,
    })
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Fresh => "fresh",
        Standing::Failing => "failing",
        Standing::Dead => "dead",
    }
}
