//! The end of an attempt: a token of the account that was meant is stored, any other one ended.

use age::secrecy::SecretString;
use jiff::Timestamp;

use crate::app::connect::approval::{Approval, Candidate};
use crate::app::connect::confirmation::Confirmation;
use crate::app::connect::last_page::LastPage;
use crate::app::connect::oauth1::attempt::Oauth1Attempt;
use crate::app::connect::pending::Pending;
use crate::app::grant_service::Keeper;
use crate::audit_log::LoggedEvent;
use crate::credential::origins::Origins;
use crate::error::{Error, Result};
use crate::oauth::account::Owner;
use crate::oauth::oauth1::answer::{IssuedToken, RequestToken};
use crate::oauth::oauth1::level::Verified;
use crate::store::{Grant, GrantMetadata, Lock};

/// A token that the provider gave, and that is pending.
pub(super) struct GivenToken {
    grant: Grant,
    /// The account; or why it is not known.
    owner: Result<Owner, String>,
    /// Reason why the level is not known.
    unknown_level: Option<String>,
    lock: Lock<Grant>,
    pending: Pending,
}

impl Oauth1Attempt<'_> {
    /// Exchanges the request token, and asks whose the token is and of which level.
    pub(super) fn give(
        &self,
        keeper: &Keeper<'_>,
        token: &RequestToken,
        verifier: &SecretString,
    ) -> Result<GivenToken> {
        let lock = keeper.reserve(self.name)?;
        let pending = Pending::begin(keeper, self.name)?;
        let now = Timestamp::now();
        let IssuedToken { pair, owner: named } =
            self.exchange(token, verifier).inspect_err(|_| {
                // The room is given back where that is possible; what failed is told in any case.
                let _ = keeper.store.unreserve_grant(&lock);
            })?;
        let metadata = GrantMetadata {
            client_id: Some(self.pair.key.clone()),
            client: Some(self.pair.client.clone()),
            origins: Origins::of(self.provider, self.urls),
            ..GrantMetadata::new(self.name.clone(), now)
        };
        let mut grant = Grant::new(metadata, pair.token.clone());
        grant.token_secret = Some(pair.secret.clone());
        pending.keep(keeper, &grant);
        let (owner, level) = match self.verify(&pair) {
            Ok(Verified { owner, level }) => match named {
                Some(named) if named.id != owner.id => {
                    let (title, one, other) = (&self.provider.title, named.named(), owner.named());
                    let why =
                        format!("{title} gave a token of {one}, and says that it is of {other}");
                    (Err(why), level)
                }
                _ => (Ok(owner), level),
            },
            Err(failure) => {
                let what = failure.request.what;
                (named.ok_or_else(|| what.clone()), Err(format!("it could not be asked: {what}")))
            }
        };
        if let Ok(owner) = &owner {
            grant.metadata.account_id = Some(owner.id.clone());
            grant.metadata.handle.clone_from(&owner.handle);
        }
        let unknown_level = level.as_ref().err().cloned();
        grant.metadata.level = level.ok();
        pending.keep(keeper, &grant);
        Ok(GivenToken { grant, owner, unknown_level, lock, pending })
    }

    /// Stores a token of the account that was meant, and ends any other one. Returns what is stored, and
    /// why its level is not known, if it is not.
    pub(super) fn finish(
        &self,
        keeper: &Keeper<'_>,
        given: GivenToken,
        confirmation: &Confirmation,
        last_page: &LastPage,
    ) -> Result<(GrantMetadata, Option<String>)> {
        let GivenToken { grant, owner, unknown_level, lock, pending } = given;
        let approval = Approval {
            options: self.options,
            dialog: self.dialog,
            provider: self.provider,
            account: self.name,
            confirmation,
        };
        let candidate = [Candidate { grant, owner }];
        let approved = approval.of(&candidate, vec![lock], keeper, last_page);
        let [Candidate { mut grant, .. }] = candidate;
        let stored = approved.and_then(|locks| {
            let lock = &locks[0];
            grant.metadata.generation = keeper.store.next_generation(lock);
            keeper.store.keep_grant(lock, &grant, &keeper.recipients)
        });
        if let Err(error) = stored {
            let end = self.end(&grant, keeper);
            pending.remove(keeper)?;
            let told = Error::new(error.code(), format!("{error}; {end}"));
            return Err(told.with_remedy_of(&error));
        }
        pending.remove(keeper)?;
        self.context.record_grant(LoggedEvent::Connect, &grant.metadata, &grant.access_token);
        Ok((grant.metadata, unknown_level))
    }
}
