//! The kinds of credentials that a provider has, in the order in which it prefers them.

use super::provider::Provider;
use crate::error::{Code, Error};
use crate::model::credential_id::Kind;

impl Provider {
    /// Returns the kinds of credentials that serve it, the preferred one first. Grants are among them if
    /// accounts consent to them, before all others where `kinds` does not list them.
    pub fn kinds(&self) -> Vec<Kind> {
        let listed = self.kinds.listed();
        let is_added = self.has_consent() && !listed.contains(&Kind::Oauth2);
        is_added.then_some(Kind::Oauth2).into_iter().chain(listed.iter().copied()).collect()
    }

    /// Returns the error that it has no credentials of a kind, with the kinds that it has.
    pub fn unsupported(&self, kind: Kind) -> Error {
        let message = format!("{} has no credentials of the kind `{}`", self.title, kind.name());
        let names: Vec<_> = self.kinds().iter().map(|kind| format!("`{}`", kind.name())).collect();
        Error::new(Code::KindUnsupported, message).with_hint(format!("it has {}", names.join(", ")))
    }

    /// Returns whether accounts consent to grants of it.
    pub fn has_consent(&self) -> bool {
        self.endpoints.authorize_url.is_some()
    }
}
