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

/// The approval of the new credentials of a consent, before they become the label's.
pub(super) struct Approval<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    pub(super) account: &'a CredentialId,
    pub(super) confirmation: &'a Confirmation,
}

/// A new credential.
pub(super) struct Candidate {
    pub(super) grant: Grant,
    /// The account; or why it is not known.
    pub(super) owner: Result<Owner, String>,
}

impl Approval<'_> {
    /// Confirms the account that consented. If the label passes to nobody else by it, nothing is asked,
    /// and no signal keeps the grants from being stored: the consent may have ended the label's older ones
    /// already. The locks are not held while a person thinks.
    ///
    /// Of several parts each may act as an account of its own, such as a bot. One speaks for the consent:
    /// the one of the account that is expected, else the last.
    pub(super) fn of(
        &self,
        candidates: &[Candidate],
        locks: Vec<Lock<Grant>>,
        keeper: &Keeper<'_>,
        last_page: &LastPage,
    ) -> Result<Vec<Lock<Grant>>> {
        let names: Vec<_> = candidates.iter().map(|it| it.grant.metadata.id()).collect();
        let before = stored(&names, keeper)?;
        let of = |at: usize| ConsentedAccount {
            name: if names.len() == 1 { &names[at] } else { self.account },
            owner: candidates[at].owner.as_ref().map_err(String::as_str),
            before: before[at].as_ref(),
            may_replace: self.options.may_replace,
            expected: self.confirmation.expected(),
            ended: Vec::new(),
            maybe_ended: Vec::new(),
        };
        let all = 0..candidates.len();
        let is_expected = |at: &usize| of(*at).is_expected(self.confirmation);
        let speaks = all.clone().find(is_expected).unwrap_or(candidates.len() - 1);
        let mut account = of(speaks);
        let judged = account
            .judge(self.confirmation)
            .and_then(|()| all.clone().try_for_each(|at| of(at).judge_change()));
        if judged.is_ok() && account.is_settled(self.confirmation) {
            return Ok(locks);
        }
        let unreserved = || locks.iter().map(|lock| keeper.store.unreserve_grant(lock));
        if let Err(error) = judged.and_then(|()| not_interrupted()) {
            unreserved().for_each(drop);
            return Err(error);
        }
        unreserved().collect::<Result<()>>()?;
        drop(locks);
        last_page.show(&Page::Confirm { provider: &self.provider.title });
        for candidate in candidates {
            let of_grant =
                SiblingGrants::ended_by(&candidate.grant.metadata, self.provider, keeper);
            account.ended.extend(of_grant.same);
            account.maybe_ended.extend(of_grant.possibly_same);
        }
        self.ask(&account)?;
        let locks = names.iter().map(|name| keeper.reserve(name)).collect::<Result<Vec<_>>>()?;
        let accounts = |grants: &[Option<GrantMetadata>]| {
            let of_grant = |it: &Option<GrantMetadata>| it.as_ref()?.account_id.clone();
            grants.iter().map(of_grant).collect::<Vec<_>>()
        };
        if accounts(&stored(&names, keeper)?) != accounts(&before) {
            for lock in &locks {
                let _ = keeper.store.unreserve_grant(lock);
            }
            let message = format!("another process connected {} meanwhile", self.account);
            return Err(Error::new(Code::AccountUnconfirmed, message).with_hint(advice![
                Remedy::List(Inventory::Grants).request(),
                " shows whose account it is now"
            ]));
        }
        Ok(locks)
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

/// Returns the grants of some names.
fn stored(names: &[CredentialId], keeper: &Keeper<'_>) -> Result<Vec<Option<GrantMetadata>>> {
    let grant = |name| Ok(keeper.store.grant(name)?.map(|sealed| sealed.metadata));
    names.iter().map(grant).collect()
}

/// Refuses to go on if a signal waits for the process to end.
fn not_interrupted() -> Result<()> {
    if signals::end_is_wanted() {
        let message = "the process was told to end before it was confirmed who consented";
        return Err(Error::new(Code::Interrupted, message));
    }
    Ok(())
}
