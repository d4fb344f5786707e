//! `xreq broker`: the runs that have a broker, the calls that wait there, and decisions on these.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::app::broker_control::{self, WaitingCall};
use crate::app::call_lines::{details, heading, time_left};
use crate::app::context::Context;
use crate::broker::approvals::Decision;
use crate::broker::control::RunStatus;
use crate::broker::standings::Standing;
use crate::cli::{Broker, BrokerCommand};
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::count::count;
use crate::text::escape::on_one_line;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::{in_words, rfc3339};

/// The version of the JSON answers.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Broker, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match &args.command {
        BrokerCommand::Pending { id, which, format } => {
            let run = which.run.as_deref();
            let waiting = match id {
                Some(id) => vec![broker_control::whole(id, run, context)?],
                None => broker_control::pending(run, context)?,
            };
            pending(&waiting, *format, terminal)?;
        }
        BrokerCommand::Approve { id, which } => {
            return decide(id, true, which.run.as_deref(), context, terminal);
        }
        BrokerCommand::Deny { id, which } => {
            return decide(id, false, which.run.as_deref(), context, terminal);
        }
        BrokerCommand::Status { which, format } => {
            let statuses = broker_control::statuses(which.run.as_deref(), context)?;
            status(&statuses, *format, context.now, terminal)?;
        }
    }
    Ok(Exit::Done)
}

fn decide(
    id: &str,
    approve: bool,
    run: Option<&str>,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let wanted = if approve { Decision::Approved } else { Decision::Denied };
    let decision = broker_control::decide(id, approve, run, context)?;
    let before = if decision == wanted { "" } else { " before" };
    terminal.tell(format!("{}{before}: {}", decision.name(), on_one_line(id)))?;
    Ok(if decision == wanted { Exit::Done } else { Exit::Findings })
}

fn pending(waiting: &[WaitingCall], format: Format, terminal: &Terminal) -> Result<()> {
    if format == Format::Json {
        let calls: Vec<_> = waiting.iter().map(call_json).collect();
        return terminal.print_json(&json!({"schema_version": SCHEMA_VERSION, "pending": calls}));
    }
    if waiting.is_empty() {
        terminal.note("no call waits for an approval");
    }
    let mut layout = Layout::default();
    for WaitingCall { run, call } in waiting {
        layout.gap();
        let id = Phrase::new(Style::Strong, &call.id);
        layout.line(0, id.then(Style::Plain, &format!("  {}", heading(call))));
        layout.line(2, format!("run {run}: {}", time_left(call)));
        for line in details(call) {
            layout.line(2, line);
        }
        let mut ways = Phrase::default();
        if call.more > 0 {
            ways = ways.then_command(&format!("xreq broker pending {}", call.id));
            ways = ways.then(Style::Plain, " shows all, ");
        }
        let ways = ways
            .then_command(&format!("xreq broker approve {}", call.id))
            .then(Style::Plain, " or ")
            .then_command(&format!("xreq broker deny {}", call.id));
        layout.line(2, ways);
    }
    terminal.show(&layout)
}

fn call_json(WaitingCall { run, call }: &WaitingCall) -> Value {
    json!({
        "id": call.id,
        "run": run,
        "provider": call.provider,
        "account": call.account,
        "operation": call.operation,
        "key": call.key,
        "method": call.method,
        "url": call.url,
        "content_type": call.content_type,
        "bytes": call.bytes,
        "text": call.text,
        "more_characters": call.more,
        "held": call.is_held,
        "expires_in": call.expires_in,
    })
}

fn status(
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
        let agent = on_one_line(&status.argv0).into_owned();
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
        if !status.asks.is_empty() {
            let waiting = format!("{} waiting", count(status.pending, "call"));
            layout
                .line(2, format!("a person is asked about {}: {waiting}", status.asks.join(", ")));
        }
    }
    terminal.show(&layout)
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
