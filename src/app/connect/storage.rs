//! The end of an attempt: a grant of the account that was meant is stored, any other one revoked.

use crate::app::connect::attempt::Attempt;
use crate::app::connect::confirmation::{Confirmation, ConsentedAccount};
use crate::app::connect::dialog::Reply;
use crate::app::connect::exchange::NewGrant;
use crate::app::connect::last_page::LastPage;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::connect::unwanted::{self, Revocation};
use crate::app::grant_service::Keeper;
use crate::audit_log::LoggedEvent;
use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::oauth::account::Owner;
use crate::oauth::consent::page::Page;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::store::{Grant, GrantMetadata, Lock};
use crate::sys::signals;

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
        let lock = match self.confirm(keeper, &grant, &owner, lock, confirmation, last_page) {
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

    /// Confirms the account that consented. If the label passes to nobody else by it, nothing is asked,
    /// and no signal keeps the grant from being stored: the consent may have ended the label's older one
    /// already. The lock is not held while a person thinks.
    fn confirm(
        &self,
        keeper: &Keeper<'_>,
        grant: &Grant,
        owner: &Result<Owner, String>,
        lock: Lock<Grant>,
        confirmation: &Confirmation,
        last_page: &LastPage,
    ) -> Result<Lock<Grant>> {
        let stored = || keeper.store.grant(self.name);
        let before = stored()?.map(|sealed| sealed.metadata);
        let mut account = ConsentedAccount {
            name: self.name,
            owner: owner.as_ref().map_err(String::as_str),
            before: before.as_ref(),
            may_replace: self.options.may_replace,
            expected: confirmation.expected(),
            ended: Vec::new(),
            maybe_ended: Vec::new(),
        };
        let judged = account.judge(confirmation);
        if judged.is_ok() && account.is_settled(confirmation) {
            return Ok(lock);
        }
        if let Err(error) = judged.and_then(|()| not_interrupted()) {
            let _ = keeper.store.unreserve_grant(&lock);
            return Err(error);
        }
        keeper.store.unreserve_grant(&lock)?;
        drop(lock);
        last_page.show(&Page::Confirm { provider: &self.provider.title });
        let siblings = SiblingGrants::ended_by(&grant.metadata, self.provider, keeper);
        (account.ended, account.maybe_ended) = (siblings.same, siblings.possibly_same);
        self.ask(&account)?;
        let lock = keeper.reserve(self.name)?;
        let account = |grant: Option<&GrantMetadata>| grant.and_then(|it| it.account_id.clone());
        if account(stored()?.map(|sealed| sealed.metadata).as_ref()) != account(before.as_ref()) {
            let _ = keeper.store.unreserve_grant(&lock);
            let message = format!("another process connected {} meanwhile", self.name);
            return Err(Error::new(Code::AccountUnconfirmed, message).with_hint(advice![
                Remedy::List(Inventory::Grants).request(),
                " shows whose account it is now"
            ]));
        }
        Ok(lock)
    }

    fn ask(&self, account: &ConsentedAccount<'_>) -> Result<()> {
        let unconfirmed = |message: &str| Err(Error::new(Code::AccountUnconfirmed, message));
        match self.dialog.confirm(account, self.options.patience) {
            Reply::Yes | Reply::Interrupted => not_interrupted(),
            Reply::No => unconfirmed("you did not confirm that the account is yours"),
            Reply::None => unconfirmed("nobody confirmed in time whose account it is"),
        }
    }
}

/// Refuses to go on if a signal waits for the process to end.
fn not_interrupted() -> Result<()> {
    if signals::end_is_wanted() {
        let message = "the process was told to end before it was confirmed who consented";
        return Err(Error::new(Code::Interrupted, message));
    }
    Ok(())
}
