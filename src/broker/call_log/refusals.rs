//! The refusals of a run that no line tells of yet: counted, so that a flood of them is one line a minute. It
//! has no clock.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::broker::{Refusal, RefusalCode};

/// The time between two lines of the same operation and code.
const PAUSE: Duration = Duration::from_mins(1);

/// The most lines at once that name an operation.
const MOST_LINES: usize = 100;

/// The subject of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) code: RefusalCode,
    pub(super) provider: Option<String>,
    pub(super) operation: Option<String>,
}

/// The refusals of a run, by what they are about.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<Subject, Tally>);

#[derive(Default)]
struct Tally {
    /// Those that no line tells of.
    count: u64,
    /// The time of the last line.
    told: Option<Duration>,
}

impl Refusals {
    /// Counts a refusal.
    pub(super) fn add(&mut self, refusal: &Refusal) {
        let subject = Subject {
            code: refusal.code,
            provider: refusal.provider.clone(),
            operation: refusal.operation.clone(),
        };
        self.0.entry(subject).or_default().count += 1;
    }

    /// Takes what lines are to tell of at this time, counted from any beginning: each with the number of
    /// refusals. Where there are very many, the rest of a code is one line.
    pub(super) fn due(&mut self, now: Duration) -> Vec<(Subject, u64)> {
        self.take(|told| told.is_none_or(|told| now >= told + PAUSE), now)
    }

    /// Takes all that is left.
    pub(super) fn rest(&mut self, now: Duration) -> Vec<(Subject, u64)> {
        self.take(|_| true, now)
    }

    fn take(
        &mut self,
        is_due: impl Fn(Option<Duration>) -> bool,
        now: Duration,
    ) -> Vec<(Subject, u64)> {
        let mut lines: Vec<(Subject, u64)> = Vec::new();
        let mut merged: BTreeMap<RefusalCode, u64> = BTreeMap::new();
        for (subject, tally) in &mut self.0 {
            if tally.count == 0 || !is_due(tally.told) {
                continue;
            }
            let count = std::mem::take(&mut tally.count);
            tally.told = Some(now);
            if lines.len() < MOST_LINES {
                lines.push((subject.clone(), count));
            } else {
                *merged.entry(subject.code).or_default() += count;
            }
        }
        let merged = merged
            .into_iter()
            .map(|(code, count)| (Subject { code, provider: None, operation: None }, count));
        lines.extend(merged);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(operation: &str) -> Refusal {
        Refusal::new(RefusalCode::NotDeclared, "no").of_provider("x").of_operation(operation)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn repeated_refusals_are_one_line_a_minute_with_their_count() {
        let mut refusals = Refusals::default();
        assert!(refusals.due(seconds(0)).is_empty());
        refusals.add(&refusal("GET /a"));
        assert_eq!(refusals.due(seconds(1)).len(), 1, "the first at once");
        (0..500).for_each(|_| refusals.add(&refusal("GET /a")));
        refusals.add(&refusal("GET /b"));
        let due: Vec<_> = refusals.due(seconds(2)).into_iter().map(|(_, count)| count).collect();
        assert_eq!(due, [1], "that of the other operation");
        assert!(refusals.due(seconds(60)).is_empty());
        assert_eq!(refusals.due(seconds(61))[0].1, 500);
        refusals.add(&refusal("GET /b"));
        assert_eq!(refusals.rest(seconds(61)).len(), 1);
        assert!(refusals.rest(seconds(61)).is_empty());
    }

    #[test]
    fn threat_17_a_flood_over_many_operations_is_few_lines_and_loses_no_count() {
        let mut refusals = Refusals::default();
        for operation in 0..2_000 {
            refusals.add(&refusal(&format!("GET /{operation}")));
        }
        let due = refusals.due(seconds(0));
        assert_eq!(due.len(), MOST_LINES + 1);
        assert_eq!(due.iter().map(|(_, count)| count).sum::<u64>(), 2_000);
        assert_eq!(due[MOST_LINES].0.operation, None);
    }
}
