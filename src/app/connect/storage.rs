//! The end of an attempt: a grant of the account that was meant is stored, any other one revoked.

use crate::app::connect::approval::Approval;
use crate::app::connect::attempt::Attempt;
use crate::app::connect::confirmation::Confirmation;
use crate::app::connect::exchange::NewGrant;
use crate::app::connect::last_page::LastPage;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::connect::unwanted::{self, Revocation};
use crate::app::grant_service::Keeper;
use crate::audit_log::LoggedEvent;
use crate::error::{Error, Result};
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::store::GrantMetadata;

impl Attempt<'_> {
    /// Stores a grant of the account that was meant, and revokes any other one. Returns the stored
    /// grant, and why its account is not known, if it is not.
    pub(super) fn finish(
        &self,
        keeper: &Keeper<'_>,
        new: NewGrant,
        confirmation: &Confirmation,
        last_page: &LastPage,
    ) -> Result<(GrantMetadata, Option<String>)> {
        let NewGrant { network, mut grant, owner, lock, pending } = new;
        let approval = Approval {
            options: self.options,
            dialog: self.dialog,
            provider: self.provider,
            name: self.name,
            confirmation,
        };
        let lock = match approval.of(&grant, &owner, lock, keeper, last_page) {
            Ok(lock) => lock,
            Err(error) => {
                let endpoint = TokenEndpoint::new(network.http(), self.provider, self.client)?;
                let revocation = Revocation { network: &network, endpoint: &endpoint };
                let end = unwanted::end(&grant, keeper, revocation, self.provider);
                pending.remove(keeper)?;
                let told = Error::new(error.code(), format!("{error}; {end}"));
                return Err(told.with_remedy_of(&error));
            }
        };
        grant.metadata.generation = keeper.store.next_generation(&lock);
        keeper.store.keep_grant(&lock, &grant, &keeper.recipients).map_err(|error| {
            let siblings = SiblingGrants::ended_by(&grant.metadata, self.provider, keeper);
            let end = unwanted::end_siblings(&siblings.but(self.name), &grant.metadata, keeper);
            Error::new(error.code(), format!("{error}{end}")).with_remedy_of(&error)
        })?;
        pending.remove(keeper)?;
        self.context.record_grant(LoggedEvent::Connect, &grant.metadata, &grant.access_token);
        Ok((grant.metadata, owner.err()))
    }
}
