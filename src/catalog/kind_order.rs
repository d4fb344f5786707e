//! The kinds of credentials that a provider has, in the order in which it prefers them.

use super::provider::Provider;
use crate::error::{Code, Error, Remedy, advice};
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
        let has = format!("it has {}", names.join(", "));
        let error = Error::new(Code::KindUnsupported, message);
        match self.kinds().as_slice() {
            [only @ (Kind::Static | Kind::ServiceAccount)] => error.with_hint(advice![
                format!("{has}: "),
                Remedy::Import {
                    provider: self.slug.to_string(),
                    account: None,
                    kind: Some(only.name())
                }
                .request(),
                " stores one"
            ]),
            _ => error.with_hint(has),
        }
    }

    /// Returns whether accounts consent to grants of it.
    pub fn has_consent(&self) -> bool {
        self.endpoints.authorize_url.is_some()
    }
}
