//! The limits of a run: which hold a call, and its counting.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use super::account::AccountLimit;
use super::call_times::CallTimes;
use super::pace::Pace;
use super::status::LimitStatus;
use super::window::Room;
use crate::broker::credentials::LiveCredential;
use crate::broker::reach::Reach;
use crate::broker::{Admission, Refusal, RefusalCode};
use crate::error::Result;
use crate::model::credential_id::CredentialId;
use crate::sys::state::StateFolder;
use crate::text::time::{in_words, rfc3339};

/// The limits of a run, by its credentials.
pub(crate) struct Limits(Vec<Vec<Arc<Held>>>);

/// A limit on a key for one account.
struct Held {
    reach: Reach,
    paces: Vec<Pace>,
    times: CallTimes,
}

/// A call that was counted, by the limits that hold it and its time there.
#[derive(Default)]
pub(crate) struct Counted(Vec<(Arc<Held>, i64)>);

impl Limits {
    /// Opens the files of the limits of these credentials, in the state folder or another.
    ///
    /// # Errors
    ///
    /// One of them cannot be used.
    pub(crate) fn open(
        limits: &[AccountLimit],
        credentials: &[LiveCredential],
        folder: impl Fn() -> Result<StateFolder>,
    ) -> Result<Self> {
        let of_credential = |credential: &LiveCredential| {
            let its: Vec<_> = limits.iter().filter(|it| it.is_for(&credential.id)).collect();
            let mut reaches: Vec<_> = its.iter().map(|limit| &limit.reach).collect();
            reaches.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            reaches.dedup();
            let held = reaches.into_iter().map(|reach| {
                let paces = its.iter().filter(|limit| limit.reach == *reach);
                let paces: Vec<_> = paces.map(|limit| limit.pace).collect();
                let (of, among) = (&reach.key, paces.clone());
                let times = CallTimes::open(folder()?, &credential.owner, of, among)?;
                Ok(Arc::new(Held { reach: reach.clone(), paces, times }))
            });
            held.collect::<Result<Vec<_>>>()
        };
        credentials.iter().map(of_credential).collect::<Result<_>>().map(Self)
    }

    /// Returns what is left of each limit of these credentials now. It reads files.
    pub(crate) fn left(&self, credentials: &[LiveCredential]) -> Vec<LimitStatus> {
        let now = Timestamp::now().as_millisecond();
        let of_limit = |id: &CredentialId, held: &Held| {
            let left = held.times.left(now).ok();
            let of_pace = |(at, pace): (usize, &Pace)| LimitStatus {
                provider: id.provider.to_string(),
                account: id.account.to_string(),
                key: held.reach.key.clone(),
                calls: pace.calls,
                seconds: pace.window.as_secs(),
                left: left.as_ref().and_then(|left| left.get(at).copied()),
            };
            held.paces.iter().enumerate().map(of_pace).collect::<Vec<_>>()
        };
        let all = credentials.iter().zip(&self.0);
        all.flat_map(|(it, held)| held.iter().flat_map(move |held| of_limit(&it.id, held)))
            .collect()
    }

    /// Counts a call with a credential of the run, by its position, before it goes out: by each limit on a
    /// key that could give its operation.
    ///
    /// # Errors
    ///
    /// A limit is reached, or cannot be held: nothing is counted.
    pub(crate) async fn count(
        &self,
        credential: usize,
        admission: &Admission<'_>,
    ) -> Result<Counted, Refusal> {
        let holds = |held: &&Arc<Held>| held.reach.holds(admission);
        let holding: Vec<_> = self.0[credential].iter().filter(holds).cloned().collect();
        if holding.is_empty() {
            return Ok(Counted::default());
        }
        let counted = spawn_blocking(move || count(&holding)).await;
        let counted = counted.unwrap_or_else(|_| {
            Err(Refusal::new(RefusalCode::LimitUnavailable, "the calls cannot be counted"))
        });
        counted.map_err(|refusal| {
            refusal.of_provider(admission.provider.slug.as_str()).of_operation(admission.operation)
        })
    }
}

impl Counted {
    /// Takes the call out again, since nothing of it went out.
    pub(crate) async fn give_back(self) {
        if !self.0.is_empty() {
            // Where that fails, it stays counted.
            let _ = spawn_blocking(move || undo(&self.0)).await;
        }
    }
}

fn count(holding: &[Arc<Held>]) -> Result<Counted, Refusal> {
    let mut counted = Counted::default();
    for held in holding {
        let now = Timestamp::now();
        let refusal = match held.times.take(now.as_millisecond()) {
            Ok(Room::Now(at)) => {
                counted.0.push((Arc::clone(held), at));
                continue;
            }
            Ok(Room::From(from)) => exceeded(held, from, now),
            Err(error) => {
                let detail =
                    format!("the calls of `{}` cannot be counted: {error}", held.reach.key);
                Refusal::new(RefusalCode::LimitUnavailable, detail)
            }
        };
        undo(&counted.0);
        return Err(refusal);
    }
    Ok(counted)
}

fn undo(counted: &[(Arc<Held>, i64)]) {
    for (held, at) in counted {
        let _ = held.times.give_back(*at);
    }
}

/// Refuses a call until a time.
fn exceeded(held: &Held, from: i64, now: Timestamp) -> Refusal {
    let paces: Vec<_> = held.paces.iter().map(ToString::to_string).collect();
    let limit = format!("`{}` is limited to {}", held.reach.key, paces.join(" and "));
    let from = Timestamp::from_millisecond(from).unwrap_or(Timestamp::MAX);
    let wait = from.duration_since(now);
    let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    let words = in_words(SignedDuration::from_secs(seconds));
    let at = rfc3339(now + SignedDuration::from_secs(seconds.min(MOST_SECONDS)));
    let detail = format!("{limit}: the next call may go in {words}, at {at}");
    Refusal::new(RefusalCode::LimitExceeded, detail).to_be_repeated(seconds.unsigned_abs())
}

/// More than a window has, and a time that can be added to any of today's.
const MOST_SECONDS: i64 = 1000 * 366 * 86_400;
