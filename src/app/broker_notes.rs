//! The words of a launch on what a broker does not hold against the agent.

use crate::app::delivery::Ways;
use crate::app::launch::Launch;
use crate::error::{Advice, Parameter, Result, advice};
use crate::launch::delivery::{Delivery, OnRefresh};

/// Returns the notes of a launch below a broker; of any other there are none.
///
/// # Errors
///
/// `config.yaml` cannot be read.
pub(crate) fn of(launch: Launch<'_>) -> Result<Vec<Advice>> {
    let Launch { options, context, declared, needs, .. } = launch;
    let Some(broker) = &options.supervision.broker else { return Ok(Vec::new()) };
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
    if Ways::of(launch)?.on_refresh != OnRefresh::None {
        notes.push(
            "the agent is told of no new token, and neither signalled nor restarted: the broker \
             keeps them"
                .into(),
        );
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
    if options.supervision.isolation.is_none() && !broker.questions.keys.is_empty() {
        notes.push(advice![
            "approvals are advisory: the agent has this user's rights, and can approve its own calls; ",
            Parameter::Isolate,
            " keeps it from that"
        ]);
    }
    Ok(notes)
}
