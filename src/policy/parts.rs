//! The parts of consents that serve a requirement.

use crate::catalog::Provider;
use crate::findings::{Diagnostic, Rule};
use crate::manifest::{Integration, Spanned};
use crate::model::credential_id::{Kind, Part};
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

/// Returns the parts that can serve a requirement, of those that can `serve` its key: in the manifest's order,
/// or else the provider's. One that names a part and no kind is served by grants alone.
///
/// # Errors
///
/// The finding that there is none.
pub(super) fn of(
    requirement: &Integration,
    provider: &Provider,
    serve: Vec<Part>,
    kinds: &mut Vec<Kind>,
) -> Result<Vec<Part>, Box<Diagnostic>> {
    let Some(first) = requirement.parts.first() else { return Ok(serve) };
    let never = |stated: &Spanned<Part>, message: String| {
        Diagnostic::new(Rule::KindNever, stated.span.clone(), message)
    };
    let known = provider.consent_parts();
    let unknown = requirement.parts.iter().find(|stated| !known.contains(&stated.value));
    if let Some(stated) = unknown.or((provider.parts.is_empty()).then_some(first)) {
        let word = stated.value.as_str();
        let message = format!("{} gives no token that is called {}", provider.title, quoted(word));
        let finding = never(stated, message);
        if provider.parts.is_empty() {
            return Err(Box::new(finding.help("one consent gives one token there: remove `part`")));
        }
        return Err(Box::new(match nearest(word, known.iter().map(Part::as_str)) {
            Some(meant) => {
                let finding = finding.label(format!("did you mean `{meant}`?"));
                if is_slip(word, meant) { finding.fix(meant) } else { finding }
            }
            None => finding.help(format!("it gives {}", words(&known))),
        }));
    }
    let key = quoted(&requirement.key);
    if requirement.kinds.is_empty() {
        kinds.retain(|kind| *kind == Kind::Oauth2);
    }
    if !kinds.contains(&Kind::Oauth2) {
        let message = format!("`part` is of a grant, and no grant serves {key}");
        return Err(Box::new(never(first, message)));
    }
    let stated = requirement.parts.iter().map(|stated| stated.value.clone());
    let parts: Vec<_> = stated.filter(|part| serve.contains(part)).collect();
    if parts.is_empty() {
        let message = format!("the token `{}` does not serve {key}", first.value.as_str());
        let help = format!("it is served by {}", words(&serve));
        return Err(Box::new(never(first, message).help(help)));
    }
    Ok(parts)
}

/// Returns parts as words of code.
fn words(parts: &[Part]) -> String {
    let names: Vec<_> = parts.iter().map(|part| format!("`{}`", part.as_str())).collect();
    names.join(" and ")
}
