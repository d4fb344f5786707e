//! A grant: how it stands, when it is looked at again, whether it is due, and what it fails by.

use jiff::{SignedDuration, Timestamp};

use super::news::Change;
use super::outage::{LONGEST_PROBE, Party};
use crate::catalog::{Catalog, Provider};
use crate::credential::freshness;
use crate::credential::freshness::Want;
use crate::credential::health::{Health, Standing};
use crate::error::{Error, Result};
use crate::model::name::Slug;
use crate::refresh::schedule;
use crate::refresh::schedule::{Failures, Next};
use crate::store::{GrantMetadata, Version};

/// No answer takes longer.
const LONGEST_FLIGHT: SignedDuration = SignedDuration::from_secs(20);

/// By what is judged when a grant is due.
pub(crate) struct Rules<'a> {
    /// The providers.
    pub(crate) catalog: &'a Catalog,
    /// The age from which access tokens are refreshed, however long they still live.
    pub(crate) older_than: Option<SignedDuration>,
    /// A number that other daemons do not have.
    pub(crate) seed: u64,
}

/// A grant.
pub(crate) struct Member {
    /// By what its file is known again.
    pub(crate) version: Option<Version>,
    /// `None` if its file cannot be read or opened, or its provider is not known.
    pub(crate) standing: Option<Standing>,
    issued_at: Option<Timestamp>,
    client: Option<String>,
    /// Whether it is to be refreshed.
    pub(crate) is_due: bool,
    /// Freshness that is wanted.
    pub(crate) want: Want,
    /// When it is looked at again.
    pub(crate) look_at: Option<Timestamp>,
    /// The refreshes in a row that gave no tokens.
    pub(crate) failures: Failures,
    /// Party by which these failed, if that concerns others too.
    pub(crate) fails_by: Option<Party>,
    trouble: Option<Trouble>,
    overdue_since: Option<Timestamp>,
    health: Option<Health>,
    reported: Health,
}

/// Trouble that keeps one grant from being refreshed, and no other.
struct Trouble {
    why: String,
    /// Whether it came twice, and so is told.
    is_sure: bool,
}

/// A grant as it was found.
pub(crate) struct Observation {
    /// By what its file is known again.
    pub(crate) version: Option<Version>,
    /// Readable metadata of the grant.
    pub(crate) metadata: Result<GrantMetadata>,
}

impl Rules<'_> {
    /// Returns how fresh a grant is to be kept.
    fn want(&self, grant: &GrantMetadata, provider: &Provider) -> Want {
        Want { older_than: self.older_than, ..freshness::standing(grant, provider) }
    }
}

impl Member {
    /// Creates a member of which nothing is known yet.
    pub(crate) fn new() -> Self {
        Self {
            version: None,
            standing: None,
            issued_at: None,
            client: None,
            is_due: false,
            want: Want::default(),
            look_at: None,
            failures: Failures::default(),
            fails_by: None,
            trouble: None,
            overdue_since: None,
            health: None,
            reported: Health::Connected,
        }
    }

