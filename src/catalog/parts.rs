//! The parts of a consent: the tokens that one consent gives, where it gives several, each with scopes
//! of its own. OAuth has no such thing (RFC 6749 section 5.1: an answer has one access token).

use std::slice;

use super::capability::Capability;
use super::provider::Provider;
use super::token::ExpectedToken;
use crate::error::{Code, Error};
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;
use crate::text::nearest::suggestion;

impl Provider {
    /// Returns the parts that a consent gives, in the order of the file.
    pub fn consent_parts(&self) -> Vec<Part> {
        if self.parts.is_empty() {
            return vec![Part::default()];
        }
        self.parts.keys().cloned().collect()
    }

    /// Returns the part of its consents with a name that somebody gave.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: there is none.
    pub fn known_part(&self, name: &str) -> Result<Part, Error> {
        let parts = self.consent_parts();
        if let Some(part) = parts.iter().find(|part| part.as_str() == name) {
            return Ok(part.clone());
        }
        let title = &self.title;
        if self.parts.is_empty() {
            let message = format!("a consent of {title} gives one token, which has no name");
            return Err(Error::new(Code::BadArgument, message));
        }
        let names: Vec<_> = parts.iter().map(Part::as_str).collect();
        let meant = suggestion(name, names.iter().copied());
        let message = format!("{title} gives no token of this name{meant}");
        Err(Error::new(Code::BadArgument, message)
            .with_hint(format!("it gives {}", names.join(" and "))))
    }

    /// Returns the kinds of credentials that serve it and the parts of consents, the preferred one first.
    pub fn kinds_and_parts(&self) -> Vec<(Kind, Part)> {
        let (kinds, parts) = (self.kinds(), self.consent_parts());
        with_parts(&kinds, &parts).map(|(kind, part)| (kind, part.clone())).collect()
    }

    /// Returns the parts that serve a capability, the preferred one first.
    pub fn serving_parts(&self, capability: &Capability) -> Vec<Part> {
        let stated = &capability.parts;
        if stated.is_empty() { self.consent_parts() } else { stated.clone() }
    }

    /// Returns the parts that can have a scope.
    pub fn parts_with(&self, scope: &str) -> Vec<Part> {
        let known = self.scopes.get(self.wire_name(scope));
        let of_scope = known.map_or(&[][..], |definition| &definition.parts);
        let mut parts = self.consent_parts();
        parts.retain(|part| of_scope.is_empty() || of_scope.contains(part));
        parts
    }

    /// Returns the parts that can have all of some scopes.
    pub fn parts_with_all(&self, scopes: &ScopeSet) -> Vec<Part> {
        let mut parts = self.consent_parts();
        scopes.iter().for_each(|scope| {
            let of_scope = self.parts_with(scope);
            parts.retain(|part| of_scope.contains(part));
        });
        parts
    }

    /// Returns the token of a part that the answer to a code has.
    pub fn token_of_code(&self, part: &Part) -> ExpectedToken<'_> {
        match self.parts.get(part) {
            Some(data) => ExpectedToken { places: &data.response, ..self.token_of_refresh(part) },
            None => self.token.expected(),
        }
    }

    /// Returns the token of a part that the answer to a refresh has.
    pub fn token_of_refresh(&self, part: &Part) -> ExpectedToken<'_> {
        let usual = self.token.expected();
        match self.parts.get(part).filter(|data| !data.types.is_empty()) {
            Some(data) => ExpectedToken { types: &data.types, ..usual },
            None => usual,
        }
    }
}

/// Returns kinds with the parts of each: grants alone have several.
pub fn with_parts<'a>(
    kinds: &'a [Kind],
    parts: &'a [Part],
) -> impl Iterator<Item = (Kind, &'a Part)> + Clone {
    kinds.iter().flat_map(move |kind| {
        let parts = if *kind == Kind::Oauth2 { parts } else { slice::from_ref(Part::main()) };
        parts.iter().map(|part| (*kind, part))
    })
}
