//! The thread of an agent's grants: it goes round them, and does what is next for each.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::failure::Trouble;
use crate::credential::freshness;
use crate::credential::freshness::{Stuck, Want};
use crate::credential::health::Health;
use crate::error::{Code, Error, Result};
use crate::refresh::agent::event::GrantEvent;
use crate::refresh::agent::kept::{Kept, Work};
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::options::{Holding, Options};
use crate::refresh::agent::thread::{STACK, no_thread};
use crate::refresh::agent::token_requests::{Bounds, Done, Shared, Unavailable};
use crate::refresh::fleet::Fleet;
use crate::refresh::fleet::completion::Completion;
use crate::refresh::monitor::Monitor;
use crate::refresh::monitor::observation::Rules;
use crate::refresh::monitor::outage::Leave;
use crate::refresh::monitor::schedule::{self, Next};
use crate::store::{CredentialId, GrantMetadata};

/// Maximum sleep of the thread if there is no grant to look at.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// State of the thread for its rounds.
pub(super) struct Rounds {
    grants: Vec<Kept>,
    fleet: Fleet,
    options: Arc<Options>,
    shared: Arc<Shared>,
    tell: Box<dyn Fn(GrantEvent) -> Result<()> + Send>,
    /// Seed for this process's turns.
    seed: u64,
}

impl Rounds {
    pub(super) fn new(
        names: Vec<CredentialId>,
        options: Options,
        shared: Arc<Shared>,
        tell: Box<dyn Fn(GrantEvent) -> Result<()> + Send>,
    ) -> Self {
        let mut fleet = Fleet::default();
        names.iter().cloned().for_each(|name| fleet.keep(name));
        let grants = names.into_iter().map(Kept::new).collect();
        let seed = getrandom::u64().expect("the system has random numbers once it is up");
        Self { grants, fleet, options: Arc::new(options), shared, tell, seed }
    }

    /// Goes round until the end.
    pub(super) fn run(mut self) {
        loop {
            let sleep = self.go_round();
            if !self.shared.wait(sleep) {
                return;
            }
        }
    }

    /// Does what is next for each grant, and returns after what time to come back.
    fn go_round(&mut self) -> Duration {
        let now = Timestamp::now();
        for at in 0..self.grants.len() {
            self.look(at, now);
        }
        while let Some(name) = self.fleet.next(now) {
            let at = self.grants.iter().position(|kept| kept.name == name);
            self.begin(at.expect("the fleet has no others"), None, now);
        }
        let mut sleep = LONGEST_SLEEP;
        for at in 0..self.grants.len() {
            self.attend(at, now);
            sleep = sleep.min(self.look_every(at));
        }
        let wakes_at = self.fleet.wakes_at(now);
        let left =
            wakes_at.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        left.map_or(sleep, |left| sleep.min(left.max(Duration::from_millis(1))))
    }

    /// Looks at a grant, takes in what a worker did to it, and tells of what is no longer as it was.
    fn look(&mut self, at: usize, now: Timestamp) {
        let options = Arc::clone(&self.options);
        let is_new = self.grants[at].seen.is_none();
        // Before its file is looked at, which then has what the worker wrote.
        let done = self.shared.take_done(at);
        let kept = &mut self.grants[at];
        let version = kept.look(&options.store).version;
        if done.is_some() {
            self.fleet.ended(&kept.name, version);
        }
        self.fleet.demand(&kept.name, self.shared.wanted(at));
        let is_reissued = self.observe(at, now);
        if is_reissued {
            self.reissued(at, is_new);
        }
        if let Some(done) = done
            && let Some(work) = self.grants[at].work.take()
            // Where there are other tokens all the same, it is they that are judged.
            && !(is_reissued && done.is_err())
        {
            self.done(at, done, &work, now);
        }
        self.judge(at);
        self.shared.serve(at, now);
    }

    /// Shows a grant to the fleet. Returns whether it may have other tokens than before.
    fn observe(&mut self, at: usize, now: Timestamp) -> bool {
        let kept = &self.grants[at];
        let seen = kept.seen.as_ref().expect("it was looked at");
        self.fleet.saw(&kept.name, seen, &rules(&self.options, self.seed), now)
    }

    /// Handles that a grant may have other tokens than before, or that there is none.
    fn reissued(&mut self, at: usize, is_new: bool) {
        let provider = self.provider(at);
        let kept = &self.grants[at];
        let bounds = kept.metadata().map(|grant| bounds(grant, provider));
        let kept = &mut self.grants[at];
        kept.is_told = false;
        let has_other_tokens = kept.has_other_tokens();
        let Some(bounds) = bounds else {
            return self.shared.set_live(at, None);
        };
        self.shared.set_bounds(at, bounds);
        match (self.options.holding, self.shared.live(at)) {
            (Holding::Tokens, Some(live)) if is_new => kept.tell(&live),
            (Holding::Tokens, _) => {}
            (Holding::Metadata, _) => {
                kept.is_told = true;
                if has_other_tokens && !is_new {
                    let name = kept.name.clone();
                    self.tell(GrantEvent::Refreshed(name));
                }
            }
        }
    }

