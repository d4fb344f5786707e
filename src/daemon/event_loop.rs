//! The loop that keeps the grants: it looks at the store, at the clock and at what it is told, starts
//! refreshes, and takes in what became of them.
//!
//! It does everything by itself in one thread and never waits for anything but a message, so that its
//! silence means that it is stuck: the watchdog hears of it, and so does everyone who asks for its
//! health.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::crowd::Crowd;
use super::message::{Ended, Message, Order};
use super::reporter::Reporter;
use super::settings::{Level, Settings};
use crate::catalog::Catalog;
use crate::credential::freshness::Want;
use crate::error::{Code, Error};
use crate::model::name::Slug;
use crate::refresh::fleet::completion::Completion;
use crate::refresh::fleet::report::{FleetReport, Refreshes};
use crate::refresh::fleet::{Comparison, Fleet};
use crate::refresh::monitor::change::{Change, sentence};
use crate::refresh::monitor::observation::{Observation, Rules};
use crate::refresh::monitor::outage::LONGEST_PROBE;
use crate::store::{CredentialId, FolderWatch, WATCHED_EVERY};
use crate::sys::service_manager::Manager;

/// Maximum number of refreshes at work at once; those of one provider are fewer.
pub(crate) const AT_ONCE: usize = 10;

/// Maximum wait for refreshes at work when the daemon ends: longer than any answer takes.
const LONGEST_END: Duration = Duration::from_secs(20);

/// Time that the refreshing process waits for more to do.
const REST: Duration = Duration::from_secs(10);

/// Shortest time between two reports to the service manager: each looks at all grants.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// A clock that was set back by less than this was not.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(1);

const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// The loop that keeps the grants of a store fresh.
pub(super) struct EventLoop<'a> {
    settings: &'a Settings<'a>,
    people: Reporter<'a>,
    catalog: Catalog,
    manager: Manager,
    inbox: Receiver<Message>,
    outbox: Sender<Message>,
    fleet: Fleet,
    watch: FolderWatch,
    crowd: Crowd,
    seed: u64,
    started_at: Timestamp,
    last_look: Timestamp,
    /// Time until which there is nothing to do, if that is known and nothing has happened since.
    quiet_until: Option<Timestamp>,
    refreshes: BTreeMap<Slug, Refreshes>,
    last_refresh_at: Option<Timestamp>,
    /// When the last refresh ended, while the process that did it is there.
    last_completion: Option<Instant>,
    store_trouble: Option<Code>,
    /// When the service manager hears of what changed, if anything did.
    status_at: Option<Instant>,
    has_begun: bool,
    /// Until when to wait for refreshes, once it is to end.
    ends: Option<Instant>,
}

impl<'a> EventLoop<'a> {
    pub(super) fn new(
        settings: &'a Settings<'a>,
        catalog: Catalog,
        manager: Manager,
        (outbox, inbox): (Sender<Message>, Receiver<Message>),
        seed: u64,
    ) -> Self {
        let now = Timestamp::now();
        Self {
            settings,
            people: Reporter(settings.tell),
            catalog,
            manager,
            inbox,
            outbox,
            fleet: Fleet::default(),
            watch: FolderWatch::new(),
            crowd: Crowd::default(),
            seed,
            started_at: now,
            last_look: now,
            quiet_until: None,
            refreshes: BTreeMap::new(),
            last_refresh_at: None,
            last_completion: None,
            store_trouble: None,
            status_at: None,
            has_begun: false,
            ends: None,
        }
    }

