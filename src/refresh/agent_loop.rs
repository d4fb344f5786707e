//! The thread: it goes round the grants, and does what is next for each.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::schedule::{self, Next};
use crate::catalog::Provider;
use crate::credential::freshness;
use crate::credential::freshness::Want;
use crate::credential::health::Health;
use crate::error::{Code, Error, Result};
use crate::refresh::agent_event::Event;
use crate::refresh::agent_options::{Holding, Options};
use crate::refresh::agent_thread::{STACK, no_thread};
use crate::refresh::live_token::Live;
use crate::refresh::monitor::{Monitor, Work};
use crate::refresh::token_requests::{Bounds, Done, Shared, Unavailable};
use crate::store::{GrantMetadata, GrantName};

/// Maximum sleep of the thread if there is no grant to look at.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// State of the thread for its rounds.
pub(crate) struct Round {
    watches: Vec<Monitor>,
    options: Arc<Options>,
    shared: Arc<Shared>,
    tell: Box<dyn Fn(Event) -> Result<()> + Send>,
    /// Seed for this process's turns.
    seed: u64,
}

impl Round {
    pub(crate) fn new(
        names: Vec<GrantName>,
        options: Options,
        shared: Arc<Shared>,
        tell: Box<dyn Fn(Event) -> Result<()> + Send>,
    ) -> Self {
        let watches = names.into_iter().map(Monitor::new).collect();
        let seed = getrandom::u64().expect("the system has random numbers once it is up");
        Self { watches, options: Arc::new(options), shared, tell, seed }
    }

    /// Goes round until the end.
    pub(crate) fn go(mut self) {
        loop {
            let mut sleep = LONGEST_SLEEP;
            for at in 0..self.watches.len() {
                sleep = sleep.min(self.see_to(at));
            }
            if !self.shared.wait(sleep) {
                return;
            }
        }
    }

    /// Does what is next for a grant, and says after what time to come back.
    fn see_to(&mut self, at: usize) -> Duration {
        let now = Timestamp::now();
        let options = Arc::clone(&self.options);
        let is_new = !self.watches[at].is_known;
        // Before its file is looked at, which then has what the worker wrote.
        let done = self.shared.take_done(at);
        let is_reissued = self.watches[at].look(&options.store, now);
        let provider = options
            .catalog
            .provider(self.watches[at].name.provider.as_str())
            .expect("the start has looked for it");
        if is_reissued {
            self.reissued(at, provider, is_new);
        }
        if let Some(done) = done {
            self.done(at, done, provider, now);
        }
        let watch = &self.watches[at];
        let next = watch.metadata.as_ref().map(|grant| self.next(watch, grant, provider, now));
        self.judge(at, next, provider);
        self.shared.serve(at, now);
        self.act(at, provider, now);
        self.pause(at, next, provider, now)
    }

    /// Handles that a grant may have other tokens than before, or that there is none.
    fn reissued(&mut self, at: usize, provider: &Provider, is_new: bool) {
        let watch = &mut self.watches[at];
        watch.is_told = false;
        let has_other_tokens = watch.has_other_tokens();
        let Some(grant) = &watch.metadata else {
            return self.shared.set_live(at, None);
        };
        self.shared.set_bounds(at, bounds(grant, provider));
        match (self.options.holding, self.shared.live(at)) {
            (Holding::Tokens, Some(live)) if is_new => watch.tell(&live),
            (Holding::Tokens, _) => {}
            (Holding::Metadata, _) => {
                watch.is_told = true;
                if has_other_tokens && !is_new {
                    let name = watch.name.clone();
                    self.tell(Event::Refreshed(name));
                }
            }
        }
    }

