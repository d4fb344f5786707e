//! The level that an account's owner is asked for, and what wants it.

use crate::app::connect::dialog::WantedRight;
use crate::catalog::Provider;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::Kind;
use crate::policy::needs::{Need, Needs};
use crate::store::GrantMetadata;

/// The level to ask for. There are no scopes, and so it is the least one that all of it needs.
pub(super) struct AskedLevel {
    pub(super) level: AccessLevel,
    why: String,
}

impl AskedLevel {
    /// Returns the least level that is needed; the highest one where nothing says what is.
    pub(super) fn new(
        stated: Option<AccessLevel>,
        provider: &Provider,
        needs: Option<&Needs<'_>>,
        before: Option<&GrantMetadata>,
    ) -> Self {
        if let Some(level) = stated {
            return Self { level, why: "asked for by name".to_owned() };
        }
        let of_provider = needs.iter().flat_map(|needs| needs.of(provider));
        let served = of_provider.filter(|need| need.kinds.contains(&Kind::Oauth1));
        let needed: Vec<_> = served.map(|need| (level_of(need), need)).collect();
        let before = before.and_then(|grant| grant.level);
        let Some(level) = needed.iter().map(|(level, _)| *level).chain(before).max() else {
            let why = "since nothing says what is needed".to_owned();
            return Self { level: AccessLevel::ReadWriteDirectMessages, why };
        };
        let decisive = needed.iter().filter(|(needs, _)| *needs == level);
        let keys: Vec<_> = decisive.map(|(_, need)| need.requirement.key.as_str()).collect();
        let keys = (!keys.is_empty()).then(|| format!("for {}", keys.join(", ")));
        let earlier = (before == Some(level)).then(|| "granted before".to_owned());
        let why: Vec<_> = keys.into_iter().chain(earlier).collect();
        Self { level, why: why.join(", ") }
    }

    /// Returns it as what the owner is asked for.
    pub(super) fn wanted(&self) -> WantedRight<'_> {
        let (name, allows) = (self.level.name(), allows(self.level));
        WantedRight { name, part: None, allows, why: Some(self.why.clone()) }
    }
}

/// Returns the least level that serves a requirement.
fn level_of(need: &Need<'_>) -> AccessLevel {
    need.capability.map_or(AccessLevel::Read, |capability| capability.level)
}

/// Returns what a token of a level may do, in words.
pub(super) fn allows(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::Read => "read what the account can read, but for direct messages",
        AccessLevel::ReadWrite => "read and write for the account, but no direct messages",
        AccessLevel::ReadWriteDirectMessages => {
            "read and write for the account, direct messages too"
        }
    }
}