    /// Keeps the grants until it is told to end.
    pub(super) fn run(&mut self) {
        self.begin();
        while !self.has_ended() {
            self.turn();
            let message = match self.inbox.recv_timeout(self.rest()) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => unreachable!("it has a sender itself"),
            };
            self.take(message);
            // Others that wait are taken together.
            while let Ok(message) = self.inbox.try_recv() {
                self.take(message);
            }
        }
    }

    fn begin(&mut self) {
        let now = Timestamp::now();
        self.look_at_store(now);
        let words = self.report(now).in_words();
        self.people.note(format!("keeping {words}"));
        self.manager.ready(&words);
        self.has_begun = true;
    }

    fn turn(&mut self) {
        let now = Timestamp::now();
        if self.last_look.duration_since(now) > CLOCK_TOLERANCE {
            self.people.note("the clock was set back: every grant is looked at again");
            self.fleet.look_at_all(now);
            self.quiet_until = None;
        }
        self.last_look = now;
        self.look_at_store(now);
        // Ten thousand grants are not asked each second whether their time has come.
        if self.quiet_until.is_none_or(|until| until <= now) {
            for name in self.fleet.to_look_at(now) {
                self.look_and_tell(&name, now);
            }
            self.start_refreshes(now);
            let wakes_at = self.fleet.wakes_at(now);
            self.quiet_until = Some(wakes_at.unwrap_or(Timestamp::MAX));
        }
        for (provider, health, count) in self.crowd.rest(now) {
            self.people.rest(&provider, health, count);
        }
        if self.fleet.at_work() == 0 && self.last_completion.is_some_and(|at| at.elapsed() >= REST)
        {
            self.last_completion = None;
            self.settings.refresher.rest();
        }
        if self.status_at.is_some_and(|at| at <= Instant::now()) {
            self.status_at = None;
            let words = self.report(now).in_words();
            self.manager.status(&words);
        }
        self.manager.alive();
    }

    /// Returns how long to wait for a message.
    fn rest(&self) -> Duration {
        let left = |until: Timestamp| until.duration_since(Timestamp::now());
        let next = self.quiet_until.into_iter().chain(self.crowd.ends_at()).min();
        let next = next.map(|at| Duration::try_from(left(at)).unwrap_or_default());
        let ends = [self.ends, self.status_at].into_iter().flatten().min();
        let ends = ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        let limits = [next, ends, self.manager.hears_every(), Some(WATCHED_EVERY)];
        let rest = limits.into_iter().flatten().min().expect("there is one");
        rest.max(SHORTEST_WAIT)
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Ended(ended) => {
                self.quiet_until = None;
                self.last_completion = Some(Instant::now());
                self.finish(ended);
            }
            Message::Order(Order::Reload) => {
                self.quiet_until = None;
                self.reload();
            }
            Message::Order(Order::Stop) => self.stop(),
            Message::Asked(reply) => {
                // Who no longer waits needs no answer.
                let _ = reply.send(self.report(Timestamp::now()));
            }
        }
    }

    /// Takes in what changed in the store.
    fn look_at_store(&mut self, now: Timestamp) {
        let listed = match self.watch.look(&self.settings.store) {
            Ok(None) => return,
            Ok(Some(listed)) => listed,
            Err(error) => return self.store_fails(&error),
        };
        if self.store_trouble.take().is_some() {
            self.people.note("the store can be read again");
        }
        let compared = self.fleet.compare(&listed);
        if compared == Comparison::default() {
            return;
        }
        self.quiet_until = None;
        let gone: Vec<_> =
            compared.gone.iter().map(|name| format!("{name} is gone").into()).collect();
        self.people.some(Level::Note, &gone);
        let (mut new, mut bad) = (Vec::new(), Vec::new());
        for name in &compared.changed {
            let is_new = !self.fleet.knows(name);
            match self.look(name, now) {
                Some(change) if change.is_first => bad.push(sentence(name, &change, now)),
                Some(change) => self.tell(name, &change, now),
                None if is_new && self.has_begun => {
                    new.push(format!("{name} is kept from now on").into());
                }
                None => {}
            }
        }
        self.people.some(Level::Note, &new);
        self.people.some(Level::Warning, &bad);
        self.settle(now);
    }

    fn store_fails(&mut self, error: &Error) {
        if self.store_trouble.replace(error.code()).is_none() {
            self.people.warn(format!("the grants cannot be listed: {error}"));
        }
    }

    fn look_and_tell(&mut self, name: &CredentialId, now: Timestamp) {
        if let Some(change) = self.look(name, now) {
            self.tell(name, &change, now);
        }
    }

    /// Tells of a grant's new health, unless a crowd of grants has the same.
    fn tell(&mut self, name: &CredentialId, change: &Change, now: Timestamp) {
        if self.crowd.admits(&name.provider, change.health, now) {
            self.people.change(name, change, now);
        }
    }

    /// Reads the file of a grant.
    fn look(&mut self, name: &CredentialId, now: Timestamp) -> Option<Change> {
        let Some(seen) = self.read(name) else {
            // The list of the files says so too, in its time.
            self.fleet.forget(name);
            self.people.note(format!("{name} is gone"));
            return None;
        };
        self.fleet.saw(name, &seen, &rules(self.settings, &self.catalog, self.seed), now);
        self.fleet.news(name, &seen, now)
    }

    /// Reads the visible state of a grant; `None` if the grant is not there.
    fn read(&self, name: &CredentialId) -> Option<Observation> {
        // What is replaced in between is another file than that of the version, and looked at again.
        let version = Some(self.settings.store.grant_version(name));
        let sealed = self.settings.store.grant(name).transpose()?;
        let metadata = sealed.map(|sealed| sealed.metadata).map_err(Arc::new);
        Some(Observation { version, metadata })
    }

    /// Takes in the end of a refresh, and tells what follows.
    fn finish(&mut self, Ended { name, began, result }: Ended) {
        let now = Timestamp::now();
        let seen = self.read(&name);
        let version = seen.as_ref().and_then(|seen| seen.version);
        if self.fleet.ended(&name, version).is_none() {
            return;
        }
        let Some(seen) = seen else {
            self.fleet.forget(&name);
            self.people.note(format!("{name} is gone"));
            return self.settle(now);
        };
        let completion =
            Completion { name: &name, began, result: result.as_ref().copied(), seen: &seen };
        if let Some(class) = completion.class() {
            self.refreshes.entry(name.provider.clone()).or_default().add(class);
        }
        if result.as_ref().is_ok_and(|has_new_tokens| *has_new_tokens) {
            self.last_refresh_at = Some(now);
        }
        let rules = rules(self.settings, &self.catalog, self.seed);
        let aftermath = self.fleet.finish(&completion, &rules, now);
        if let Some(change) = self.fleet.news(&name, &seen, now) {
            self.tell(&name, &change, now);
        }
        for (party, outage) in &aftermath.over {
            self.people.works(party, outage, now);
        }
        if let (Some(party), Err(error)) = (&aftermath.begun, &result) {
            self.people.fails(party, error);
        }
        self.settle(now);
    }

    fn start_refreshes(&mut self, now: Timestamp) {
        while self.fleet.at_work() < AT_ONCE && self.ends.is_none() {
            let Some(name) = self.fleet.next(now) else { return };
            let want = self.fleet.begins(&name);
            self.start(name, want, now);
        }
    }

    fn start(&self, name: CredentialId, want: Want, began: Timestamp) {
        let (outbox, refreshed) = (self.outbox.clone(), name.clone());
        self.settings.refresher.refresh(name, want, move |result| {
            let ended = Ended { name: refreshed, began, result: result.map_err(Arc::new) };
            // Once the loop has ended, it waits for nothing more.
            let _ = outbox.send(Message::Ended(ended));
        });
    }

    /// Forgets what did not work if nobody is left who would notice that it works again.
    fn settle(&mut self, now: Timestamp) {
        for (party, outage) in self.fleet.settle() {
            self.people.forgets(&party, &outage, now);
        }
        if self.has_begun && self.manager.listens() {
            self.status_at.get_or_insert_with(|| Instant::now() + STATUS_EVERY);
        }
    }

    fn reload(&mut self) {
        self.manager.reloading();
        // The next process reads the same files.
        self.settings.refresher.rest();
        match (self.settings.catalog)() {
            Ok(catalog) => {
                let now = Timestamp::now();
                self.catalog = catalog;
                // A client or a path that was wrong may be right now.
                self.fleet.forget_failures();
                self.fleet.look_at_all(now);
                self.people.note("the configuration was read again");
            }
            Err(error) => {
                // Whoever refreshes reads the same files.
                let message = format!("the configuration stays as it was: {error}");
                self.people.warn(format!("{message}; mend it: without it nothing is refreshed"));
            }
        }
        let words = self.report(Timestamp::now()).in_words();
        self.manager.ready(&words);
    }

    /// Starts no more refreshes. Told twice, it waits for none.
    fn stop(&mut self) {
        let is_first = self.ends.is_none();
        let wait = if is_first { LONGEST_END } else { Duration::ZERO };
        self.ends = Some(Instant::now() + wait);
        if is_first {
            self.manager.stopping();
            self.people.ends(self.fleet.at_work());
        }
    }

    fn has_ended(&self) -> bool {
        self.ends.is_some_and(|ends| self.fleet.at_work() == 0 || ends <= Instant::now())
    }

    fn report(&self, now: Timestamp) -> FleetReport {
        let mut report = FleetReport::of(&self.fleet, self.started_at, now);
        report.count(&self.refreshes);
        report.last_refresh_at = self.last_refresh_at;
        report.workers = self.fleet.at_work();
        report.store_is_readable = self.store_trouble.is_none();
        report
    }
}

/// Returns the rules for the grants of a store.
fn rules<'a>(settings: &Settings<'_>, catalog: &'a Catalog, seed: u64) -> Rules<'a> {
    let longest_probe = Some(LONGEST_PROBE);
    Rules { catalog, older_than: settings.older_than, longest_probe, seed }
}