    /// Takes in what was seen of it.
    pub(crate) fn saw(
        &mut self,
        provider: &Slug,
        seen: Observation,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<Change> {
        if self.trouble.is_some() && self.version != seen.version {
            // Somebody put another file there.
            self.begin_anew();
        }
        self.version = seen.version;
        let known = seen.metadata.and_then(|grant| {
            let provider = rules.catalog.known_provider(provider.as_str())?;
            self.judge(&grant, provider, rules, now);
            Ok(grant)
        });
        let (health, why) = match known {
            Ok(grant) => {
                if let Some(end) = may_be_answered_until(&grant).filter(|end| *end > now) {
                    self.look_at = Some(self.look_at.map_or(end, |at| at.min(end)));
                    return None;
                }
                if let Some(trouble) = self.trouble.as_ref().filter(|trouble| trouble.is_sure) {
                    self.standing = None;
                    (Health::Damaged, Some(trouble.why.clone()))
                } else {
                    let standing = self.standing.expect("it was judged");
                    let why = grant.last_error.map(|error| error.message);
                    (standing.health(now).under_refresh(), why.or_else(|| standing.doubt(now)))
                }
            }
            Err(error) => {
                // What keeps it from being read may end without a change of the file.
                self.version = None;
                self.spoil();
                (Health::Damaged, Some(in_full(&error)))
            }
        };
        self.becomes(health, why)
    }

    fn judge(
        &mut self,
        grant: &GrantMetadata,
        provider: &Provider,
        rules: &Rules<'_>,
        now: Timestamp,
    ) {
        if self.issued_at != Some(grant.issued_at) {
            // Whoever it was: there are new tokens.
            self.begin_anew();
        }
        let standing = Standing::of(grant, Some(provider));
        self.want = rules.want(grant, provider);
        let next = self.next(grant, provider, rules.seed, now);
        self.is_due = next == Next::Refresh;
        let at = match next {
            Next::Refresh => None,
            Next::Look(at) => at,
            Next::Wait(at) => Some(at),
            Next::Dead(_) => {
                self.begin_anew();
                None
            }
        };
        // Its end is told when it comes.
        let end = standing.expires_at.filter(|end| *end > now);
        let is_over = standing.expires_at.is_some_and(|end| end <= now);
        self.overdue_since = is_over.then(|| self.overdue_since.unwrap_or(now));
        self.look_at = [at, end].into_iter().flatten().min();
        self.issued_at = Some(grant.issued_at);
        let by_name = || grant.client.as_ref().map(ToString::to_string);
        self.client = grant.client_id.clone().or_else(by_name);
        self.standing = Some(standing);
    }

    /// Returns what is next for it. If it is the provider that fails, a grant need not wait as long as
    /// for a fault of its own.
    fn next(&self, grant: &GrantMetadata, provider: &Provider, seed: u64, now: Timestamp) -> Next {
        let next = |failures| schedule::next(grant, provider, self.want, failures, seed, now);
        let probe = self.probe();
        match (next(self.failures), probe) {
            (Next::Wait(at), Some(probe))
                if probe < at && next(Failures::default()) == Next::Refresh =>
            {
                if probe <= now {
                    Next::Refresh
                } else {
                    Next::Wait(probe)
                }
            }
            (next, _) => next,
        }
    }

    /// Returns when it may try a provider again that failed.
    fn probe(&self) -> Option<Timestamp> {
        let is_of_provider = matches!(self.fails_by, Some(Party::Provider(_)));
        self.failures.last().filter(|_| is_of_provider)?.checked_add(LONGEST_PROBE).ok()
    }

    /// Returns when its access token ends; one whose end is unknown, or that is not known, at last.
    pub(crate) fn end(&self) -> Timestamp {
        self.standing.and_then(|standing| standing.expires_at).unwrap_or(Timestamp::MAX)
    }

    /// Forgets what failed.
    fn begin_anew(&mut self) {
        (self.failures, self.fails_by, self.trouble) = (Failures::default(), None, None);
    }

    fn spoil(&mut self) {
        self.begin_anew();
        self.standing = None;
        self.overdue_since = None;
        self.is_due = false;
        self.look_at = None;
    }

    /// Returns the news of a health, if it is news.
    fn becomes(&mut self, health: Health, why: Option<String>) -> Option<Change> {
        let before = self.health.replace(health);
        if before == Some(health) {
            return None;
        }
        let is_first = before.is_none();
        // What is expired at first is refreshed now: no news.
        let is_news = if is_first { health.is_final() } else { health != self.reported };
        if is_news || !is_first {
            self.reported = health;
        }
        let expires_at = self.standing.and_then(|standing| standing.expires_at);
        is_news.then_some(Change { health, is_first, why, expires_at })
    }

    /// Notes that a refresh gave no tokens: by what it failed, if that concerns others too, and why, if
    /// it may be the fault of this grant.
    pub(crate) fn failed(&mut self, at: Timestamp, party: Option<Party>, why: Option<String>) {
        self.failures.add(at);
        self.fails_by = party;
        self.trouble = why.map(|why| Trouble { why, is_sure: self.trouble.is_some() });
    }

    /// Notes that a refresh of another grant that began at this time succeeded: an earlier failure of
    /// this one was not the machine's.
    pub(crate) fn machine_works(&mut self, began: Timestamp) {
        let is_before = self.failures.last().is_some_and(|last| last <= began);
        if is_before && self.fails_by == Some(Party::Machine) {
            self.fails_by = None;
            self.trouble.get_or_insert(Trouble { why: String::new(), is_sure: false });
        }
    }

    /// Returns whether it is known to fail for a reason of its own.
    pub(crate) fn fails_alone(&self) -> bool {
        self.trouble.is_some() && self.fails_by.is_none()
    }

    /// Returns since when its access token has been dead, as far as that was seen.
    pub(crate) fn overdue_since(&self) -> Option<Timestamp> {
        self.overdue_since
    }

    /// Returns the client that it was granted to, by its id or else its name.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

/// Returns until when the answer to a refresh that another process has sent does not count as lost.
fn may_be_answered_until(grant: &GrantMetadata) -> Option<Timestamp> {
    let flight = grant.refresh_in_flight.as_ref()?;
    let failed = grant.last_error.as_ref().is_some_and(|error| error.at >= flight.since);
    if failed { None } else { flight.since.checked_add(LONGEST_FLIGHT).ok() }
}

/// Returns an error with its hint.
pub(crate) fn in_full(error: &Error) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}"))
}
