//! A limit for news that come in crowds: when a provider is down, ten thousand tokens may expire.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::credential::health::Health;
use crate::model::name::Slug;

/// Number of grants of a provider that are named one by one, and the time within which they count.
const MOST: usize = 20;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

/// The news of the last minute, by provider and health.
#[derive(Default)]
pub(super) struct Crowd(BTreeMap<(Slug, Health), Window>);

struct Window {
    began: Timestamp,
    news: usize,
}

impl Crowd {
    /// Counts news of a grant; returns whether they are to be told by themselves.
    pub(super) fn admits(&mut self, provider: &Slug, health: Health, now: Timestamp) -> bool {
        let window = self.0.entry((provider.clone(), health));
        let window = window.or_insert(Window { began: now, news: 0 });
        window.news += 1;
        window.news <= MOST
    }

    /// Returns the news that were not told by themselves, of which a minute is over, with their
    /// numbers.
    pub(super) fn rest(&mut self, now: Timestamp) -> Vec<(Slug, Health, usize)> {
        let is_over = |window: &Window| now.duration_since(window.began).abs() >= WINDOW;
        let over = self.0.extract_if(.., |_, window| is_over(window));
        let rest = over.map(|((provider, health), window)| {
            (provider, health, window.news.saturating_sub(MOST))
        });
        rest.filter(|(_, _, more)| *more > 0).collect()
    }

    /// Returns when a minute is over of news that were not told by themselves.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        let crowded = self.0.values().filter(|window| window.news > MOST);
        crowded.filter_map(|window| window.began.checked_add(WINDOW).ok()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_crowd_is_counted_and_told_once() {
        let (x, google): (Slug, Slug) = ("x".parse().unwrap(), "google".parse().unwrap());
        let mut crowd = Crowd::default();
        let told = (0..2_118).filter(|_| crowd.admits(&x, Health::Expired, at(1))).count();
        assert_eq!(told, MOST);
        assert!(crowd.admits(&x, Health::Reconnect, at(2)), "that is other news");
        assert!(crowd.admits(&google, Health::Expired, at(2)), "that is another provider");
        assert_eq!(crowd.ends_at(), Some(at(61)));
        assert_eq!(crowd.rest(at(60)), []);
        assert_eq!(crowd.rest(at(62)), [(x.clone(), Health::Expired, 2_098)]);
        assert_eq!((crowd.rest(at(200)), crowd.ends_at()), (Vec::new(), None));
        assert!(crowd.admits(&x, Health::Expired, at(201)));
    }
}
