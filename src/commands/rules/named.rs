//! The rule or refusal that a user names.

use crate::broker::RefusalCode;
use crate::error::{Code, Error, Result};
use crate::findings::Rule;
use crate::text::nearest::nearest;

/// A rule or a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    Rule(Rule),
    Refusal(RefusalCode),
}

impl Named {
    /// Returns the one with this name.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`], with the name that was meant.
    pub(super) fn of(name: &str) -> Result<Self> {
        let rule = Rule::named(name).map(Self::Rule);
        let found = rule.or_else(|| RefusalCode::named(name).map(Self::Refusal));
        found.ok_or_else(|| unknown(name))
    }
}

fn unknown(name: &str) -> Error {
    if Code::ALL.iter().any(|code| code.name() == name) {
        let message = format!("`{name}` is the code of a failure, not of a finding");
        return Error::new(Code::BadArgument, message).with_hint(
            "a failure says what to do where it is printed; `xreq rules` lists findings",
        );
    }
    let error = Error::new(Code::BadArgument, format!("no rule is called `{name}`"));
    let rules = Rule::ALL.iter().filter(|rule| rule.area() == name).map(|rule| rule.name());
    let refusals = RefusalCode::ALL.iter().filter(|code| code.area() == name);
    let area: Vec<_> = rules.chain(refusals.map(|code| code.name())).collect();
    let near = || nearest(name, RefusalCode::ALL.iter().map(|code| code.name()));
    match Rule::meant_by(name).map(Rule::name).or_else(near) {
        _ if !area.is_empty() => {
            let names: Vec<_> = area.iter().map(|name| format!("`{name}`")).collect();
            error.with_hint(format!("one of {}", names.join(", ")))
        }
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error.with_hint("`xreq rules` lists them"),
    }
}
