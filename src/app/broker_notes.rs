//! The words of a launch on what a broker does not hold against the agent.

use crate::app::launch::Launch;
use crate::error::Advice;
use crate::launch::delivery::Delivery;

/// Returns the notes of a launch below a broker; of any other there are none.
pub(crate) fn of(Launch { options, context, declared, needs, .. }: Launch<'_>) -> Vec<Advice> {
    if options.supervision.broker.is_none() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let secrets: Vec<_> = needs.secrets.iter().map(|secret| secret.name.as_str()).collect();
    if !secrets.is_empty() {
        let names = secrets.join(", ");
        notes.push(if options.starts_agent() {
            format!("the agent gets {names} in clear: no host is known that a secret is for").into()
        } else {
            format!("{names} stay with whoever starts the agent: no secret is printed").into()
        });
    }
    let stated = declared.requirements.delivery.iter().map(|way| way.value);
    let others: Vec<_> = stated.chain(options.supervision.deliver.iter().copied()).collect();
    if others.iter().any(|way| *way != Delivery::Env) {
        notes.push("no token is delivered by file or endpoint: the broker keeps them".into());
    }
    if options.supervision.isolation.is_none() && context.passphrase.passphrase().is_none() {
        let note = if options.starts_agent() {
            "the agent has this user's rights, and nothing keeps it from opening the store by itself: \
             an identity with a passphrase does"
        } else {
            "nothing keeps an agent with this user's rights from opening the store by itself: another \
             user does, or an identity with a passphrase"
        };
        notes.push(note.into());
    }
    notes
}