    /// Handles the end of a worker.
    fn done(&mut self, at: usize, done: Done, provider: &Provider, now: Timestamp) {
        let Some(work) = self.watches[at].at_work.take() else { return };
        match done {
            Ok(token) => {
                let token = token.filter(|_| self.watches[at].metadata.is_some());
                let arrival = token.map_or(Ok(()), |token| self.arrived(at, token));
                let is_in_vain = self.is_in_vain(at, &work, provider, now);
                let watch = &mut self.watches[at];
                match arrival {
                    Err(error) => watch.fail(Arc::new(error), now),
                    Ok(()) if is_in_vain => watch.fail(Arc::new(in_vain(&watch.name)), now),
                    Ok(()) => watch.succeed(),
                }
            }
            Err(error) if work.failures == self.watches[at].failures => {
                self.watches[at].fail(Arc::new(error), now);
            }
            // The grant says so too.
            Err(_) => {}
        }
    }

    /// Takes a token that is here, and may be a new one. One that was not taken is not told of: it will
    /// be fetched again.
    fn arrived(&mut self, at: usize, live: Live) -> Result<()> {
        let (old, live) = (self.shared.live(at), Arc::new(live));
        let watch = &mut self.watches[at];
        if !watch.is_taken || old.is_none_or(|old| !old.equals(&live)) {
            let taken = (self.tell)(Event::Arrived(watch.name.clone(), Arc::clone(&live)));
            self.shared.set_live(at, Some(Arc::clone(&live)));
            watch.is_taken = taken.is_ok();
            taken?;
            let name = watch.name.clone();
            self.tell(Event::Refreshed(name));
        }
        self.watches[at].tell(&live);
        Ok(())
    }

    /// Returns whether a worker that reports no failure has done nothing, and the same is to be done
    /// again: it judges by something else than this process does, such as other provider files.
    fn is_in_vain(&self, at: usize, work: &Work, provider: &Provider, now: Timestamp) -> bool {
        let watch = &self.watches[at];
        let Some(grant) = watch.metadata.as_ref().filter(|_| watch.is_as_before(work)) else {
            return false;
        };
        let next = schedule::next(grant, provider, work.want, watch.failures, self.seed, now);
        let is_missing = self.options.holding == Holding::Tokens && !watch.is_told;
        next == Next::Refresh || is_missing
    }

    /// Tells of what can only be heard.
    fn tell(&self, event: Event) {
        let _ = (self.tell)(event);
    }

    fn next(
        &self,
        watch: &Monitor,
        grant: &GrantMetadata,
        provider: &Provider,
        now: Timestamp,
    ) -> Next {
        let want = self.want(grant, provider);
        schedule::next(grant, provider, want, watch.failures, self.seed, now)
    }

    fn want(&self, grant: &GrantMetadata, provider: &Provider) -> Want {
        let standing = freshness::standing(grant, provider);
        Want { older_than: self.options.older_than, ..standing }
    }

    /// Tells of a grant that is no longer as it was.
    fn judge(&mut self, at: usize, next: Option<Next>, provider: &Provider) {
        let watch = &mut self.watches[at];
        let (health, why) = watch.judge(next, provider);
        let before = std::mem::replace(&mut watch.health, health);
        let watch = &self.watches[at];
        let name = || watch.name.clone();
        if before != Health::Connected && health == Health::Connected
            || before == Health::Reconnect && health == Health::Expiring
        {
            self.tell(Event::Recovered(name()));
        }
        if before != health
            && let Some(why) = why
        {
            self.tell(match health {
                Health::Reconnect => Event::Dead(name(), why),
                _ => Event::Failing(name(), why),
            });
        }
    }

