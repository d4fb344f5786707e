//! The request for consent, where a provider wants more or other parameters than RFC 6749 section
//! 4.1.1 names.

use indexmap::IndexMap;
use serde::Deserialize;

use super::field::present;
use crate::model::scope::ScopeSet;

/// The parameters of the request for consent, and the effect of a second one.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authorize {
    /// Parameters that every request has.
    pub parameters: IndexMap<String, String>,
    /// Parameters that a request has if the account consented before.
    pub add_scopes_parameters: IndexMap<String, String>,
    /// The parameter that names the account which is expected to consent.
    #[serde(deserialize_with = "present")]
    pub account_hint_parameter: Option<String>,
    #[serde(deserialize_with = "present")]
    scope_parameter: Option<String>,
    /// The text between two scopes.
    pub scope_separator: ScopeSeparator,
    /// The effect of a second consent on the first.
    pub consent: SecondConsent,
}

/// The text between two scopes of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ScopeSeparator {
    /// As the standard says (RFC 6749 section 3.3).
    #[default]
    #[serde(rename = " ")]
    Space,
    /// A comma.
    #[serde(rename = ",")]
    Comma,
}

/// The effect of a second consent of an account to the same client on the scopes of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondConsent {
    /// The new grant has the scopes of its own request alone, so that all are asked for again.
    #[default]
    Replaces,
    /// The provider adds the new scopes to the older ones by itself.
    Adds,
    /// It does so where it is asked to, by `add_scopes_parameters`.
    Merges,
}

impl Authorize {
    /// Returns the name of the parameter that holds the scopes.
    pub fn scope_parameter(&self) -> &str {
        self.scope_parameter.as_deref().unwrap_or("scope")
    }

    /// Returns the value of that parameter.
    pub fn scope_text(&self, scopes: &ScopeSet) -> String {
        scopes.iter().collect::<Vec<_>>().join(self.scope_separator.text())
    }

    /// Returns whether the scopes of an earlier consent stay granted without being asked for again.
    pub fn keeps_earlier_scopes(&self) -> bool {
        self.consent != SecondConsent::Replaces
    }
}

impl ScopeSeparator {
    fn text(self) -> &'static str {
        match self {
            Self::Space => " ",
            Self::Comma => ",",
        }
    }
}
