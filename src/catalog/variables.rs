//! The variables through which an agent gets what a provider gave.

use std::borrow::Cow;

use super::provider::Provider;
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;

impl Provider {
    /// Returns the variables through which an agent gets a credential of a kind, whichever part of a
    /// consent it is.
    pub fn variables_of(&self, kind: Kind) -> Vec<(String, VariableContent)> {
        if kind != Kind::Oauth2 || self.parts.is_empty() {
            return self.variables_of_part(kind, Part::main());
        }
        self.parts.keys().flat_map(|part| self.variables_of_part(kind, part)).collect()
    }

    /// Returns the variables through which an agent gets a credential of a kind and part, each with its
    /// content: those that the provider's file names, else for grants the usual ones. A file that names
    /// any names all but that of the file in which the newest access token is found.
    pub fn variables_of_part(&self, kind: Kind, part: &Part) -> Vec<(String, VariableContent)> {
        let named = match (kind, self.parts.get(part)) {
            (Kind::Oauth2, Some(data)) => Some(&data.env),
            (Kind::Oauth2, None) => self.has_consent().then_some(&self.env),
            _ => self.kinds.variables(kind),
        };
        let Some(named) = named else { return Vec::new() };
        let mut variables = Vec::new();
        for content in VariableContent::of(kind) {
            let of_content = named.iter().filter(|(_, named)| *named == content);
            let before = variables.len();
            variables.extend(of_content.map(|(name, _)| (name.clone(), *content)));
            let is_usual = named.is_empty() || *content == VariableContent::AccessTokenFile;
            if variables.len() == before && is_usual {
                let usual = usual_suffix(*content);
                let prefix = self.prefix_of(part);
                variables.extend(usual.map(|usual| (format!("{prefix}_{usual}"), *content)));
            }
        }
        variables
    }

    /// Returns the beginning of the usual variables of a part of a consent.
    fn prefix_of(&self, part: &Part) -> Cow<'_, str> {
        if part.is_main() {
            return Cow::Borrowed(&self.env_prefix);
        }
        let part = part.as_str().to_ascii_uppercase().replace('-', "_");
        Cow::Owned(format!("{}_{part}", self.env_prefix))
    }

    /// Returns all variables that xreq sets or removes for an agent that uses the provider.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        let kinds = self.kinds().into_iter();
        let removed = self.remove_env.iter().map(|removed| removed.name.clone());
        kinds.flat_map(|kind| self.variables_of(kind)).map(|(name, _)| name).chain(removed)
    }

    /// Returns the variables that are no app's to have for a secret: those that are set for grants, and
    /// those that are removed. An app may have those of other kinds where no credential of the kind is
    /// handed over.
    pub fn own_variables(&self) -> impl Iterator<Item = String> {
        let removed = self.remove_env.iter().map(|removed| removed.name.clone());
        self.variables_of(Kind::Oauth2).into_iter().map(|(name, _)| name).chain(removed)
    }

    /// Returns whether a variable is one of these.
    pub fn owns_variable(&self, name: &str) -> bool {
        self.own_variables().any(|own| own == name)
    }
}

/// Returns the end of the name of the usual variable, behind the provider's prefix.
fn usual_suffix(content: VariableContent) -> Option<&'static str> {
    match content {
        VariableContent::AccessToken => Some("ACCESS_TOKEN"),
        VariableContent::ExpiresAt => Some("ACCESS_TOKEN_EXPIRES_AT"),
        VariableContent::AccessTokenFile => Some("ACCESS_TOKEN_FILE"),
        _ => None,
    }
}