    /// Starts a worker if there is something to do, or tells those who wait that nothing can be done.
    fn act(&mut self, at: usize, provider: &Provider, now: Timestamp) {
        let watch = &self.watches[at];
        if watch.at_work.is_some() {
            return;
        }
        let wanted = self.shared.wanted(at);
        let Some(grant) = &watch.metadata else {
            return self.refuse(at, None, provider, now);
        };
        let standing = self.want(grant, provider);
        let min_ttl = wanted.map_or(standing.min_ttl, |wanted| wanted.max(standing.min_ttl));
        let want = Want { min_ttl, ..standing };
        let next = schedule::next(grant, provider, want, watch.failures, self.seed, now);
        if next == Next::Refresh {
            self.work(at, want);
        } else if self.has_to_fetch(watch, grant, provider, now) {
            self.work(at, Want::default());
        } else if wanted.is_some() {
            self.refuse(at, Some(next), provider, now);
        }
    }

    /// Returns whether the token of a grant is not here, could be, and nothing speaks against a try.
    fn has_to_fetch(
        &self,
        watch: &Monitor,
        grant: &GrantMetadata,
        provider: &Provider,
        now: Timestamp,
    ) -> bool {
        let next_try = watch.failures.next_try(grant, provider, self.seed, now);
        self.options.holding == Holding::Tokens
            && !watch.is_told
            && next_try.is_none_or(|at| at <= now)
            && freshness::serves(grant, SignedDuration::ZERO, provider, now)
    }

    /// Tells those who wait that there is no token, by what is next.
    fn refuse(&self, at: usize, next: Option<Next>, provider: &Provider, now: Timestamp) {
        let watch = &self.watches[at];
        let unavailable = match (next, watch.judge(next, provider)) {
            (_, (Health::Reconnect, Some(why))) => Unavailable::Dead(why),
            (Some(Next::Wait(retry_at)), _) => {
                Unavailable::For { error: watch.failure(provider), retry_at }
            }
            (_, (_, why)) => {
                let error = why.unwrap_or_else(|| watch.failure(provider));
                Unavailable::For { error, retry_at: now + LONGEST_SLEEP }
            }
        };
        self.shared.refuse(at, &unavailable, now);
    }

    /// Starts a worker.
    fn work(&mut self, at: usize, want: Want) {
        let watch = &mut self.watches[at];
        watch.begin(want);
        self.shared.begin_to_try(at);
        let (shared, options) = (Arc::clone(&self.shared), Arc::clone(&self.options));
        let name = watch.name.clone();
        let work = move || {
            let done = match options.holding {
                Holding::Tokens => options.workers.token(&name, want.min_ttl).map(Some),
                Holding::Metadata => options.workers.refresh(&name, want).map(|_| None),
            };
            shared.done(at, done);
        };
        let thread = thread::Builder::new().name("worker".to_owned()).stack_size(STACK);
        if let Err(error) = thread.spawn(work) {
            self.shared.done(at, Err(no_thread(&error)));
        }
    }

    /// Returns after what time to come back to a grant, if nothing is asked or done.
    fn pause(
        &self,
        at: usize,
        next: Option<Next>,
        provider: &Provider,
        now: Timestamp,
    ) -> Duration {
        let Some(grant) = &self.watches[at].metadata else { return LONGEST_SLEEP };
        let every = schedule::look_every(grant, provider);
        match next {
            Some(Next::Look(Some(time)) | Next::Wait(time)) => {
                let left = Duration::try_from(time.duration_since(now)).unwrap_or_default();
                every.min(left.max(Duration::from_millis(1)))
            }
            _ => every,
        }
    }
}

/// Returns the limits of what can be asked of the tokens of a grant. Without a successor, a token is
/// used to its end.
fn bounds(grant: &GrantMetadata, provider: &Provider) -> Bounds {
    let last = (!grant.refreshable).then_some(SignedDuration::ZERO);
    let usual = freshness::standing(grant, provider).min_ttl;
    Bounds { reach: last.or_else(|| freshness::reach(grant, provider)), usual: Some(usual) }
}

fn in_vain(name: &GrantName) -> Error {
    let message =
        format!("{name} is due, and the process that was to refresh it found nothing to do");
    Error::new(Code::WorkerFailed, message)
        .with_hint("where provider files were changed since the start, start again")
}

#[cfg(test)]
mod tests;
