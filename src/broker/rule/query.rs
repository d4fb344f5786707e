//! The query of a request: parameters whose names are the operation's own.

use std::collections::HashSet;

use super::names::{is_credential, shown};
use super::percent::{decoded, escaped, is_unreserved};
use crate::broker::{Refusal, RefusalCode};
use crate::catalog::Operation;

/// The parameters of a query, of which each has one reading.
#[derive(Debug)]
pub(super) struct Query<'q> {
    text: &'q str,
    names: Vec<String>,
    /// The names that stand there again.
    repeated: Vec<String>,
}

impl<'q> Query<'q> {
    /// Reads a query, which may be empty or absent.
    pub(super) fn of(text: Option<&'q str>) -> Result<Self, Refusal> {
        let text = text.unwrap_or_default();
        let refuse = |detail: &str| Err(Refusal::new(RefusalCode::Ambiguous, detail));
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("the query has a control character, or one that is not ASCII");
        }
        if text.contains([';', '\\', '#']) {
            return refuse("the query has a `;`, a `#` or a backslash");
        }
        let pairs = || text.split('&').filter(|_| !text.is_empty());
        let (mut names, mut repeated) = (Vec::new(), Vec::new());
        for pair in pairs() {
            let raw = pair.split('=').next().unwrap_or_default();
            let name = decoded(raw).map(String::from_utf8);
            let Some(Ok(name)) = name else {
                return refuse("the query has a broken escape in a name");
            };
            if name.is_empty() {
                return refuse("the query has a parameter without a name");
            }
            let needless = escaped(raw).is_none_or(|all| all.into_iter().any(is_unreserved));
            if needless && is_credential(&name, &[]) {
                return Err(foreign(&name));
            }
            if needless || raw.contains('+') {
                return refuse("the query has a name with an escape that it does not need");
            }
            let value = decoded(&pair[raw.len()..]).map(String::from_utf8);
            if value.is_none_or(|value| value.is_err() || value.is_ok_and(|it| it.contains('\0'))) {
                return refuse("the query has a value with a broken escape");
            }
            names.push(name);
        }
        let mut known = HashSet::new();
        names.retain(|name| {
            let is_first = known.insert(name.clone());
            if !is_first {
                repeated.push(name.clone());
            }
            is_first
        });
        Ok(Self { text, names, repeated })
    }

    /// Makes sure that none of its parameters is a credential and none stands twice, whatever the operation.
    pub(super) fn check_unknown(&self) -> Result<(), Refusal> {
        match self.names.iter().find(|name| is_credential(name, &[])) {
            Some(name) => Err(foreign(name)),
            None => self.check_repeated(&[]),
        }
    }

    /// Makes sure that all its parameters are among those of an operation, or of all operations of its
    /// provider, and that none stands twice but those that may.
    pub(super) fn check(&self, operation: &Operation, of_all: &[String]) -> Result<(), Refusal> {
        let own = &operation.query;
        self.check_repeated(&operation.repeated)?;
        if let Some(name) = self.names.iter().find(|name| is_credential(name, own)) {
            return Err(foreign(name));
        }
        let is_own = |name: &&String| own.contains(*name) || of_all.contains(*name);
        match self.names.iter().find(|name| !is_own(name)) {
            None => Ok(()),
            Some(name) => {
                let detail = format!("the operation has no parameter {} in its query", shown(name));
                Err(Refusal::new(RefusalCode::Unknown, detail))
            }
        }
    }

    fn check_repeated(&self, may_repeat: &[String]) -> Result<(), Refusal> {
        if self.repeated.iter().all(|name| may_repeat.contains(name)) {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::Ambiguous, "the query has a parameter twice"))
    }

    /// Returns the query as it is written out.
    pub(super) fn text(&self) -> &'q str {
        self.text
    }
}

/// Refuses a credential in a query or a body.
pub(super) fn foreign(name: &str) -> Refusal {
    let detail = format!("the request has a credential in a parameter, {}", shown(name));
    Refusal::new(RefusalCode::ForeignCredential, detail)
}
