//! The ways in which an agent gets tokens while it lives, and is told of them, in two manifests.

use std::ops::Range;

use crate::manifest::delivery::{Delivery, OnRefresh};
use crate::policy::needs::Needs;
use crate::text::escape::legible;

/// A way in which tokens reach an agent, or by which it is told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// A way of delivery.
    Delivery(Delivery),
    /// An action at each new token.
    OnRefresh(&'a OnRefresh),
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
    ways
}

fn deliveries(needs: &Needs<'_>) -> Vec<(Delivery, Range<usize>)> {
    if needs.delivery.is_empty() {
        return Delivery::DEFAULT.map(|way| (way, 0..0)).to_vec();
    }
    needs.delivery.iter().map(|stated| (stated.value, stated.span.clone())).collect()
}
