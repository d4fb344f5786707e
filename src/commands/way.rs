//! The way to a launch, as the command line shows it: a list of its steps with the command for each, or
//! the next command alone.

use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::launch::LaunchOptions;
use crate::app::setup::{
    Milestone, SandboxOffer, SetupPlan, SetupStep, Subject, survey, way_ahead,
};
use crate::error::wording::{command, request};
use crate::error::{Code, Error, Exit, Remedy, Result};
use crate::findings::markdown::{cell, code};
use crate::model::credential_id::Kind;
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::redact::redact;

/// The browser of a sandbox that asks nobody.
const UNATTENDED: &str = "BROWSER='xreq sandbox approve %s'";

/// Returns whether a failure comes of something that the way to a launch leads to.
pub(super) fn leads_on(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::ManifestMissing
            | Code::RequirementsUnmet
            | Code::IdentityMissing
            | Code::MissingParams
    )
}

/// Returns how a launch ended. Where one failed by something that the way to a launch leads to, that way is shown
/// behind the failure.
pub(super) fn after(
    launched: Result<Exit>,
    options: &LaunchOptions,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    match launched {
        Err(error) if leads_on(&error) => {
            terminal.report(&error);
            show(&Subject::from(options), context, terminal);
            Ok(error.code().exit_of_launch())
        }
        launched => launched,
    }
}

impl From<&LaunchOptions> for Subject {
    fn from(options: &LaunchOptions) -> Self {
        Self {
            manifest: options.manifest.clone(),
            catalog: options.catalog.clone(),
            criteria: options.criteria.clone(),
            is_launched: true,
            ..Self::default()
        }
    }
}

/// Shows the whole way, if anything is missing on it.
pub(super) fn show(subject: &Subject, context: &Context, terminal: &Terminal) {
    if let Some(plan) = way_ahead(subject, context) {
        show_plan(&plan, plan.next(), terminal);
    }
}

/// Shows the same if it leads through an account of this provider; without one, of any.
pub(super) fn show_through(
    provider: Option<&str>,
    subject: &Subject,
    context: &Context,
    terminal: &Terminal,
) {
    let leads = |plan: &SetupPlan| provider.is_none_or(|provider| plan.leads_through(provider));
    if let Some(plan) = way_ahead(subject, context).filter(leads) {
        let next = provider.map_or_else(|| plan.next(), |provider| plan.next_of(provider));
        show_plan(&plan, next, terminal);
    }
}

/// Shows the command that comes next, after one that changed something.
pub(super) fn tell_next(subject: &Subject, context: &Context, terminal: &Terminal) {
    // What was done is done: that the next step is not known is no failure of it.
    if let Ok(Some(plan)) = survey(subject, context) {
        terminal.say_laid_out(&next(plan.next()));
    }
}

/// Shows the same if something is missing.
pub(super) fn tell_missing(subject: &Subject, context: &Context, terminal: &Terminal) {
    if let Some(plan) = way_ahead(subject, context) {
        terminal.say_laid_out(&next(plan.next()));
    }
}

/// Adds the steps to the answer for programs, if anything is missing.
pub(super) fn add_to(answer: &mut Value, subject: &Subject, context: &Context) {
    if let Some(plan) = way_ahead(subject, context) {
        answer["next"] = json(&plan);
    }
}

/// Prints the list of steps, and below it the command of the one that is next.
pub(super) fn show_plan(plan: &SetupPlan, first: &SetupStep, terminal: &Terminal) {
    let mut layout = Layout::default();
    let lead = Phrase::new(Style::Strong, "The way to a launch");
    layout.line(0, lead.then(Style::Plain, ", step by step:"));
    layout.definitions(2, 0, plan.steps.iter().flat_map(|step| rows(step, first)));
    terminal.say_laid_out(&layout);
    terminal.say_laid_out(&next(first));
}

/// Returns a step, and below it how to take it if it is not done.
fn rows(step: &SetupStep, first: &SetupStep) -> Vec<(Phrase, Phrase)> {
    let hidden = |text: &str| redact(text).into_owned();
    let title = Phrase::from(hidden(&title(&step.milestone)));
    if step.is_done {
        return vec![(Phrase::new(Style::Good, "done"), title)];
    }
    let mut rows = vec![("to do".into(), title)];
    let mut below = |phrase: Phrase| rows.push((Phrase::default(), phrase));
    match &step.milestone {
        Milestone::Client { place: Some(place), .. } => {
            below(hidden(&format!("its id and secret: {place}")).into());
        }
        Milestone::Credential { place: Some(place), .. } => {
            below(hidden(&format!("it is at {}", on_one_line(place))).into());
        }
        _ => {}
    }
    if let Milestone::Launch { is_repeated: true } = step.milestone {
        return rows;
    }
    below(Phrase::command(&hidden(&command_of(step))));
    match &step.milestone {
        Milestone::Client { sandbox: Some(sandbox), .. } if step != first => {
            let place = place_of(sandbox);
            below(format!("or, to try it without an app of yours, {place}:").into());
            below(Phrase::command(&hidden(&command(&sandbox.request).unwrap_or_default())));
        }
        Milestone::Consent { is_played: true, .. } => {
            below("or, without a browser, as alice:".into());
            below(Phrase::command(&hidden(&format!("{UNATTENDED} {}", command_of(step)))));
        }
        _ => {}
    }
    rows
}

