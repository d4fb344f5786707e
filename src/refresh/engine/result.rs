//! The result of refreshing one grant.

use crate::catalog::Provider;
use crate::credential::failure::Trouble;
use crate::error::Error;
use crate::store::Grant;

/// The result of refreshing one grant.
#[derive(Debug)]
pub struct RefreshResult {
    /// The grant as it lies in the store now.
    pub grant: Grant,
    /// The change that was made to it.
    pub outcome: Outcome,
}

/// The change that a refresh made to a grant.
#[derive(Debug)]
pub enum Outcome {
    /// None: its access token serves. A fault that it has all the same is here.
    Kept(Option<Trouble>),
    /// It has new tokens.
    Refreshed,
    /// It has none, and why.
    Failed(Trouble),
}

impl RefreshResult {
    /// Returns why the grant is not fresh, or will not stay so.
    pub fn trouble(&self) -> Option<&Trouble> {
        match &self.outcome {
            Outcome::Failed(trouble) | Outcome::Kept(Some(trouble)) => Some(trouble),
            Outcome::Kept(None) | Outcome::Refreshed => None,
        }
    }

    /// Returns the same as a failure.
    pub fn failure(&self, provider: &Provider) -> Option<Error> {
        let name = self.grant.metadata.id();
        self.trouble().map(|trouble| trouble.error(&name, provider))
    }

    /// Returns whether the grant got new tokens.
    pub fn has_new_tokens(&self) -> bool {
        matches!(self.outcome, Outcome::Refreshed)
    }
}
