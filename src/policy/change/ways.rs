//! The ways in which an agent gets credentials and new tokens, and is told of these, in two manifests.

use std::ops::Range;

use crate::manifest::VariableName;
use crate::manifest::delivery::{Delivery, OnRefresh};
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;
use crate::policy::needs::{Need, Needs};
use crate::text::escape::{legible, quoted};

/// A way in which tokens reach an agent, or by which it is told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// A way of delivery.
    Delivery(Delivery),
    /// An action at each new token.
    OnRefresh(&'a OnRefresh),
    /// A kind of credentials that may serve a requirement.
    Kind {
        /// The key of the requirement.
        key: &'a str,
        /// The kind.
        kind: Kind,
    },
    /// A part of a consent that may serve a requirement.
    Part {
        /// The key of the requirement.
        key: &'a str,
        /// The part.
        part: Part,
    },
    /// A variable that the app's code reads, by its name in the manifest.
    Variable {
        /// The key of the requirement.
        key: &'a str,
        /// The part of a credential that it gets there.
        content: VariableContent,
        /// The name.
        name: &'a str,
    },
}

/// A way that one of two manifests has alone, and where it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWay<'a> {
    /// The way.
    pub way: Way<'a>,
    /// Its place in the manifest; empty if it is taken without being said.
    pub span: Range<usize>,
}

impl Way<'_> {
    /// Says what is new by it.
    pub fn gained(&self) -> String {
        match self {
            Self::OnRefresh(OnRefresh::Exec(command)) => format!(
                "a command now runs at each new token, with the agent's tokens and secrets: `{}`",
                legible(command)
            ),
            Self::OnRefresh(action) => format!("the agent is now told of new tokens by `{action}`"),
            Self::Delivery(way) => format!("the agent now gets tokens by `{}`", way.name()),
            Self::Kind { key, kind } => {
                let secret = match kind {
                    Kind::Oauth1 => ", with the client's OAuth 1.0a secret",
                    _ => "",
                };
                format!(
                    "a credential of kind `{}` may now serve {}{secret}",
                    kind.name(),
                    quoted(key)
                )
            }
            Self::Part { key, part } => {
                format!("the token `{}` may now serve {}", part.as_str(), quoted(key))
            }
            Self::Variable { key, content, name } => format!(
                "the agent now gets the `{}` for {} in {}",
                content.name(),
                quoted(key),
                quoted(name)
            ),
        }
    }

    /// Says what is gone with it.
    pub fn lost(&self) -> String {
        match self {
            Self::OnRefresh(OnRefresh::Exec(command)) => {
                format!("no command runs at each new token any longer: `{}`", legible(command))
            }
            Self::OnRefresh(action) => {
                format!("the agent is no longer told of new tokens by `{action}`")
            }
            Self::Delivery(way) => format!("the agent no longer gets tokens by `{}`", way.name()),
            Self::Kind { key, kind } => {
                let kind = kind.name();
                format!("no credential of kind `{kind}` serves {} any longer", quoted(key))
            }
            Self::Part { key, part } => {
                format!("the token `{}` serves {} no longer", part.as_str(), quoted(key))
            }
            Self::Variable { key, content, name } => format!(
                "the agent no longer gets the `{}` for {} in {}",
                content.name(),
                quoted(key),
                quoted(name)
            ),
        }
    }
}

/// Returns the ways of `new` that `old` does not have.
pub(super) fn beyond<'a>(old: &Needs<'_>, new: &Needs<'a>) -> Vec<OwnWay<'a>> {
    let known = deliveries(old);
    let deliveries = deliveries(new).into_iter();
    let mut ways: Vec<_> = deliveries
        .filter(|(way, _)| !known.iter().any(|(known, _)| known == way))
        .map(|(way, span)| OwnWay { way: Way::Delivery(way), span })
        .collect();
    let before = old.on_refresh.map(|stated| &stated.value);
    let action = new.on_refresh.filter(|stated| stated.value != OnRefresh::None);
    ways.extend(
        action
            .filter(|stated| Some(&stated.value) != before)
            .map(|stated| OwnWay { way: Way::OnRefresh(&stated.value), span: stated.span.clone() }),
    );
    for need in &new.integrations {
        ways.extend(credentials_beyond(old, need));
    }
    ways
}

/// Returns the kinds of credentials, the parts of consents and the names of variables that a requirement has
/// beyond those that it has in the other manifest; one that is not there is served by grants, and by the
/// provider's parts, if nothing is said.
fn credentials_beyond<'a>(old: &Needs<'_>, need: &Need<'a>) -> Vec<OwnWay<'a>> {
    let requirement = need.requirement;
    let key = requirement.key.as_str();
    let before = old.integrations.iter().find(|it| it.requirement.key == requirement.key);
    let kinds = match before {
        Some(before) => &before.kinds[..],
        None if requirement.kinds.is_empty() => &need.kinds,
        None => &[Kind::Oauth2],
    };
    let names = before.map_or(&[][..], |before| &before.requirement.env);
    let is_named = |new: &VariableName| {
        names.iter().any(|it| it.content == new.content && it.name == new.name)
    };
    let new_kinds = need.kinds.iter().filter(|kind| !kinds.contains(kind)).map(|kind| {
        let stated = requirement.kinds.iter().find(|stated| stated.value == *kind);
        let span = stated.map_or(&requirement.span, |stated| &stated.span).clone();
        OwnWay { way: Way::Kind { key, kind: *kind }, span }
    });
    let parts = before.map_or_else(|| need.usual_parts(), |before| before.parts.clone());
    let new_parts = need.parts.iter().filter(|part| need.takes_grants() && !parts.contains(part));
    let new_parts = new_parts.map(|part| {
        let stated = requirement.parts.iter().find(|stated| stated.value == *part);
        let span = stated.map_or(&requirement.span, |stated| &stated.span).clone();
        OwnWay { way: Way::Part { key, part: part.clone() }, span }
    });
    let new_names = requirement.env.iter().filter(|new| !is_named(new)).map(|new| OwnWay {
        way: Way::Variable { key, content: new.content, name: &new.name },
        span: new.span.clone(),
    });
    new_kinds.chain(new_parts).chain(new_names).collect()
}

fn deliveries(needs: &Needs<'_>) -> Vec<(Delivery, Range<usize>)> {
    if needs.delivery.is_empty() {
        return Delivery::DEFAULT.map(|way| (way, 0..0)).to_vec();
    }
    needs.delivery.iter().map(|stated| (stated.value, stated.span.clone())).collect()
}
