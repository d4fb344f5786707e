//! `xreq broker`: a broker by itself, the runs that have a broker, the calls that wait there, and decisions on these.

mod status;

use serde_json::{Value, json};

use super::sidecar;
use crate::app::broker_control::{self, WaitingCall};
use crate::app::call_lines::{details, heading, time_left};
use crate::app::context::Context;
use crate::broker::approvals::Decision;
use crate::cli::{Broker, BrokerCommand};
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::layout::{Layout, Phrase, Style, whole};

/// The version of the list of calls in JSON.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: Broker, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match args.command {
        Some(command) => control(&command, context, terminal),
        None => sidecar::run(args.sidecar, context, terminal),
    }
}

fn control(command: &BrokerCommand, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
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
            status::show(&statuses, *format, context.now, terminal)?;
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
            layout.line(2, whole(&line));
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
