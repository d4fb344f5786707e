//! Everything that a manifest decides without anybody looking.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::manifest::Requirements;
use crate::manifest::delivery::OnRefresh;

/// Everything that a manifest decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authority {
    /// Integration keys; a provider by itself, where it stands without scopes.
    keys: BTreeSet<String>,
    /// Raw scopes, as `PROVIDER SCOPE`.
    scopes: BTreeSet<String>,
    /// Kinds of credentials that are named, as `KEY KIND`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    kinds: BTreeSet<String>,
    /// Parts of consents that are named, as `KEY PART`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    parts: BTreeSet<String>,
    /// Variables that are named, as `KEY CONTENT NAME`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    env: BTreeSet<String>,
    /// Names of secrets.
    secrets: BTreeSet<String>,
    /// Ways in which the agent gets tokens.
    delivery: BTreeSet<String>,
    /// The ways in which it is told of new ones: commands word for word.
    on_refresh: BTreeSet<String>,
}

impl Authority {
    /// Returns the authority that requirements ask for.
    pub fn of(requirements: &Requirements) -> Self {
        let mut authority = Self::default();
        for integration in &requirements.integrations {
            if integration.scopes.is_empty() {
                authority.keys.insert(integration.key.clone());
            }
            let scopes = integration.scopes.iter();
            let scopes = scopes.map(|scope| format!("{} {}", integration.key, scope.name));
            authority.scopes.extend(scopes);
            let key = &integration.key;
            let kinds = integration.kinds.iter().map(|it| format!("{key} {}", it.value.name()));
            authority.kinds.extend(kinds);
            let parts = integration.parts.iter().map(|it| format!("{key} {}", it.value.as_str()));
            authority.parts.extend(parts);
            let names = integration.env.iter();
            let names = names.map(|it| format!("{key} {} {}", it.content.name(), it.name));
            authority.env.extend(names);
        }
        authority.secrets.extend(requirements.secrets.iter().map(|secret| secret.name.clone()));
        let ways = requirements.delivery.iter().map(|way| way.value.name().to_owned());
        authority.delivery.extend(ways);
        let action = requirements.on_refresh.as_ref().map(|stated| &stated.value);
        let action = action.filter(|action| **action != OnRefresh::None);
        authority.on_refresh.extend(action.map(ToString::to_string));
        authority
    }

    /// Returns the part of it that another authority does not have: with nothing left, that one
    /// covers it.
    #[must_use]
    pub fn beyond(&self, trusted: &Self) -> Self {
        let rest = |asked: &BTreeSet<String>, trusted| asked.difference(trusted).cloned().collect();
        Self {
            keys: rest(&self.keys, &trusted.keys),
            scopes: rest(&self.scopes, &trusted.scopes),
            kinds: rest(&self.kinds, &trusted.kinds),
            parts: rest(&self.parts, &trusted.parts),
            env: rest(&self.env, &trusted.env),
            secrets: rest(&self.secrets, &trusted.secrets),
            delivery: rest(&self.delivery, &trusted.delivery),
            on_refresh: rest(&self.on_refresh, &trusted.on_refresh),
        }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts().next().is_none()
    }

    /// Returns each part of it with the name of its kind, commands first.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let kinds = [
            ("on_refresh", &self.on_refresh),
            ("delivery", &self.delivery),
            ("key", &self.keys),
            ("scope", &self.scopes),
            ("kind", &self.kinds),
            ("part", &self.parts),
            ("env", &self.env),
            ("secret", &self.secrets),
        ];
        kinds.into_iter().flat_map(|(kind, all)| all.iter().map(move |one| (kind, one.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Source;
    use crate::manifest;

    fn authority(text: &str) -> Authority {
        let source = Source::new("xreq.yaml", text.to_owned());
        let (requirements, findings) = manifest::read(&source);
        assert!(findings.is_empty(), "{findings:?}");
        Authority::of(&requirements)
    }

    fn growth(from: &str, to: &str) -> Vec<(&'static str, String)> {
        let growth = authority(to).beyond(&authority(from));
        growth.parts().map(|(kind, part)| (kind, part.to_owned())).collect()
    }

    const SMALL: &str = "requirements:\n  integrations: [x.tweet.read]\n  on_refresh: exec a\n";

    #[test]
    fn comments_order_and_what_is_optional_are_no_growth() {
        for to in [
            SMALL,
            "# a comment\nrequirements:\n  on_refresh: exec a\n  integrations: [x.tweet.read]\n",
            "requirements:\n  integrations: [{key: x.tweet.read, optional: true, description: d}]\n",
            "integrations: [x.tweet.read]\n",
            "requirements:\n  secrets: []\n  on_refresh: none\n",
        ] {
            let source = Source::new("xreq.yaml", to.to_owned());
            let asked = Authority::of(&manifest::read(&source).0);
            assert!(asked.beyond(&authority(SMALL)).is_empty(), "{to}");
        }
    }

    #[test]
    fn whatever_is_added_or_changed_is_growth() {
        for (to, kind, part) in [
            (SMALL.replace("exec a", "exec a "), "", ""),
            (SMALL.replace("exec a", "exec b"), "on_refresh", "exec b"),
            (SMALL.replace("exec a", "exec a  b"), "on_refresh", "exec a  b"),
            (SMALL.replace("exec a", "restart"), "on_refresh", "restart"),
            (SMALL.replace("read]", "read, x.dm.read]"), "key", "x.dm.read"),
            (SMALL.replace("read]", "read, x]"), "key", "x"),
            (
                SMALL.replace("[x.tweet.read]", "[{key: x, scopes: [dm.read]}]"),
                "scope",
                "x dm.read",
            ),
            (
                SMALL.replace("[x.tweet.read]", "[{key: x.tweet.read, kind: oauth1}]"),
                "kind",
                "x.tweet.read oauth1",
            ),
            (
                SMALL.replace("[x.tweet.read]", "[{key: x.tweet.read, part: user}]"),
                "part",
                "x.tweet.read user",
            ),
            (
                SMALL.replace("[x.tweet.read]", "[{key: x.tweet.read, env: {access_token: T}}]"),
                "env",
                "x.tweet.read access_token T",
            ),
            (SMALL.to_owned() + "  secrets: [A_KEY]\n", "secret", "A_KEY"),
            (SMALL.to_owned() + "  delivery: [file]\n", "delivery", "file"),
        ] {
            let expected: Vec<_> = Some((kind, part.to_owned()))
                .filter(|(kind, _)| !kind.is_empty())
                .into_iter()
                .collect();
            assert_eq!(growth(SMALL, &to), expected, "{to}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let all = authority(
            "requirements:\n  integrations: [x.tweet.read, {key: x, scopes: [dm.read]}]\n  \
             secrets: [A_KEY]\n  delivery: [file]\n  on_refresh: exec a \"b\"\n",
        );
        let text = serde_json::to_string(&all).expect("it is texts");
        assert_eq!(serde_json::from_str::<Authority>(&text).expect("it is the same"), all);
        assert!(serde_json::from_str::<Authority>("{\"tools\": []}").is_err());
    }
}
