//! A verdict for machines.
//!
//! The JSON form is contract 4.3 of the design: the shape of a platform's own preflight answer,
//! so that a client of theirs can read ours. Fields may be added; none changes its meaning.

use serde_json::{Value, json};

use super::report::{beyond, gap_rule, place_of};
use super::sentences::{
    broad_note, narrow_message, over_granted_note, partial_message, refused_operations,
    renewal_note, underscoped_message, unproved_message,
};
use crate::catalog::Inclusion;
use crate::credential::failure::{connect, raise_level};
use crate::error::Remedy;
use crate::error::wording::command;
use crate::findings::{Rule, Source};
use crate::policy::verdict::{
    ApiGap, Gap, GapKind, KeyOutcome, MintedTokens, NarrowCoverage, PartialKey, UnprovedLevel,
    Verdict,
};

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;

/// Returns the JSON form.
pub fn json(verdict: &Verdict<'_>, source: &Source) -> Value {
    let (errors, optional): (Vec<_>, Vec<_>) = verdict.gaps.iter().partition(|gap| gap.required);
    let errors: Vec<_> = errors.into_iter().map(|gap| gap_json(gap, source)).collect();
    let mut warnings: Vec<_> = optional.into_iter().map(|gap| gap_json(gap, source)).collect();
    warnings.extend(verdict.underscoped.iter().map(|u| underscoped_json(u, source)));
    warnings.extend(verdict.partial.iter().map(|partial| partial_json(partial, source)));
    warnings.extend(verdict.unproved.iter().map(|unproved| unproved_json(unproved, source)));
    warnings.extend(verdict.narrow.iter().map(|narrow| narrow_json(narrow, source)));
    warnings.extend(beyond(verdict).map(|minted| beyond_json(minted, verdict, source)));
    let renewals = verdict.renewals.iter().map(|renewal| {
        json!({
            "code": Rule::RefreshDue.name(),
            "message": renewal_note(renewal),
            "provider": renewal.provider.slug,
            "account": renewal.account,
        })
    });
    let over_granted = verdict.over_granted.iter().map(|over| {
        json!({
            "code": Rule::OverGranted.name(),
            "message": over_granted_note(over),
            "provider": over.provider.slug,
            "account": over.account,
            "scopes": over.scopes,
        })
    });
    let broad = verdict.broad.iter().map(|grant| {
        json!({
            "code": Rule::BroadScope.name(),
            "message": broad_note(grant),
            "provider": grant.provider.slug,
            "account": grant.account,
            "scopes": [grant.broad.scope],
            "enough": grant.broad.enough,
        })
    });
    let notes: Vec<_> = renewals.chain(over_granted).chain(broad).collect();
    let included: Vec<_> = verdict.keys.iter().flat_map(inclusions_json).collect();
    let mut answer = json!({
        "schema_version": SCHEMA_VERSION,
        "satisfied": verdict.is_satisfied(),
        "errors": errors,
        "warnings": warnings,
        "notes": notes,
    });
    if !included.is_empty() {
        answer["included"] = included.into();
    }
    if !verdict.minted.is_empty() {
        answer["minted"] = verdict.minted.iter().map(minted_json).collect();
    }
    answer
}

/// Returns whom minted tokens act for, and what they are asked for with.
pub fn minted_json(minted: &MintedTokens<'_>) -> Value {
    json!({
        "provider": minted.provider.slug,
        "account": minted.credential.account,
        "scopes": minted.scopes,
        "subject": minted.minting.subject,
        "message": minted.described(),
    })
}

fn beyond_json(minted: &MintedTokens<'_>, verdict: &Verdict<'_>, source: &Source) -> Value {
    Problem {
        kind: GapKind::Scope,
        key: minted.keys.first().map(|key| &**key),
        message: &minted.excess(),
        action: &connect(&minted.credential),
        more: &[("scopes", json!(minted.beyond))],
        rule: Rule::WideScope,
        start: place_of(minted.provider, verdict).start,
    }
    .json(source)
}

/// Returns how the scopes of a key are had that were not granted by name.
pub fn inclusions_json(outcome: &KeyOutcome<'_>) -> Vec<Value> {
    let key = &outcome.need.requirement.key;
    let one = |inclusion: &Inclusion| {
        json!({
            "key": key,
            "scope": inclusion.scope,
            "granted": inclusion.granted,
            "through": inclusion.through,
            "message": format!("{key} needs {}: {inclusion}", inclusion.scope),
        })
    };
    outcome.inclusions.iter().map(one).collect()
}

