//! `xreq rules`: every kind of finding, and what one of them means.

mod page;

use serde_json::{Value, json};

use crate::cli::Rules;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::findings::{Level, Rule};
use crate::terminal::Terminal;
use crate::text::layout::{Layout, Phrase, Style};

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Rules, terminal: &Terminal) -> Result<Exit> {
    let one = args.code.as_deref().map(named).transpose()?;
    match (args.format, one) {
        (Format::Json, Some(rule)) => terminal.print_json(&as_json(&[rule]))?,
        (Format::Json, None) => terminal.print_json(&as_json(Rule::ALL))?,
        (_, Some(rule)) => terminal.show(&page::of(rule))?,
        (_, None) => terminal.show(&list())?,
    }
    Ok(Exit::Done)
}

fn named(name: &str) -> Result<Rule> {
    Rule::named(name).ok_or_else(|| {
        if Code::ALL.iter().any(|code| code.name() == name) {
            let message = format!("`{name}` is the code of a failure, not of a finding");
            return Error::new(Code::BadArgument, message).with_hint(
                "a failure says what to do where it is printed; `xreq rules` lists findings",
            );
        }
        let error = Error::new(Code::BadArgument, format!("no rule is called `{name}`"));
        let area: Vec<_> = Rule::ALL.iter().filter(|rule| rule.area() == name).collect();
        match Rule::meant_by(name) {
            _ if !area.is_empty() => {
                let names: Vec<_> = area.iter().map(|rule| format!("`{}`", rule.name())).collect();
                error.with_hint(format!("one of {}", names.join(", ")))
            }
            Some(meant) => error.with_hint(format!("did you mean `{}`?", meant.name())),
            None => error.with_hint("`xreq rules` lists them"),
        }
    })
}

/// Lists all rules, by what they are about.
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
    layout
}

fn as_json(rules: &[Rule]) -> Value {
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
    json!({ "schema_version": SCHEMA_VERSION, "rules": rules })
}
