//! The secrets that `xreq run --redact` hides: everything that the agent is given, from the moment before.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::SecretString;

use crate::app::reporter::Reporter;
use crate::launch::environment::{Plan, Value};
use crate::launch::filter::{self, Filter};
use crate::store::CredentialId;

/// Number of hidden tokens of a grant that came while the agent lived. Older ones are long dead.
const TOKENS: usize = 4;

/// The secrets that are hidden, and why.
pub(crate) struct Redaction {
    filter: Arc<Filter>,
    /// Secrets that the agent got at its launch, and at the one before it; and so for commands beside
    /// it.
    launch: Mutex<[Vec<SecretString>; 2]>,
    beside: Mutex<[Vec<SecretString>; 2]>,
    arrived: Mutex<HashMap<CredentialId, VecDeque<SecretString>>>,
}

impl Redaction {
    pub(crate) fn new() -> Self {
        let filter = Arc::new(Filter::new([]));
        Self {
            filter,
            launch: Mutex::default(),
            beside: Mutex::default(),
            arrived: Mutex::default(),
        }
    }

    /// Returns the filter of the agent's output.
    pub(crate) fn filter(&self) -> Arc<Filter> {
        Arc::clone(&self.filter)
    }

    /// Hides the secrets that an agent will get at its launch. Those of the one before the last are
    /// shown again: it has ended.
    pub(crate) fn launch(&self, plan: &Plan, reporter: &dyn Reporter) {
        let mut secrets = Vec::new();
        for variable in &plan.set {
            if let Value::Secret(secret) = &variable.value {
                if !filter::is_long_enough(secret) {
                    reporter.warning(
                        format!(
                            "{} is shown in what the agent prints: it has less than {} bytes",
                            variable.name,
                            filter::SHORTEST
                        )
                        .into(),
                    );
                }
                secrets.push(secret.clone());
            }
        }
        self.change(&self.launch, secrets);
    }

    /// Hides these too, and those before them for as long as their program may live yet.
    fn change(&self, hidden: &Mutex<[Vec<SecretString>; 2]>, secrets: Vec<SecretString>) {
        self.filter.add(&secrets);
        let mut hidden = hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.rotate_right(1);
        self.filter.remove(&mem::replace(&mut hidden[0], secrets));
    }

    /// Hides what a command gets that runs beside the agent, too.
    pub(crate) fn beside(&self, plan: &Plan) {
        let values = plan.set.iter().filter_map(|variable| match &variable.value {
            Value::Secret(secret) => Some(secret.clone()),
            Value::Public(_) => None,
        });
        let secrets: Vec<_> = values.collect();
        self.change(&self.beside, secrets);
    }

    /// Hides a token that the agent can get from now on.
    pub(crate) fn arrived(&self, name: &CredentialId, token: &SecretString) {
        self.filter.add([token]);
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = arrived.entry(name.clone()).or_default();
        tokens.push_back(token.clone());
        if tokens.len() > TOKENS {
            self.filter.remove(tokens.pop_front().as_ref());
        }
    }
}
