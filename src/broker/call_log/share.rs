//! The share of the log that a run has: so many calls an hour. It has no clock.

use std::collections::VecDeque;

/// The minutes of an hour.
const HOUR: u64 = 60;

/// The calls of the last hour, by the minute.
pub(super) struct Share {
    per_hour: u32,
    minutes: VecDeque<(u64, u32)>,
}

impl Share {
    pub(super) fn new(per_hour: u32) -> Self {
        Self { per_hour, minutes: VecDeque::new() }
    }

    /// Takes a line for a call of this minute, counted from any beginning.
    ///
    /// # Errors
    ///
    /// There is none left: the minutes until there is.
    pub(super) fn take(&mut self, minute: u64) -> Result<(), u64> {
        while self.minutes.front().is_some_and(|(at, _)| at + HOUR < minute) {
            self.minutes.pop_front();
        }
        let used: u64 = self.minutes.iter().map(|(_, calls)| u64::from(*calls)).sum();
        if used >= u64::from(self.per_hour) {
            let oldest = self.minutes.front().map_or(minute, |(at, _)| *at);
            return Err(oldest + HOUR + 1 - minute);
        }
        match self.minutes.back_mut() {
            Some((at, calls)) if *at == minute => *calls += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_hour_has_more_than_the_share(
            per_hour in 1_u32..8, steps in proptest::collection::vec(0_u64..20, 0..80),
        ) {
            let mut share = Share::new(per_hour);
            let (mut minute, mut taken) = (0, Vec::new());
            for step in steps {
                minute += step;
                let within = |now: u64| taken.iter().filter(|at| **at + HOUR >= now).count();
                match share.take(minute) {
                    Ok(()) => {
                        prop_assert!(within(minute) < per_hour as usize);
                        taken.push(minute);
                    }
                    Err(wait) => {
                        prop_assert!(wait > 0 && within(minute) >= per_hour as usize);
                        prop_assert!(within(minute + wait) < per_hour as usize);
                        prop_assert!(within(minute + wait - 1) >= per_hour as usize);
                    }
                }
            }
        }
    }
}
