//! `xreq rules`: every kind of finding and every refusal of the broker, and what one of them means.

mod named;
mod page;

use serde_json::{Value, json};

use crate::broker::RefusalCode;
use crate::cli::Rules;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::findings::{Level, Rule};
use crate::terminal::Terminal;
use crate::text::layout::{Layout, Phrase, Style};

use named::Named;

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Rules, terminal: &Terminal) -> Result<Exit> {
    let one = args.code.as_deref().map(Named::of).transpose()?;
    match (args.format, one) {
        (Format::Json, Some(Named::Rule(rule))) => terminal.print_json(&as_json(&[rule], &[]))?,
        (Format::Json, Some(Named::Refusal(code))) => {
            terminal.print_json(&as_json(&[], &[code]))?;
        }
        (Format::Json, None) => terminal.print_json(&as_json(Rule::ALL, RefusalCode::ALL))?,
        (_, Some(Named::Rule(rule))) => terminal.show(&page::of(rule))?,
        (_, Some(Named::Refusal(code))) => terminal.show(&page::of_refusal(code))?,
        (_, None) => terminal.show(&list())?,
    }
    Ok(Exit::Done)
}

/// Lists all rules, by what they are about, and all refusals.
fn list() -> Layout {
    let mut areas: Vec<&str> = Vec::new();
    for rule in Rule::ALL {
        if !areas.contains(&rule.area()) {
            areas.push(rule.area());
        }
    }
    let name_width = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or_default();
    let row = |rule: &Rule| {
        let (name, level) = (rule.name(), rule.level());
        let style = match level {
            Level::Error => Style::Bad,
            Level::Warning => Style::Attention,
            Level::Note => Style::Good,
        };
        // One width for the tables of all areas.
        let name = format!("{name:name_width$}");
        let command = format!("{:8}", rule.stage().command());
        let level = Phrase::new(style, &format!("{:7}", level.name()));
        vec![name.into(), level, command.into(), rule.summary().into()]
    };
    let mut layout = Layout::default();
    for area in areas {
        layout.line(0, Phrase::new(Style::Strong, area));
        layout.table(2, Rule::ALL.iter().filter(|rule| rule.area() == area).map(row));
    }
    layout.line(0, Phrase::new(Style::Strong, "refusals of the broker"));
    let row = |code: &RefusalCode| {
        let name = format!("{:name_width$}", code.name());
        let status = Phrase::new(Style::Bad, &format!("{:7}", code.status()));
        vec![name.into(), status, format!("{:8}", "run").into(), code.summary().into()]
    };
    layout.table(2, RefusalCode::ALL.iter().map(row));
    layout
}

fn as_json(rules: &[Rule], refusals: &[RefusalCode]) -> Value {
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "code": rule.name(),
                "level": rule.level().name(),
                "adjustable": rule.is_adjustable(),
                "stage": rule.stage().name(),
                "command": rule.stage().command(),
                "summary": rule.summary(),
                "explanation": rule.explanation(),
            })
        })
        .collect();
    let refusals: Vec<_> = refusals
        .iter()
        .map(|code| {
            json!({
                "code": code.name(),
                "status": code.status(),
                "title": code.title(),
                "summary": code.summary(),
                "explanation": code.explanation(),
            })
        })
        .collect();
    json!({ "schema_version": SCHEMA_VERSION, "rules": rules, "refusals": refusals })
}
