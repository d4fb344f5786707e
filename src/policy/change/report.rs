//! The report of the changes between two manifests, for people and machines.

use serde_json::{Value, json};

use crate::findings::markdown::cell;
use crate::manifest::SecretRequirement;
use crate::policy::change::{Change, Consent, OwnWay, Step, Way};
use crate::text::redact::redact;

/// Returns one line that sums it up.
pub fn summary(change: &Change<'_>, consents: &[Consent<'_>]) -> String {
    let more = change.gained.len() + change.new_secrets.len() + change.new_ways.len();
    let less = change.lost.len() + change.old_secrets.len() + change.old_ways.len();
    let mut words = match more {
        0 => "no new authority".to_owned(),
        1 => "new authority by 1 requirement".to_owned(),
        _ => format!("new authority by {more} requirements"),
    };
    if less > 0 {
        words.push_str(", some less");
    }
    match consents.iter().filter(|consent| consent.account.is_some()).count() {
        0 => {}
        1 => words.push_str("; 1 account has to consent"),
        count => words.push_str(&format!("; {count} accounts have to consent")),
    }
    words
}

/// Returns a list, for a reviewer.
pub fn markdown(change: &Change<'_>, consents: &[Consent<'_>]) -> String {
    let mut text = String::new();
    let mut line = |words: &str, what: &str| {
        text.push_str(&format!("- {words} {}\n", cell(what)));
    };
    for step in &change.gained {
        line("the agent **can now**", &with_scopes(step));
    }
    for secret in &change.new_secrets {
        line("the agent **now gets**", &format!("the secret `{}`", secret.name));
    }
    for OwnWay { way, .. } in &change.new_ways {
        line("**new:**", &redact(&way.gained()));
    }
    for step in &change.lost {
        line("the agent can no longer", &with_scopes(step));
    }
    for secret in &change.old_secrets {
        line("the agent no longer gets", &format!("the secret `{}`", secret.name));
    }
    for OwnWay { way, .. } in &change.old_ways {
        line("gone:", &redact(&way.lost()));
    }
    for reworded in change.reworded.iter().chain(&change.dropped) {
        line("as much authority as before:", &format!("`{}` {}", reworded.name, reworded.what));
    }
    for consent in consents {
        line("**consent:**", &consent.in_words());
    }
    text
}

/// Returns the fields of an object.
pub fn json(change: &Change<'_>, consents: &[Consent<'_>]) -> Value {
    let consents: Vec<_> = consents
        .iter()
        .map(|consent| {
            json!({
                "provider": consent.provider.slug,
                "account": consent.account,
                "missing": consent.missing,
            })
        })
        .collect();
    json!({
        "widened": change.is_widening(),
        "gained": change.gained.iter().map(step_json).collect::<Vec<_>>(),
        "lost": change.lost.iter().map(step_json).collect::<Vec<_>>(),
        "secrets_gained": names(&change.new_secrets),
        "secrets_lost": names(&change.old_secrets),
        "delivery_gained": deliveries(&change.new_ways),
        "delivery_lost": deliveries(&change.old_ways),
        "kinds_gained": kinds(&change.new_ways),
        "kinds_lost": kinds(&change.old_ways),
        "parts_gained": parts(&change.new_ways),
        "parts_lost": parts(&change.old_ways),
        "variables_gained": variables(&change.new_ways),
        "variables_lost": variables(&change.old_ways),
        "on_refresh_gained": on_refresh(&change.new_ways),
        "on_refresh_lost": on_refresh(&change.old_ways),
        "consents": consents,
    })
}

fn step_json(step: &Step<'_>) -> Value {
    json!({
        "key": step.need.requirement.key,
        "provider": step.need.provider.slug,
        "optional": step.need.requirement.optional,
        "scopes": step.scopes,
        "the_agent_can": step.ability(),
    })
}

fn deliveries(ways: &[OwnWay<'_>]) -> Value {
    let name = |own: &OwnWay<'_>| match own.way {
        Way::Delivery(way) => Some(way.name()),
        _ => None,
    };
    ways.iter().filter_map(name).collect()
}

fn kinds(ways: &[OwnWay<'_>]) -> Value {
    let kind = |own: &OwnWay<'_>| match own.way {
        Way::Kind { key, kind } => Some(json!({ "key": key, "kind": kind })),
        _ => None,
    };
    ways.iter().filter_map(kind).collect()
}

fn parts(ways: &[OwnWay<'_>]) -> Value {
    let part = |own: &OwnWay<'_>| match &own.way {
        Way::Part { key, part } => Some(json!({ "key": key, "part": part })),
        _ => None,
    };
    ways.iter().filter_map(part).collect()
}

fn variables(ways: &[OwnWay<'_>]) -> Value {
    let variable = |own: &OwnWay<'_>| match own.way {
        Way::Variable { key, content, name } => {
            Some(json!({ "key": key, "content": content, "variable": redact(name) }))
        }
        _ => None,
    };
    ways.iter().filter_map(variable).collect()
}

fn on_refresh(ways: &[OwnWay<'_>]) -> Option<String> {
    ways.iter().find_map(|own| match own.way {
        Way::OnRefresh(action) => Some(redact(&action.to_string()).into_owned()),
        _ => None,
    })
}

/// Returns the names, redacted: a token may have been pasted where a name belongs.
fn names(secrets: &[&SecretRequirement]) -> Value {
    secrets.iter().map(|secret| redact(&secret.name)).collect()
}

fn with_scopes(step: &Step<'_>) -> String {
    let scopes: Vec<_> = step.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let key = &step.need.requirement.key;
    if scopes.is_empty() {
        format!("{} (`{key}`)", step.ability())
    } else {
        format!("{} (`{key}`: {})", step.ability(), scopes.join(" "))
    }
}