    /// Handles the end of a worker.
    fn done(&mut self, at: usize, done: Done, work: &Work, now: Timestamp) {
        let result = done.and_then(|token| {
            let token = token.filter(|_| self.grants[at].metadata().is_some());
            token.map_or(Ok(()), |token| self.arrived(at, token))?;
            if self.is_in_vain(at, work, now) {
                return Err(in_vain(&self.grants[at].name));
            }
            Ok(true)
        });
        let result = result.map_err(Arc::new);
        let kept = &self.grants[at];
        let seen = kept.seen.as_ref().expect("it was looked at");
        let (name, result) = (&kept.name, result.as_ref().copied());
        let completion = Completion { name, began: work.began, result, seen };
        self.fleet.finish(&completion, &rules(&self.options, self.seed), now);
    }

    /// Takes a token that is here, and may be a new one. One that was not taken is not told of: it will
    /// be fetched again.
    fn arrived(&mut self, at: usize, live: Live) -> Result<()> {
        let (old, live) = (self.shared.live(at), Arc::new(live));
        let kept = &mut self.grants[at];
        if !kept.is_taken || old.is_none_or(|old| !old.equals(&live)) {
            let taken = (self.tell)(GrantEvent::Arrived(kept.name.clone(), Arc::clone(&live)));
            self.shared.set_live(at, Some(Arc::clone(&live)));
            kept.is_taken = taken.is_ok();
            taken?;
            let name = kept.name.clone();
            self.tell(GrantEvent::Refreshed(name));
        }
        self.grants[at].tell(&live);
        Ok(())
    }

    /// Returns whether a worker that reports no failure has done nothing, and the same is to be done
    /// again: it judges by something else than this process does, such as other provider files.
    fn is_in_vain(&self, at: usize, work: &Work, now: Timestamp) -> bool {
        let (kept, failures) = (&self.grants[at], self.monitor(at).failures);
        let Some(grant) = kept.metadata().filter(|_| kept.is_as_before(work)) else {
            return false;
        };
        let next = schedule::next(grant, self.provider(at), work.want, failures, self.seed, now);
        let is_missing = self.options.holding == Holding::Tokens && !kept.is_told;
        failures == work.failures && (next == Next::Refresh || is_missing)
    }

    /// Tells of what can only be heard.
    fn tell(&self, event: GrantEvent) {
        let _ = (self.tell)(event);
    }

    /// Tells of a grant that is no longer as it was.
    fn judge(&mut self, at: usize) {
        let (health, why) = self.health(at);
        let name = self.grants[at].name.clone();
        let Some(change) = self.fleet.becomes(&name, health) else { return };
        if change.health == Health::Connected || change.was == Health::Reconnect {
            self.tell(GrantEvent::Recovered(name.clone()));
        }
        if let Some(why) = why {
            self.tell(match change.health {
                Health::Reconnect => GrantEvent::Dead(name, why),
                _ => GrantEvent::Failing(name, why),
            });
        }
    }

    /// Returns the health of a grant as its agent is told, and the reason if it is not well. (A failure
    /// does not matter before it is due: somebody asked for a refresh that was not needed.)
    fn health(&self, at: usize) -> (Health, Option<Arc<Error>>) {
        let (kept, monitor) = (&self.grants[at], self.monitor(at));
        let seen = kept.seen.as_ref().expect("it was looked at");
        let grant = match &seen.metadata {
            Ok(grant) => grant,
            Err(error) if error.code() == Code::NotStored => {
                return (Health::Reconnect, Some(Arc::clone(error)));
            }
            Err(error) => return (Health::Damaged, Some(Arc::clone(error))),
        };
        let is_missed = || {
            !matches!(monitor.next, Some(Next::Look(_)))
                || !kept.is_told
                || grant.refresh_in_flight.is_some()
        };
        match monitor.next {
            Some(Next::Dead(stuck)) => {
                (Health::Reconnect, Some(Arc::new(self.obituary(at, stuck, grant))))
            }
            _ if monitor.failures.any() && is_missed() => {
                (Health::Expiring, Some(self.failure(at)))
            }
            _ => (Health::Connected, None),
        }
    }

    /// Returns why the last try failed.
    fn failure(&self, at: usize) -> Arc<Error> {
        let name = &self.grants[at].name;
        let stated = self.grants[at].metadata().and_then(|grant| grant.last_error.clone());
        match (&self.monitor(at).complaint, stated) {
            (Some(complaint), _) => Arc::clone(complaint),
            (None, Some(error)) => Arc::new(Trouble::Failed(error).error(name, self.provider(at))),
            (None, None) => Arc::new(Error::new(
                Code::ProviderUnavailable,
                format!("{name} has no token that lives long enough"),
            )),
        }
    }

