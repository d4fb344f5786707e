//! `xreq rules`: every kind of finding, and what one of them means.

use serde_json::{Value, json};

use crate::cli::Rules;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::findings::{Level, Rule, Stage};
use crate::terminal::Terminal;

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Rules, terminal: &Terminal) -> Result<Exit> {
    let one = args.code.as_deref().map(named).transpose()?;
    match (args.format, one) {
        (Format::Json, Some(rule)) => terminal.print_json(&as_json(&[rule]))?,
        (Format::Json, None) => terminal.print_json(&as_json(Rule::ALL))?,
        (_, Some(rule)) => terminal.print_styled(&with_bold_headings(&page(rule)))?,
        (_, None) => terminal.print_styled(&list())?,
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
        match Rule::meant_by(name) {
            Some(meant) => error.with_hint(format!("did you mean `{}`?", meant.name())),
            None => error.with_hint("`xreq rules` lists them"),
        }
    })
}

/// Lists all rules, by what they are about.
fn list() -> String {
    let width = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or_default();
    let mut areas: Vec<&str> = Vec::new();
    for rule in Rule::ALL {
        if !areas.contains(&rule.area()) {
            areas.push(rule.area());
        }
    }
    let mut text = String::new();
    for area in areas {
        text.push_str(&format!("\x1b[1m{area}\x1b[0m\n"));
        for rule in Rule::ALL.iter().filter(|rule| rule.area() == area) {
            let (name, level) = (rule.name(), rule.level().name());
            let (command, summary) = (rule.stage().command(), rule.summary());
            text.push_str(&format!("  {name:width$}  {level:7}  {command:8}  {summary}\n"));
        }
    }
    text
}

/// Describes the meaning of a rule, as Markdown.
fn page(rule: Rule) -> String {
    let level = match rule.level() {
        Level::Error => "An error",
        Level::Warning => "A warning",
        Level::Note => "A note",
    };
    let command = match rule.stage() {
        Stage::Manifest => "every command that reads a manifest".to_owned(),
        stage => format!("`xreq {}`", stage.command()),
    };
    let unless = if rule.is_adjustable() { ", unless it is set otherwise" } else { "" };
    let (name, summary, explanation) = (rule.name(), rule.summary(), rule.explanation());
    format!("# {name}\n\n{summary} {level} of {command}{unless}.\n\n{explanation}")
}

fn with_bold_headings(markdown: &str) -> String {
    let mut is_code = false;
    let mut text = String::new();
    for line in markdown.lines() {
        is_code ^= line.starts_with("```");
        if line.starts_with('#') && !is_code {
            text.push_str(&format!("\x1b[1m{line}\x1b[0m\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
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
