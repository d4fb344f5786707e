//! State shared between token requesters and the refresh thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::options::KeptGrant;

/// Default minimum lifetime of a token: long enough for one use. Tokens that live shortly need not, see
/// [`Bounds`].
const FOR_ONE_USE: SignedDuration = SignedDuration::from_secs(5);

/// The answer to who asks for a token.
#[derive(Debug)]
pub enum Asked {
    /// The token.
    Now(Arc<Live>),
    /// It has to be refreshed first: the answer comes in two minutes at most.
    Later(oneshot::Receiver<Result<Arc<Live>, Unavailable>>),
    /// No grant of this name is kept.
    Unknown,
}

/// The reason why there is no token.
#[derive(Clone, Debug)]
pub enum Unavailable {
    /// The grant is dead.
    Dead(Arc<Error>),
    /// It cannot be refreshed for now.
    For {
        /// Error that occurred.
        error: Arc<Error>,
        /// When it is tried again.
        retry_at: Timestamp,
    },
}

impl Unavailable {
    /// Returns that nothing is kept fresh any more.
    pub(crate) fn ended() -> Self {
        let error = Error::new(Code::WorkerFailed, "the run is at its end");
        Self::For { error: Arc::new(error), retry_at: Timestamp::MAX }
    }
}

/// Limits of what can be asked of the tokens of a grant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// Longest lifetime that can be asked of them, if known.
    pub(crate) reach: Option<SignedDuration>,
    /// Their minimum lifetime while all goes well.
    pub(crate) usual: Option<SignedDuration>,
}

impl Bounds {
    /// Returns how long a token must live by what somebody asks.
    fn min_ttl(&self, asked: Option<SignedDuration>) -> SignedDuration {
        let asked = asked.unwrap_or_else(|| FOR_ONE_USE.min(self.usual.unwrap_or(FOR_ONE_USE)));
        self.reach.map_or(asked, |reach| asked.min(reach))
    }
}

/// The progress for somebody who waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Nothing,
    /// A worker is at work.
    Trying,
    /// A worker was at work, and found nothing wrong: the token is as fresh as it gets.
    Tried,
}

/// Somebody who waits for a token.
struct Waiter {
    asked: Option<SignedDuration>,
    turn: Turn,
    answer: oneshot::Sender<Result<Arc<Live>, Unavailable>>,
}

/// The result of a worker: a token, if one is held.
pub(crate) type Done = Result<Option<Live>>;

/// A grant, as those see it who ask.
struct Entry {
    /// Name of the credential in the launch.
    name: String,
    live: Option<Arc<Live>>,
    bounds: Bounds,
    waiters: Vec<Waiter>,
    done: Option<Done>,
}

/// The shared state.
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    entries: Vec<Entry>,
    has_news: bool,
    has_ended: bool,
}