/// Returns the line of the next command; where a sandbox would do, that of the sandbox is the last.
fn next(step: &SetupStep) -> Layout {
    let mut layout = Layout::default();
    let mut add = |condition: &str, command: &str| {
        let lead = Phrase::new(Style::Good, "next").then(Style::Plain, &redact(condition));
        layout.line(0, lead.then(Style::Plain, ": ").then_command(&redact(command)));
    };
    let of_step = command_of(step);
    match &step.milestone {
        Milestone::Client { title, sandbox: Some(sandbox), .. } => {
            add(&format!(", with an app of yours at {title}"), &of_step);
            let place = place_of(sandbox);
            let sandbox = command(&sandbox.request).unwrap_or_default();
            add(&format!(", without one, {place}"), &sandbox);
        }
        _ => add("", &of_step),
    }
    layout
}

/// Returns where a sandbox is put into the place of a provider.
pub(super) fn place_of(sandbox: &SandboxOffer) -> String {
    match (&sandbox.request, &sandbox.homeless) {
        (Remedy::UseSandbox { .. }, _) => "in the sandbox that serves already".to_owned(),
        (_, None) => "in another terminal".to_owned(),
        (_, Some(base_url)) => {
            format!(
                "in another terminal, since the sandbox at {base_url} was started without a home"
            )
        }
    }
}

fn title(milestone: &Milestone) -> String {
    match milestone {
        Milestone::Home => "an identity, a store and a manifest".to_owned(),
        Milestone::Client { title, is_played: true, .. } => {
            format!("a client of {}: that of the sandbox", on_one_line(title))
        }
        Milestone::Client { title, redirect_uri, .. } => format!(
            "a client of {}: an app of yours, with the redirect URI {}",
            on_one_line(title),
            on_one_line(redirect_uri)
        ),
        Milestone::Consent { title, is_played, .. } => {
            let owner = if *is_played { "alice or bob" } else { "the account's owner" };
            format!("consent of {owner} at {}, in a browser", on_one_line(title))
        }
        Milestone::Credential { title, kind: Kind::ServiceAccount, .. } => {
            format!("the key file of a service account for {}", on_one_line(title))
        }
        Milestone::Credential { title, kind, .. } => {
            format!("a credential of kind {} for {}", kind.name(), on_one_line(title))
        }
        Milestone::Secret { name } => format!("the secret {}", on_one_line(name)),
        Milestone::Launch { is_repeated: true } => "the launch: the same command again".to_owned(),
        Milestone::Launch { .. } => {
            "the launch: put your agent's command in the place of `printenv …`".to_owned()
        }
    }
}

fn command_of(step: &SetupStep) -> String {
    request(&step.remedy, &step.arguments).unwrap_or_default()
}

/// Returns the steps as a list of Markdown.
pub(super) fn markdown(plan: &SetupPlan) -> String {
    let mut text = "The way to a launch:\n\n".to_owned();
    for step in &plan.steps {
        let title = cell(&redact(&title(&step.milestone)));
        if step.is_done {
            text.push_str(&format!("- done: {title}\n"));
        } else {
            let command = redact(&command_of(step)).into_owned();
            text.push_str(&format!("- to do: {title}: {}\n", code(&command)));
        }
    }
    text
}

/// Returns the steps for programs.
pub(super) fn json(plan: &SetupPlan) -> Value {
    plan.steps.iter().map(step_json).collect()
}

fn step_json(step: &SetupStep) -> Value {
    let (name, subject) = match &step.milestone {
        Milestone::Home => ("home", None),
        Milestone::Client { provider, .. } => ("client", Some(("provider", provider.as_str()))),
        Milestone::Consent { provider, .. } => ("consent", Some(("provider", provider.as_str()))),
        Milestone::Credential { provider, .. } => {
            ("credential", Some(("provider", provider.as_str())))
        }
        Milestone::Secret { name } => ("secret", Some(("secret_key", name.as_str()))),
        Milestone::Launch { .. } => ("launch", None),
    };
    let mut object = json!({ "step": name, "done": step.is_done, "command": command_of(step) });
    if let Some((field, value)) = subject {
        object[field] = value.into();
    }
    if let Milestone::Client { sandbox: Some(sandbox), .. } = &step.milestone {
        object["sandbox"] = command(&sandbox.request).into();
    }
    object
}
