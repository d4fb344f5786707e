//! The kinds of credentials that serve a requirement.

use crate::catalog::Provider;
use crate::findings::{Diagnostic, Rule};
use crate::manifest::Integration;
use crate::model::credential_id::Kind;
use crate::text::escape::quoted;

/// Returns the kinds that can serve a requirement, of those that are `accepted`: in the manifest's
/// order, or else the provider's.
///
/// # Errors
///
/// The finding that there is none.
pub(super) fn of(
    requirement: &Integration,
    provider: &Provider,
    accepted: &[Kind],
) -> Result<Vec<Kind>, Box<Diagnostic>> {
    let known = provider.kinds();
    let can_serve = |kind: &Kind| known.contains(kind) && accepted.contains(kind);
    let stated: Vec<_> = requirement.kinds.iter().map(|stated| stated.value).collect();
    let preferred = if stated.is_empty() { &known } else { &stated };
    let kinds: Vec<_> = preferred.iter().copied().filter(can_serve).collect();
    if !kinds.is_empty() {
        return Ok(kinds);
    }
    let possible: Vec<_> = known.iter().copied().filter(can_serve).collect();
    let key = quoted(&requirement.key);
    let message = match stated.as_slice() {
        [] => format!("no kind of credentials that {} has serves {key}", provider.title),
        [only] if !known.contains(only) => {
            format!("{} has no credentials of the kind `{}`", provider.title, only.name())
        }
        _ => format!("no operation of {key} accepts {}", words(&stated, "or")),
    };
    let place = requirement.kinds.first().map_or(&requirement.span, |stated| &stated.span);
    let finding = Diagnostic::new(Rule::KindNever, place.clone(), message);
    Err(Box::new(match possible.as_slice() {
        [] => finding,
        possible => finding.help(format!("it is served by {}", words(possible, "and"))),
    }))
}

/// Returns kinds as words of code.
pub(super) fn words(kinds: &[Kind], last: &str) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
    match names.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}
