//! The approval of the account that consented: by a person, or by what was said before.

use crate::app::connect::confirmation::{Confirmation, ConsentedAccount};
use crate::app::connect::dialog::{Dialog, Reply};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::options::ConnectOptions;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::grant_service::Keeper;
use crate::catalog::Provider;
use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::oauth::account::Owner;
use crate::oauth::consent::page::Page;
use crate::store::{CredentialId, Grant, GrantMetadata, Lock};
use crate::sys::signals;

/// The approval of a new credential, before it becomes the label's.
pub(super) struct Approval<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    pub(super) name: &'a CredentialId,
    pub(super) confirmation: &'a Confirmation,
}

impl Approval<'_> {
    /// Confirms the account that consented. If the label passes to nobody else by it, nothing is asked,
    /// and no signal keeps the grant from being stored: the consent may have ended the label's older one
    /// already. The lock is not held while a person thinks.
    pub(super) fn of(
        &self,
        grant: &Grant,
        owner: &Result<Owner, String>,
        lock: Lock<Grant>,
        keeper: &Keeper<'_>,
        last_page: &LastPage,
    ) -> Result<Lock<Grant>> {
        let stored = || keeper.store.grant(self.name);
        let before = stored()?.map(|sealed| sealed.metadata);
        let mut account = ConsentedAccount {
            name: self.name,
            owner: owner.as_ref().map_err(String::as_str),
            before: before.as_ref(),
            may_replace: self.options.may_replace,
            expected: self.confirmation.expected(),
            ended: Vec::new(),
            maybe_ended: Vec::new(),
        };
        let judged = account.judge(self.confirmation);
        if judged.is_ok() && account.is_settled(self.confirmation) {
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