    fn obituary(&self, at: usize, stuck: Stuck, grant: &GrantMetadata) -> Error {
        let trouble = match stuck {
            Stuck::NoRefreshToken => Trouble::NoRefreshToken,
            _ => Trouble::known(grant).unwrap_or(Trouble::NoRefreshToken),
        };
        trouble.error(&self.grants[at].name, self.provider(at))
    }

    /// Fetches the token of a grant that is not being refreshed, if it is not here, or tells those who
    /// wait that nothing can be done.
    fn attend(&mut self, at: usize, now: Timestamp) {
        let kept = &self.grants[at];
        if kept.work.is_some() {
            return;
        }
        if self.has_to_fetch(at, now) {
            self.begin(at, Some(Want::default()), now);
        } else if self.monitor(at).demand.is_some() {
            self.refuse(at, now);
        }
    }

    /// Returns whether the token of a grant is not here, could be, and nothing speaks against a try.
    fn has_to_fetch(&self, at: usize, now: Timestamp) -> bool {
        let (kept, provider) = (&self.grants[at], self.provider(at));
        let Some(grant) = kept.metadata() else { return false };
        let next_try = self.monitor(at).failures.next_try(grant, provider, self.seed, now);
        self.options.holding == Holding::Tokens
            && !kept.is_told
            && next_try.is_none_or(|at| at <= now)
            && freshness::serves(grant, SignedDuration::ZERO, provider, now)
    }

    /// Tells those who wait that there is no token, by what is next.
    fn refuse(&self, at: usize, now: Timestamp) {
        let name = &self.grants[at].name;
        let retry_at = match (self.fleet.leave_of(name, now), self.monitor(at).demanded) {
            // Another refresh at work shows whether it is of use.
            (Some(Leave::Now | Leave::Later), _) => return,
            (Some(Leave::At(retry_at)), _) | (None, Some(Next::Wait(retry_at))) => Some(retry_at),
            (None, _) => None,
        };
        let unavailable = match (self.health(at), retry_at) {
            ((Health::Reconnect, Some(why)), _) => Unavailable::Dead(why),
            (_, Some(retry_at)) => Unavailable::For { error: self.failure(at), retry_at },
            ((_, why), None) => {
                let error = why.unwrap_or_else(|| self.failure(at));
                Unavailable::For { error, retry_at: now + LONGEST_SLEEP }
            }
        };
        self.shared.refuse(at, &unavailable, now);
    }

    /// Starts a worker, which does what is due if nothing else is wanted.
    fn begin(&mut self, at: usize, want: Option<Want>, now: Timestamp) {
        let failures = self.monitor(at).failures;
        let kept = &mut self.grants[at];
        let due = self.fleet.begins(&kept.name);
        let want = want.unwrap_or(due);
        let version = kept.seen.as_ref().and_then(|seen| seen.version);
        kept.work = Some(Work { want, began: now, failures, version });
        self.shared.begin_to_try(at);
        let (shared, options) = (Arc::clone(&self.shared), Arc::clone(&self.options));
        let name = kept.name.clone();
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

    /// Returns how often to look at a grant, if nothing is asked or done.
    fn look_every(&self, at: usize) -> Duration {
        let grant = self.grants[at].metadata();
        grant.map_or(LONGEST_SLEEP, |grant| schedule::look_every(grant, self.provider(at)))
    }

    fn monitor(&self, at: usize) -> &Monitor {
        self.fleet.monitor(&self.grants[at].name).expect("it is kept to the end")
    }

    fn provider(&self, at: usize) -> &Provider {
        let provider = self.options.catalog.provider(self.grants[at].name.provider.as_str());
        provider.expect("the start has looked for it")
    }
}

/// Returns the rules for the grants of an agent. One that waits for a provider has its own pace: there
/// may be many agents.
fn rules(options: &Options, seed: u64) -> Rules<'_> {
    let Options { catalog, older_than, .. } = options;
    Rules { catalog, older_than: *older_than, longest_probe: None, seed }
}

/// Returns the limits of what can be asked of the tokens of a grant. Without a successor, a token is
/// used to its end.
fn bounds(grant: &GrantMetadata, provider: &Provider) -> Bounds {
    let last = (!grant.refreshable).then_some(SignedDuration::ZERO);
    let usual = freshness::standing(grant, provider).min_ttl;
    Bounds { reach: last.or_else(|| freshness::reach(grant, provider)), usual: Some(usual) }
}

fn in_vain(name: &CredentialId) -> Error {
    let message =
        format!("{name} is due, and the process that was to refresh it found nothing to do");
    Error::new(Code::WorkerFailed, message)
        .with_hint("where provider files were changed since the start, start again")
}

#[cfg(test)]
mod tests;
