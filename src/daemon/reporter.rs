//! The sentences that people are told.

use jiff::Timestamp;

use super::settings::Level;
use crate::credential::health::Health;
use crate::error::{Advice, Error, Inventory, Remedy, advice};
use crate::model::name::Slug;
use crate::refresh::monitor::change::{Change, sentence};
use crate::refresh::monitor::outage::{Outage, Party};
use crate::store::CredentialId;
use crate::text::time::in_words;

/// Maximum number of grants coming, going or found dead at the same time that are told one by one.
const MOST_TOLD: usize = 20;

/// Lists those that are not.
const ALL_GRANTS: Remedy = Remedy::List(Inventory::Grants);

/// Reports to people.
#[derive(Clone, Copy)]
pub(super) struct Reporter<'a>(pub(super) &'a dyn Fn(Level, &Advice));

impl Reporter<'_> {
    /// Tells what is worth knowing.
    pub(super) fn note(self, advice: impl Into<Advice>) {
        (self.0)(Level::Note, &advice.into());
    }

    /// Tells what does not work.
    pub(super) fn warn(self, advice: impl Into<Advice>) {
        (self.0)(Level::Warning, &advice.into());
    }

    /// Tells of many things at once, but not of ten thousand.
    pub(super) fn some(self, level: Level, lines: &[Advice]) {
        for line in lines.iter().take(MOST_TOLD) {
            (self.0)(level, line);
        }
        if lines.len() > MOST_TOLD {
            let more = lines.len() - MOST_TOLD;
            (self.0)(level, &advice![format!("and {more} more, which are not told: "), ALL_GRANTS]);
        }
    }

    /// Tells of a grant's new condition.
    pub(super) fn change(self, name: &CredentialId, change: &Change, now: Timestamp) {
        let level = if change.health == Health::Connected { Level::Note } else { Level::Warning };
        (self.0)(level, &sentence(name, change, now));
    }

    /// Tells of the grants of a provider whose new health was not told one by one.
    pub(super) fn rest(self, provider: &Slug, health: Health, count: usize) {
        let level = if health == Health::Connected { Level::Note } else { Level::Warning };
        let what = match health {
            Health::Connected | Health::Expiring => "are fresh again",
            Health::Expired => "have expired access tokens",
            Health::InDoubt => "lost the answer to a refresh",
            Health::Reconnect => "are dead",
            Health::Damaged => "cannot be kept",
        };
        (self.0)(
            level,
            &advice![format!("{count} more grants of {provider} {what}: "), ALL_GRANTS],
        );
    }

    /// Tells that something does not work.
    pub(super) fn fails(self, party: &Party, error: &Error) {
        let words = format!("{} {error}", party.does_not_work());
        self.warn(match error.remedy() {
            Some(remedy) => advice![words, ": ", remedy.clone()],
            None => words.into(),
        });
    }

    /// Tells that something works again.
    pub(super) fn works(self, party: &Party, outage: &Outage, now: Timestamp) {
        if outage.is_sure {
            let lasted = in_words(now.duration_since(outage.since));
            self.note(format!("{} works again, after {lasted}", party.name()));
        }
    }

    /// Tells that nobody is left who would notice that something works again.
    pub(super) fn forgets(self, party: &Party, outage: &Outage, now: Timestamp) {
        if outage.is_sure {
            let lasted = in_words(now.duration_since(outage.since));
            self.note(format!("no grant waits for {} any longer, after {lasted}", party.name()));
        }
    }

    /// Tells that the daemon ends, once so many refreshes have.
    pub(super) fn ends(self, at_work: usize) {
        let waits = match at_work {
            0 => String::new(),
            1 => ": a refresh is at work".to_owned(),
            count => format!(": {count} refreshes are at work"),
        };
        self.note(format!("ending{waits}"));
    }
}
