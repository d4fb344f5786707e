//! Leases instead of locks, as in a database.

use std::time::Duration;

use jiff::Timestamp;

use super::store::{MemoryStore, Row, RowLease};
use crate::error::{Code, Error, Result};
use crate::model::credential_id::CredentialId;
use crate::store::due_work::{Claim, Completion, DueWork};
use crate::store::grant::SealedGrant;

/// The time that a worker may take: longer than a request, with its time-outs, and the write after
/// it.
const LEASE: Duration = Duration::from_secs(90);

/// A lease.
#[derive(Debug)]
pub struct Lease {
    /// Its number, which no other one has.
    number: u64,
    /// The revision of the grant that may be replaced: the fence.
    fence: u64,
}

impl DueWork for MemoryStore {
    type Lock = Lease;

    async fn claim(&self, most: usize, now: Timestamp) -> Result<Vec<Claim<Lease>>> {
        let mut rows = self.rows();
        let due = |(id, row): (&CredentialId, &Row)| {
            row.due_at.filter(|at| *at <= now).map(|at| (at, id.clone()))
        };
        let mut due: Vec<_> = rows.grants.iter().filter_map(due).collect();
        due.sort_unstable();
        let mut claims = Vec::new();
        for (_, id) in due.into_iter().take(most) {
            let number = rows.number();
            let Some(row) = rows.grants.get_mut(&id) else { continue };
            row.due_at = None;
            let end = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
            row.lease = Some(RowLease { number, end, is_announced: false });
            let held = Lease { number, fence: row.revision };
            claims.push(Claim { grant: row.grant(&id)?, id, waited: false, held });
        }
        Ok(claims)
    }

    async fn claim_one(&self, id: &CredentialId) -> Result<Option<Claim<Lease>>> {
        let (mut rows, waited) = self.await_lease_end(id)?;
        let number = rows.number();
        let Some(row) = rows.grants.get_mut(id) else { return Ok(None) };
        row.due_at = None;
        let end = Timestamp::now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        row.lease = Some(RowLease { number, end, is_announced: false });
        let held = Lease { number, fence: row.revision };
        Ok(Some(Claim { grant: row.grant(id)?, id: id.clone(), waited, held }))
    }

    async fn announce(&self, claim: &mut Claim<Lease>, marked: SealedGrant) -> Result<()> {
        let mut rows = self.rows();
        let held = &claim.held;
        let row = rows.grants.get_mut(&claim.id);
        let Some(row) = row.filter(|row| row.is_held_by(held.number)) else {
            let message = format!("the lease of {} has ended", claim.id);
            return Err(Error::new(Code::StoreBusy, message).with_hint("claim it again"));
        };
        row.announce(&marked);
        claim.grant = marked;
        Ok(())
    }

    async fn complete(&self, claim: Claim<Lease>, grant: SealedGrant) -> Result<Completion> {
        let mut rows = self.rows();
        if rows.grants.get(&claim.id).map(|row| row.revision) != Some(claim.held.fence) {
            return Ok(Completion::Superseded);
        }
        rows.write(claim.id, &grant, self.policy());
        self.lease_ended();
        Ok(Completion::Stored)
    }

    async fn release(&self, claim: Claim<Lease>, due_at: Option<Timestamp>) -> Result<()> {
        let mut rows = self.rows();
        let row = rows.grants.get_mut(&claim.id);
        if let Some(row) = row.filter(|row| row.is_held_by(claim.held.number)) {
            (row.due_at, row.lease) = (due_at, None);
        }
        self.lease_ended();
        Ok(())
    }

    async fn expire(&self, now: Timestamp) -> Result<Vec<CredentialId>> {
        let mut rows = self.rows();
        let mut expired = Vec::new();
        for (id, row) in &mut rows.grants {
            match row.lease {
                Some(RowLease { end, is_announced, .. }) if end < now => {
                    row.lease = None;
                    if is_announced {
                        expired.push(id.clone());
                    } else {
                        row.due_at = Some(now);
                    }
                }
                _ => {}
            }
        }
        Ok(expired)
    }
}
