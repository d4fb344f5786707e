//! The end of an attempt: grants of the account that was meant are stored, any others revoked.

use crate::app::connect::approval::{Approval, Candidate};
use crate::app::connect::attempt::Attempt;
use crate::app::connect::confirmation::Confirmation;
use crate::app::connect::exchange::{NewGrant, NewGrants};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::pending::Pending;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::connect::unwanted::{self, Revocation};
use crate::app::grant_service::Keeper;
use crate::audit_log::LoggedEvent;
use crate::error::{Error, Result};
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::store::{Grant, GrantMetadata, Lock};

/// A grant that is stored.
pub(super) struct StoredGrant {
    pub(super) metadata: GrantMetadata,
    /// Reason why its account is not known, if it is not.
    pub(super) unnamed: Option<String>,
}

impl Attempt<'_> {
    /// Stores the grants of a consent of the account that was meant, and revokes those of any other one.
    /// They are all pending until each is stored: if one cannot be, what was stored before it stays, and
    /// is told.
    pub(super) fn finish(
        &self,
        keeper: &Keeper<'_>,
        new: NewGrants,
        confirmation: &Confirmation,
        last_page: &LastPage,
    ) -> Result<Vec<StoredGrant>> {
        let NewGrants { network, grants } = new;
        let approval = Approval {
            options: self.options,
            dialog: self.dialog,
            provider: self.provider,
            account: self.name,
            confirmation,
        };
        let (mut candidates, mut locks, mut pending) = (Vec::new(), Vec::new(), Vec::new());
        for NewGrant { grant, owner, lock, pending: of_grant } in grants {
            candidates.push(Candidate { grant, owner });
            locks.push(lock);
            pending.push(of_grant);
        }
        let locks = match approval.of(&candidates, locks, keeper, last_page) {
            Ok(locks) => locks,
            Err(error) => {
                let endpoint = TokenEndpoint::new(network.http(), self.provider, self.client)?;
                let revocation = Revocation { network: &network, endpoint: &endpoint };
                let mut ends: Vec<_> = Vec::new();
                for (Candidate { grant, .. }, pending) in candidates.iter().zip(&pending) {
                    let end = unwanted::end(grant, keeper, revocation, self.provider);
                    pending.remove(keeper)?;
                    if !ends.contains(&end) {
                        ends.push(end);
                    }
                }
                let told = Error::new(error.code(), format!("{error}; {}", ends.join("; ")));
                return Err(told.with_remedy_of(&error));
            }
        };
        let mut stored: Vec<StoredGrant> = Vec::new();
        for ((Candidate { grant, owner }, lock), pending) in
            candidates.into_iter().zip(&locks).zip(&pending)
        {
            let metadata = self.store(keeper, grant, lock, pending).map_err(|error| {
                let kept: Vec<_> = stored.iter().map(|it| it.metadata.id().to_string()).collect();
                if kept.is_empty() {
                    return error;
                }
                let message = format!("{error}; {} was stored before", kept.join(", "));
                Error::new(error.code(), message).with_remedy_of(&error)
            })?;
            stored.push(StoredGrant { metadata, unnamed: owner.err() });
        }
        Ok(stored)
    }

    /// Stores a grant, which is no longer pending then.
    fn store(
        &self,
        keeper: &Keeper<'_>,
        mut grant: Grant,
        lock: &Lock<Grant>,
        pending: &Pending,
    ) -> Result<GrantMetadata> {
        grant.metadata.generation = keeper.store.next_generation(lock);
        keeper.store.keep_grant(lock, &grant, &keeper.recipients).map_err(|error| {
            let siblings = SiblingGrants::ended_by(&grant.metadata, self.provider, keeper);
            let name = grant.metadata.id();
            let end = unwanted::end_siblings(&siblings.but(&name), &grant.metadata, keeper);
            Error::new(error.code(), format!("{error}{end}")).with_remedy_of(&error)
        })?;
        pending.remove(keeper)?;
        self.context.record_grant(LoggedEvent::Connect, &grant.metadata, &grant.access_token);
        Ok(grant.metadata)
    }
}
