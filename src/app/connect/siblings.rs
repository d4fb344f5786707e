//! The stored grants that are, or may be, of the account and the client of another grant.

use crate::app::accounts::names;
use crate::app::grant_service::Keeper;
use crate::catalog::Provider;
use crate::credential::freshness::is_rejected;
use crate::error::Error;
use crate::model::credential_id::Kind;
use crate::model::name::Slug;
use crate::store::{CredentialId, GrantMetadata};

/// The stored grants beside another one, by their names.
#[derive(Default)]
pub(super) struct SiblingGrants {
    /// Those of the same account and client.
    pub(super) same: Vec<CredentialId>,
    /// Those whose account or client is not known, or that of the other grant is not.
    pub(super) possibly_same: Vec<CredentialId>,
}

impl SiblingGrants {
    /// Returns those that may be of this account and client.
    pub(super) fn beside(grant: &GrantMetadata, keeper: &Keeper<'_>) -> Self {
        let GrantMetadata { provider, account_id, client_id, .. } = grant;
        let of = (provider, grant.kind);
        Self::of(of, account_id.as_deref(), client_id.as_deref(), keeper, |_| true)
    }

    /// Returns those that the consent to a grant ended, or may have ended: with some providers, the newer
    /// of two grants of one account to one client ends the older. One that is known as dead ended before.
    pub(super) fn ended_by(
        grant: &GrantMetadata,
        provider: &Provider,
        keeper: &Keeper<'_>,
    ) -> Self {
        // What a consent to another kind ends is not known.
        if !provider.quirks.one_grant_per_client_and_account || grant.kind != Kind::Oauth2 {
            return Self::default();
        }
        let GrantMetadata { provider, account_id, client_id, connected_at, .. } = grant;
        let of = (provider, grant.kind);
        Self::of(of, account_id.as_deref(), client_id.as_deref(), keeper, |other| {
            other.connected_at < *connected_at && !is_rejected(other)
        })
    }

    /// Returns those that a consent of an unknown account may have ended.
    pub(super) fn maybe_ended(
        slug: &Slug,
        client_id: &str,
        provider: &Provider,
        keeper: &Keeper<'_>,
    ) -> Self {
        if !provider.quirks.one_grant_per_client_and_account {
            return Self::default();
        }
        Self::of((slug, Kind::Oauth2), None, Some(client_id), keeper, |other| !is_rejected(other))
    }

    fn of(
        (provider, kind): (&Slug, Kind),
        account_id: Option<&str>,
        client_id: Option<&str>,
        keeper: &Keeper<'_>,
        is_meant: impl Fn(&GrantMetadata) -> bool,
    ) -> Self {
        let mut stored = Self::default();
        let Ok(mut names) = keeper.store.grant_names_of(provider) else { return stored };
        names.retain(|name| name.kind == kind);
        for listed in keeper.store.list_grants(names) {
            let is_same = match &listed.metadata {
                Ok(other) if !is_meant(other) => Some(false),
                Ok(other) => match [
                    is_same(other.account_id.as_deref(), account_id),
                    is_same(other.client_id.as_deref(), client_id),
                ] {
                    [Some(false), _] | [_, Some(false)] => Some(false),
                    [Some(true), Some(true)] => Some(true),
                    _ => None,
                },
                Err(_) => None,
            };
            match is_same {
                Some(true) => stored.same.push(listed.name),
                None => stored.possibly_same.push(listed.name),
                Some(false) => {}
            }
        }
        stored
    }

    /// Leaves the grant of a label out.
    #[must_use]
    pub(super) fn but(mut self, name: &CredentialId) -> Self {
        self.same.retain(|other| other != name);
        self.possibly_same.retain(|other| other != name);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.same.is_empty() && self.possibly_same.is_empty()
    }

    pub(super) fn names(&self) -> String {
        names(self.same.iter().chain(&self.possibly_same))
    }

    /// Notes the end of those that a grant ended for sure. Returns each with what kept it from being
    /// noted.
    pub(super) fn note_end(
        &self,
        by: &GrantMetadata,
        message: &str,
        keeper: &Keeper<'_>,
    ) -> Vec<(CredentialId, Option<Error>)> {
        let note = |name: &CredentialId| keeper.end(name, by.connected_at, message).err();
        self.same.iter().map(|name| (name.clone(), note(name))).collect()
    }
}

/// Returns whether two ids are the same, if both are known.
fn is_same(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    Some(one? == other?)
}
