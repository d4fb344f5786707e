//! The variables through which an agent gets what a provider gave.

use super::environment::VariableContent;
use super::provider::Provider;

impl Provider {
    /// Returns the variables that have a content: those that the provider's file names, else the usual
    /// one. A file that names any names all for tokens and their ends.
    pub fn variables_with(&self, content: VariableContent) -> Vec<String> {
        let named = self.env.iter().filter(|(_, named)| **named == content);
        let named: Vec<_> = named.map(|(name, _)| name.clone()).collect();
        let is_usual = self.env.is_empty() || content == VariableContent::AccessTokenFile;
        if named.is_empty() && is_usual {
            vec![format!("{}_{}", self.env_prefix, content.suffix())]
        } else {
            named
        }
    }

    /// Returns all variables through which an agent gets access tokens, each with its content.
    pub fn token_variables(&self) -> impl Iterator<Item = (String, VariableContent)> {
        VariableContent::ALL.into_iter().flat_map(|content| {
            self.variables_with(content).into_iter().map(move |name| (name, content))
        })
    }

    /// Returns all variables that xreq sets or removes for an agent that uses the provider.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        let removed = self.remove_env.iter().map(|removed| removed.name.clone());
        self.token_variables().map(|(name, _)| name).chain(removed)
    }

    /// Returns whether xreq sets or removes this variable for an agent that uses the provider.
    pub fn owns_variable(&self, name: &str) -> bool {
        self.variables().any(|own| own == name)
    }
}