impl Shared {
    pub(crate) fn of(grants: Vec<KeptGrant>) -> Self {
        let entry = |KeptGrant { name, live }| Entry {
            name: name.name_in_launch(),
            live: live.map(Arc::new),
            bounds: Bounds::default(),
            waiters: Vec::new(),
            done: None,
        };
        let entries = grants.into_iter().map(entry).collect();
        let state = State { entries, has_news: false, has_ended: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Returns the token of a credential, by its name in the launch, if it lives long enough, else a place in the queue.
    pub(crate) fn ask(&self, name: &str, asked: Option<SignedDuration>, now: Timestamp) -> Asked {
        let mut state = self.state();
        let Some(at) = state.entries.iter().position(|entry| entry.name == name) else {
            return Asked::Unknown;
        };
        let entry = &state.entries[at];
        let min_ttl = entry.bounds.min_ttl(asked);
        if let Some(live) = entry.live.as_ref().filter(|live| live.lives(min_ttl, now)) {
            return Asked::Now(Arc::clone(live));
        }
        let (answer, later) = oneshot::channel();
        // At the end nobody answers, and `later` says so at once.
        if !state.has_ended {
            state.entries[at].waiters.push(Waiter { asked, turn: Turn::Nothing, answer });
            self.wake(state);
        }
        Asked::Later(later)
    }

    /// Notes what a worker did.
    pub(crate) fn done(&self, at: usize, done: Done) {
        let mut state = self.state();
        if !state.has_ended {
            state.entries[at].done = Some(done);
            self.wake(state);
        }
    }

    /// Takes the result of a worker, once.
    pub(crate) fn take_done(&self, at: usize) -> Option<Done> {
        let mut state = self.state();
        let entry = &mut state.entries[at];
        let done = entry.done.take()?;
        let turn = if done.is_ok() { Turn::Tried } else { Turn::Nothing };
        let waiters = entry.waiters.iter_mut().filter(|waiter| waiter.turn == Turn::Trying);
        waiters.for_each(|waiter| waiter.turn = turn);
        Some(done)
    }

    /// Returns the token, if one is held.
    pub(crate) fn live(&self, at: usize) -> Option<Arc<Live>> {
        self.state().entries[at].live.clone()
    }

    /// Puts another token in the place of the old one, or none.
    pub(crate) fn set_live(&self, at: usize, live: Option<Arc<Live>>) {
        let mut state = self.state();
        if !state.has_ended {
            state.entries[at].live = live;
        }
    }

    pub(crate) fn set_bounds(&self, at: usize, bounds: Bounds) {
        self.state().entries[at].bounds = bounds;
    }

    /// Gives the token to all who wait and whom it serves; and to those for whom a worker was at work,
    /// as long as it lives at all.
    pub(crate) fn serve(&self, at: usize, now: Timestamp) {
        let mut state = self.state();
        let entry = &mut state.entries[at];
        let Some(live) = &entry.live else { return };
        let bounds = entry.bounds;
        let is_served = |waiter: &mut Waiter| {
            let least = bounds.min_ttl(waiter.asked);
            live.lives(if waiter.turn == Turn::Tried { SignedDuration::ZERO } else { least }, now)
        };
        for waiter in entry.waiters.extract_if(.., is_served) {
            // Who went away meanwhile needs no answer.
            let _ = waiter.answer.send(Ok(Arc::clone(live)));
        }
    }

    /// Returns how long a token must live for all who wait; `None` if nobody does.
    pub(crate) fn wanted(&self, at: usize) -> Option<SignedDuration> {
        let mut state = self.state();
        let entry = &mut state.entries[at];
        entry.waiters.retain(|waiter| !waiter.answer.is_closed());
        let bounds = entry.bounds;
        entry.waiters.iter().map(|waiter| bounds.min_ttl(waiter.asked)).max()
    }

    /// Notes that a worker is at work, for all who wait now.
    pub(crate) fn begin_to_try(&self, at: usize) {
        self.state().entries[at].waiters.iter_mut().for_each(|waiter| waiter.turn = Turn::Trying);
    }

    /// Tells all who wait that there is no token that lives long enough. A requester that does not say
    /// how long that is gets the old one as long as it lives at all.
    pub(crate) fn refuse(&self, at: usize, why: &Unavailable, now: Timestamp) {
        let mut state = self.state();
        let entry = &mut state.entries[at];
        let old = entry.live.as_ref().filter(|live| live.lives(SignedDuration::ZERO, now));
        for waiter in entry.waiters.drain(..) {
            let old = old.filter(|_| waiter.asked.is_none());
            let _ = waiter.answer.send(old.cloned().ok_or_else(|| why.clone()));
        }
    }

    /// Waits until something is asked or done, but no longer than this; `false` at the end.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let is_idle = |state: &mut State| !state.has_news && !state.has_ended;
        let waited = self.changed.wait_timeout_while(self.state(), at_most, is_idle);
        let (mut state, _) = waited.expect("nobody panics with it");
        state.has_news = false;
        !state.has_ended
    }

    /// Ends the thread, and everything that is waited for; no token is held any longer.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.has_ended = true;
        for entry in &mut state.entries {
            (entry.live, entry.done) = (None, None);
            entry.waiters.clear();
        }
        self.wake(state);
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        state.has_news = true;
        drop(state);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;

    use super::*;
    use crate::model::credential_id::{CredentialId, Kind};
    use crate::model::name::Label;
    use crate::model::scope::ScopeSet;

    #[test]
    fn two_credentials_of_a_provider_have_two_names() {
        let grant = CredentialId::grant("x".parse().unwrap(), Label::default());
        let other = CredentialId { kind: Kind::Oauth1, ..grant.clone() };
        let kept = [(grant, "of-oauth2"), (other, "of-oauth1")].map(|(name, token)| {
            let access_token = token.to_owned().into();
            let live = Live { access_token, expires_at: None, scopes: ScopeSet::default() };
            KeptGrant { name, live: Some(live) }
        });
        let shared = Shared::of(kept.into());
        for (name, token) in
            [("x", Some("of-oauth2")), ("x~oauth1~main", Some("of-oauth1")), ("x~oauth1", None)]
        {
            let given = match shared.ask(name, None, Timestamp::UNIX_EPOCH) {
                Asked::Now(live) => Some(live.access_token.expose_secret().to_owned()),
                _ => None,
            };
            assert_eq!(given.as_deref(), token, "{name}");
        }
    }
}
