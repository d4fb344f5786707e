//! The gap that no credential is stored which could serve a requirement.

use super::outcome::GapKind;
use crate::error::Remedy;
use crate::model::credential_id::{Kind, Part};
use crate::model::name::named_account;
use crate::policy::needs::Need;

/// A credential that is not there.
pub(super) struct MissingCredential {
    /// The kind of the gap.
    pub(super) gap: GapKind,
    /// The missing thing, in words.
    pub(super) message: String,
    /// The action that gets one.
    pub(super) action: Remedy,
}

impl MissingCredential {
    /// Returns the missing credential of a requirement, of this kind and part of a consent. `account` is
    /// the one that was chosen.
    pub(super) fn of(need: &Need<'_>, (kind, part): (Kind, &Part), account: Option<&str>) -> Self {
        let slug = &need.provider.slug;
        let part = (!part.is_main()).then(|| part.as_str());
        let names: Vec<_> = account.into_iter().chain(part).collect();
        let of_account =
            if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let account = account.and_then(named_account).map(str::to_owned);
        let provider = slug.to_string();
        if kind == Kind::Oauth2 {
            return Self {
                gap: GapKind::Integration,
                message: format!("Not connected: {slug}{of_account}"),
                action: Remedy::Connect { provider, account, kind: None },
            };
        }
        let message = format!("No credential of kind {}: {slug}{of_account}", kind.name());
        let can_be_connected = match kind {
            Kind::Oauth1 => true,
            Kind::AppOnly => {
                need.provider.kinds.app_only.as_ref().is_some_and(|it| it.mint_url.is_some())
            }
            _ => false,
        };
        let gap = GapKind::Kind(kind);
        let kind = Some(kind.name());
        let action = if can_be_connected {
            Remedy::Connect { provider, account, kind }
        } else {
            Remedy::Import { provider, account, kind }
        };
        Self { gap, message, action }
    }
}
