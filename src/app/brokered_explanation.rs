//! The explanation of a launch below a broker: what it would let through, and what it would not.

use std::collections::BTreeSet;

use crate::catalog::Provider;
use crate::catalog::{Reach, Satisfaction};
use crate::error::{Code, Error, Result};
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::policy::verdict::{KeyOutcome, Verdict};

/// A requirement of a launch below a broker.
pub(crate) struct BrokeredKey<'a> {
    /// The kind of its credential.
    pub(crate) kind: Kind,
    /// The hosts at which the agent's placeholder is good.
    pub(crate) hosts: BTreeSet<String>,
    /// The operations that go out, and those that do not.
    pub(crate) reach: Reach<'a>,
    /// The reason why nothing would be launched.
    pub(crate) obstacle: Option<Error>,
}

/// Returns what a broker would do for each key, in the order of the manifest: by the credential that covers
/// it, else by the one that is preferred.
pub(crate) fn brokered_keys<'a>(verdict: &Verdict<'a>) -> Vec<BrokeredKey<'a>> {
    let credentials: Vec<_> = verdict.keys.iter().map(credential).collect();
    let keys = verdict.keys.iter().zip(&credentials);
    keys.enumerate()
        .map(|(at, (outcome, own))| {
            let provider = outcome.need.provider;
            let is_same = |other: usize| {
                verdict.keys[other].need.provider.slug == provider.slug
                    && credentials[other] == *own
            };
            let together: Vec<_> = (0..credentials.len()).filter(|it| is_same(*it)).collect();
            let satisfied: Vec<_> = together
                .iter()
                .map(|other| Satisfaction {
                    key: &verdict.keys[*other].need.requirement.key,
                    scopes: verdict.keys[*other].alternative,
                    kind: own.kind,
                    part: &own.part,
                })
                .collect();
            let nth = together.iter().position(|it| *it == at).unwrap_or_default();
            BrokeredKey {
                kind: own.kind,
                hosts: provider.expected_api_hosts(),
                reach: provider.reach(&satisfied, nth),
                obstacle: brokerable(provider, own.kind, &own.part).err(),
            }
        })
        .collect()
}

/// The credential that serves a key.
#[derive(PartialEq, Eq)]
struct Serving<'a> {
    kind: Kind,
    part: Part,
    /// The one that is stored; none where the key is unmet.
    stored: Option<&'a CredentialId>,
}

fn credential<'a>(outcome: &'a KeyOutcome<'_>) -> Serving<'a> {
    let stored = outcome.covered_by.as_ref();
    let (kind, part) = match stored {
        Some(id) => (id.kind, id.part.clone()),
        None => outcome.need.ways().next().map_or_else(
            || (Kind::default(), Part::main().clone()),
            |(kind, part)| (kind, part.clone()),
        ),
    };
    Serving { kind, part, stored }
}

/// Refuses a credential with which a broker would let nothing through.
///
/// # Errors
///
/// [`Code::OperationNone`]: no operations of the provider are known, or none of them accepts its kind.
pub(crate) fn brokerable(provider: &Provider, kind: Kind, part: &Part) -> Result<()> {
    if provider.accepts(kind, part) {
        return Ok(());
    }
    let title = &provider.title;
    let what = if provider.operations().is_empty() {
        format!("no operations of {title} are known")
    } else {
        format!("no operation of {title} accepts a credential of the kind `{}`", kind.name())
    };
    let message = format!("{what}, so that a broker would let nothing through");
    let hint = "launch the agent without the broker, or declare them in a provider file";
    Err(Error::new(Code::OperationNone, message).with_hint(hint))
}