fn partial_json(partial: &PartialKey<'_>, source: &Source) -> Value {
    let kind = partial.credential.kind;
    let operations: Vec<_> = partial.refused().iter().map(ToString::to_string).collect();
    Problem {
        kind: GapKind::Kind(kind),
        key: Some(&partial.need.requirement.key),
        message: &partial_message(partial),
        action: &partial.action,
        more: &[("kind", json!(kind)), ("operations", json!(operations))],
        rule: Rule::PartialKind,
        start: partial.need.requirement.span.start,
    }
    .json(source)
}

fn unproved_json(unproved: &UnprovedLevel<'_>, source: &Source) -> Value {
    let kind = unproved.credential.kind;
    Problem {
        kind: GapKind::Kind(kind),
        key: Some(&unproved.need.requirement.key),
        message: &unproved_message(unproved),
        action: &raise_level(&unproved.credential, unproved.needed),
        more: &[("kind", json!(kind)), ("level", json!(unproved.needed))],
        rule: Rule::UnknownLevel,
        start: unproved.need.requirement.span.start,
    }
    .json(source)
}

fn narrow_json(narrow: &NarrowCoverage<'_>, source: &Source) -> Value {
    Problem {
        kind: GapKind::Scope,
        key: Some(&narrow.need.requirement.key),
        message: &narrow_message(narrow),
        action: &narrow.action,
        more: &[("narrow", json!(narrow.scopes))],
        rule: Rule::NarrowScope,
        start: narrow.need.requirement.span.start,
    }
    .json(source)
}

fn gap_json(gap: &Gap, source: &Source) -> Value {
    Problem {
        kind: gap.kind,
        key: Some(&gap.key),
        message: &gap.message,
        action: &gap.action,
        more: &[],
        rule: gap_rule(gap.kind),
        start: gap.span.start,
    }
    .json(source)
}

fn underscoped_json(underscoped: &ApiGap<'_>, source: &Source) -> Value {
    let operations = refused_operations(underscoped);
    let operations: Vec<_> = operations.iter().map(ToString::to_string).collect();
    Problem {
        kind: GapKind::Scope,
        key: Some(&underscoped.need.requirement.key),
        message: &underscoped_message(underscoped),
        action: &underscoped.action,
        more: &[("operations", json!(operations))],
        rule: Rule::ApiUnderscoped,
        start: underscoped.need.requirement.span.start,
    }
    .json(source)
}

/// An error or a warning: what is the matter with a requirement, and what closes it.
struct Problem<'p> {
    kind: GapKind,
    key: Option<&'p str>,
    message: &'p str,
    action: &'p Remedy,
    /// The fields that problems of its kind have alone.
    more: &'p [(&'p str, Value)],
    rule: Rule,
    /// The place in the manifest that it begins at.
    start: usize,
}

impl Problem<'_> {
    fn json(&self, source: &Source) -> Value {
        let mut object = json!({
            "type": self.kind.name(),
            "key": self.key,
            "message": self.message,
            "action": action_json(self.action),
        });
        for (name, value) in self.more {
            object[*name] = value.clone();
        }
        let at = source.position(self.start);
        object["code"] = self.rule.name().into();
        object["file"] = source.name().into();
        object["line"] = at.line.into();
        object["column"] = at.column.into();
        object
    }
}

fn action_json(action: &Remedy) -> Value {
    let mut object = json!({ "type": action.name() });
    match action {
        Remedy::AddSecret { name } => object["secret_key"] = name.as_str().into(),
        Remedy::Connect { provider, kind, .. } | Remedy::Import { provider, kind, .. } => {
            object["provider"] = provider.as_str().into();
            if let Some(kind) = kind {
                object["kind"] = (*kind).into();
            }
        }
        Remedy::RaiseLevel { provider, kind, level, .. } => {
            object["provider"] = provider.as_str().into();
            object["kind"] = (*kind).into();
            object["level"] = (*level).into();
        }
        Remedy::Reconnect { provider, .. } => object["provider"] = provider.as_str().into(),
        Remedy::AddScopes { provider, part, scopes, .. } => {
            object["provider"] = provider.as_str().into();
            if let Some(part) = part {
                object["part"] = part.as_str().into();
            }
            object["scopes"] = scopes.as_slice().into();
        }
        _ => {}
    }
    object["command"] = command(action).into();
    object
}
