//! The variables of a launch that two things want.

use std::ops::Range;

use crate::catalog::Catalog;
use crate::error::advice;
use crate::findings::{Diagnostic, Rule};
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;
use crate::policy::kinds::words;
use crate::policy::need::{Need, Needs};
use crate::policy::reserved::VariableOwner;
use crate::text::escape::quoted;

/// Takes the kinds that nobody named away where the app asks for one of their variables as a secret: it
/// gets what it needs that way.
pub(super) fn leave_to_secrets(needs: &mut Needs<'_>) {
    if needs.secrets.is_empty() {
        return;
    }
    for need in &mut needs.integrations {
        if !need.requirement.kinds.is_empty() || !need.requirement.parts.is_empty() {
            continue;
        }
        let is_free = |kind: Kind, part: &Part| {
            let variables = need.variables(kind, part);
            let is_stated = |name: &str| need.requirement.env.iter().any(|it| it.name == name);
            let usual = || variables.iter().filter(|(name, _)| !is_stated(name));
            !needs.secrets.iter().any(|it| usual().any(|(name, _)| *name == it.name))
        };
        let free: Vec<_> = need.ways().filter(|(kind, part)| is_free(*kind, part)).collect();
        if free.is_empty() {
            continue;
        }
        let has = |kind: &Kind| free.iter().any(|(it, _)| it == kind);
        let kinds = need.kinds.iter().copied().filter(has).collect();
        if has(&Kind::Oauth2) {
            let of_grants = free.iter().filter(|(kind, _)| *kind == Kind::Oauth2);
            let parts = of_grants.map(|(_, part)| (*part).clone()).collect();
            need.parts = parts;
        }
        need.kinds = kinds;
    }
}

/// A variable that a requirement wants, if a credential of this kind serves it.
struct Claim<'n, 'a> {
    need: &'n Need<'a>,
    kind: Kind,
    part: &'n Part,
    name: String,
    content: VariableContent,
}

impl Claim<'_, '_> {
    /// Returns the place in the manifest that leads to it.
    fn span(&self) -> Range<usize> {
        let requirement = self.need.requirement;
        let of_env = requirement.env.iter().find(|it| it.name == self.name).map(|it| &it.span);
        let of_kind = requirement.kinds.iter().find(|it| it.value == self.kind).map(|it| &it.span);
        of_env.or(of_kind).unwrap_or(&requirement.span).clone()
    }

    /// Returns whether both are made by one launch, and by different contents.
    fn is_beside(&self, other: &Self) -> bool {
        if self.need.provider.slug != other.need.provider.slug {
            return true;
        }
        let (own, others) = ((self.kind, self.part), (other.kind, other.part));
        if own == others {
            return self.content != other.content;
        }
        // Each is served by the first that is stored of those that it takes.
        let prefers = |need: &Need<'_>, one: (Kind, &Part), other: (Kind, &Part)| {
            let place = |way| need.ways().position(|it| it == way);
            place(one).is_some_and(|place_of_one| {
                place(other).is_some_and(|place_of_other| place_of_one < place_of_other)
            })
        };
        !std::ptr::eq(self.need, other.need)
            && !prefers(self.need, others, own)
            && !prefers(other.need, own, others)
    }
}

/// Returns a finding for each variable of the launch that is wanted for two things, and for each that is
/// not the app's to name.
pub(super) fn found(needs: &Needs<'_>, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut claims: Vec<Claim<'_, '_>> = Vec::new();
    for need in &needs.integrations {
        findings.extend(misnamed(need, catalog));
        if claims.iter().any(|claim| is_served_alike(claim.need, need)) {
            continue;
        }
        for (kind, part) in need.ways() {
            let variables = need.variables(kind, part).into_iter();
            claims.extend(variables.map(|(name, content)| Claim {
                need,
                kind,
                part,
                name,
                content,
            }));
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        if told.contains(&&*claim.name) {
            continue;
        }
        let other = claims[..at].iter().find(|it| it.name == claim.name && it.is_beside(claim));
        let secret = needs.secrets.iter().find(|secret| secret.name == claim.name);
        let (other, place) = match (other, secret) {
            (Some(other), _) => (owner(other), other.span()),
            (None, Some(secret)) => ("a secret".to_owned(), secret.span.clone()),
            (None, None) => continue,
        };
        told.push(&claim.name);
        let message =
            format!("{} is wanted for {}, and for {other}", quoted(&claim.name), owner(claim));
        let finding = Diagnostic::new(Rule::KindClash, claim.span(), message);
        findings.push(finding.related(place, "the other one").help(advice![
            "give one of them another name, as in ",
            format!("`env: {{{}: MY_VARIABLE}}`", claim.content.name()),
            ", or ask for the same `kind`"
        ]));
    }
    findings
}

/// Returns whether two requirements want the same variables for the same: the first of the same credentials.
fn is_served_alike(one: &Need<'_>, other: &Need<'_>) -> bool {
    one.provider.slug == other.provider.slug
        && (&one.kinds, &one.parts) == (&other.kinds, &other.parts)
        && one.requirement.env.is_empty()
        && other.requirement.env.is_empty()
}

/// Returns the names of a requirement's `env` that are not an app's to choose.
fn misnamed<'n>(
    need: &'n Need<'_>,
    catalog: &'n Catalog,
) -> impl Iterator<Item = Diagnostic> + use<'n> {
    let provider = &need.provider.slug;
    need.requirement.env.iter().filter_map(move |stated| {
        let name = quoted(&stated.name);
        let finding = |message| Diagnostic::new(Rule::BadValue, stated.span.clone(), message);
        let mut contents = need.kinds.iter().flat_map(|kind| VariableContent::of(*kind));
        if !contents.any(|content| *content == stated.content) {
            let (kinds, what) = (words(&need.kinds, "or"), stated.content.name());
            return Some(finding(format!("a credential of {kinds} has no `{what}`")));
        }
        match VariableOwner::of(&stated.name, catalog)? {
            VariableOwner::Provider(owner) if owner.slug == *provider => None,
            owner => {
                Some(finding(format!("{name} {}", owner.reason())).help("choose another name"))
            }
        }
    })
}

fn owner(claim: &Claim<'_, '_>) -> String {
    let slug = &claim.need.provider.slug;
    let part = match claim.part {
        part if part.is_main() => String::new(),
        part => format!(", {}", part.as_str()),
    };
    format!("the `{}` of {slug} ({}{part})", claim.content.name(), claim.kind.name())
}

#[cfg(test)]
mod tests;
