//! The interface for keeping many grants fresh: work that falls due, claimed by one worker at a time.
//!
//! A worker claims work that is due, opens each grant and seals it again with the mark of a refresh
//! in flight, announces that, asks the provider, and completes. A claim that is not completed is
//! released where surely nothing was sent. Work that a dying worker leaves behind is due again if
//! nothing was announced, and in doubt otherwise.
//!
//! It is asynchronous, since an engine has thousands of these in flight on a few threads, and asks for
//! no runtime: the futures of a database wait for it, those of a folder are done at the first poll (for
//! as long as a disk takes to sync, which an engine that must not wait leaves to other threads).
//!
//! Nothing here lists grants: due work is found by an index, and metadata are read of claimed
//! grants alone. A database may write many completions as one statement; each is answered on its
//! own.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::grant::SealedGrant;
use crate::credential::grant::GrantMetadata;
use crate::error::Result;
use crate::model::credential_id::CredentialId;

/// A grant that is due, and the right of one worker to refresh it.
#[derive(Debug)]
#[must_use = "it is to be completed or released"]
pub struct Claim<H> {
    /// The id of the grant.
    pub id: CredentialId,
    /// The grant as it was when it was claimed.
    pub grant: SealedGrant,
    /// Whether somebody else had it, and was waited for.
    pub waited: bool,
    /// The right: a lock, or a lease and the fence of what may be replaced.
    pub held: H,
}

/// The result of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The grant is stored durably, and may be used.
    Stored,
    /// The fence does not hold: somebody wrote a newer grant, or removed it. Nothing was written, and
    /// what was to be stored is worth nothing.
    Superseded,
}

/// Grants that fall due.
pub trait DueWork {
    /// The right to refresh one grant.
    type Lock: Send;

    /// Claims grants that are due, the earliest first, and not more than so many: a worker claims what
    /// it sends at once. A store that machines share compares with its own clock instead of `now`.
    fn claim(
        &self,
        most: usize,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Claim<Self::Lock>>>> + Send;

    /// Claims one grant, due or not, as soon as nobody else has it; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Code::StoreBusy`](crate::error::Code::StoreBusy): another one has had it for too long.
    fn claim_one(
        &self,
        id: &CredentialId,
    ) -> impl Future<Output = Result<Option<Claim<Self::Lock>>>> + Send;

    /// Notes durably that a refresh is about to be sent, by the grant with its mark, and makes sure that
    /// new tokens can be stored. Nothing may be sent before this, nor where it fails.
    fn announce(
        &self,
        claim: &mut Claim<Self::Lock>,
        marked: SealedGrant,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Stores what came of a refresh (tokens of the next generation, or the reason why there are none), if
    /// the grant is still the one that was claimed, and ends the claim. This holds after the end of a
    /// lease, too, as long as nobody else wrote the grant.
    fn complete(
        &self,
        claim: Claim<Self::Lock>,
        grant: SealedGrant,
    ) -> impl Future<Output = Result<Completion>> + Send;

    /// Ends a claim of which surely nothing was sent. The grant is due again at this time, if at all.
    fn release(
        &self,
        claim: Claim<Self::Lock>,
        due_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Ends the claims of workers that went away with something announced, and returns their grants:
    /// whether their tokens were spent is not known.
    fn expire(&self, now: Timestamp) -> impl Future<Output = Result<Vec<CredentialId>>> + Send;
}

type Due = dyn Fn(&GrantMetadata) -> Option<Timestamp> + Send + Sync;

/// Says when a grant is due by its metadata, or that it never is.
#[derive(Clone)]
pub struct DuePolicy(Arc<Due>);

impl DuePolicy {
    /// Makes a policy of a function.
    pub fn new(due: impl Fn(&GrantMetadata) -> Option<Timestamp> + Send + Sync + 'static) -> Self {
        Self(Arc::new(due))
    }

    /// Returns when a grant is due.
    pub fn due(&self, grant: &GrantMetadata) -> Option<Timestamp> {
        (self.0)(grant)
    }
}

impl fmt::Debug for DuePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DuePolicy")
    }
}
