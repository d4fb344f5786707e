//! Scopes in words for people who have never heard of scopes.

use super::provider::Provider;
use crate::model::scope::ScopeSet;

impl Provider {
    /// Returns what an agent can do with these scopes, in clauses that complete "the agent can …": what
    /// each capability allows that they cover, then each scope that belongs to none of these. A refresh
    /// token does nothing, and is left out.
    pub fn abilities(&self, scopes: &ScopeSet) -> Vec<String> {
        let all = self.closed(scopes);
        let covered = || {
            self.keys_of_scopes().map(|(_, c)| c).filter(|c| self.have_any(&all, c.alternatives()))
        };
        let tells = |it: &ScopeSet, scope: &str| it.contains(scope) && self.covers(&all, it);
        let is_told = |scope: &str| {
            covered().any(|c| c.alternatives().iter().any(|scopes| tells(scopes, scope)))
        };
        let scopes = self.by_wire_names(scopes);
        let others = scopes
            .iter()
            .filter(|scope| Some(*scope) != self.offline_scope.as_deref() && !is_told(scope));
        let others =
            others.map(|scope| clause(self.scopes.get(scope).map_or(scope, |found| &*found.text)));
        covered().map(|capability| capability.allows.clone()).chain(others).collect()
    }
}

/// Returns the description of a scope as a clause.
fn clause(description: &str) -> String {
    let mut characters = description.chars();
    let first = characters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::model::scope::ScopeSet;

    #[test]
    fn scopes_become_what_an_agent_can_do() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("x").unwrap();
        for (scopes, expected) in [
            (
                "offline.access tweet.read tweet.write users.read",
                &[
                    "read posts, timelines and search results",
                    "create, repost and delete posts",
                    "read the profiles of users",
                ][..],
            ),
            ("dm.read", &["read all of the account's direct messages"]),
            (
                "dm.write tweet.read users.read",
                &[
                    "read posts, timelines and search results",
                    "read the profiles of users",
                    "send direct messages",
                ],
            ),
            ("unknown.scope", &["unknown.scope"]),
            ("offline.access", &[]),
        ] {
            assert_eq!(provider.abilities(&ScopeSet::parse(scopes)), expected, "{scopes}");
        }
    }
}
