//! The arithmetic of a sliding window: times in, whether a call may go out now, or when. It has no clock.

use super::pace::Pace;

/// The room that a pace leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// A call may go out, and is counted at this time.
    Now(i64),
    /// A call may go out from this time on.
    From(i64),
}

/// Returns the room that paces leave behind calls at these times, which never go back: in no time as long
/// as a window, its beginning included and its end not, do more calls go out than its pace has. Where the
/// clock shows less than the last time, it was put back, and that time counts as now. Times are
/// milliseconds since 1970. As many calls have to be known as the largest pace has.
pub(super) fn room(past: &[i64], paces: &[Pace], clock: i64) -> Room {
    let now = past.last().map_or(clock, |last| clock.max(*last));
    let free = paces.iter().filter_map(|pace| {
        let calls = usize::try_from(pace.calls).unwrap_or(usize::MAX);
        let oldest = past[past.len().checked_sub(calls)?];
        Some(oldest.saturating_add(milliseconds(*pace)))
    });
    match free.max() {
        Some(from) if from > now => Room::From(from),
        _ => Room::Now(now),
    }
}

/// Returns how many calls a pace leaves room for now, behind calls at these times.
pub(super) fn left(past: &[i64], pace: Pace, clock: i64) -> u32 {
    let now = past.last().map_or(clock, |last| clock.max(*last));
    let within = past.iter().filter(|time| now - **time < milliseconds(pace)).count();
    pace.calls.saturating_sub(u32::try_from(within).unwrap_or(u32::MAX))
}

fn milliseconds(pace: Pace) -> i64 {
    i64::try_from(pace.window.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn pace(calls: u32, window: i64) -> Pace {
        Pace { calls, window: SignedDuration::from_millis(window) }
    }

    #[test]
    fn a_call_may_go_out_as_soon_as_the_oldest_has_left_the_window() {
        let two = [pace(2, 100)];
        assert_eq!(room(&[], &two, 5), Room::Now(5));
        assert_eq!(room(&[5], &two, 5), Room::Now(5));
        assert_eq!(room(&[5, 5], &two, 5), Room::From(105));
        assert_eq!(room(&[5, 60], &two, 104), Room::From(105));
        assert_eq!(room(&[5, 60], &two, 105), Room::Now(105));
        assert_eq!(room(&[5, 60], &[pace(2, 100), pace(1, 100)], 105), Room::From(160));
    }

    #[test]
    fn a_clock_that_was_put_back_gives_no_room() {
        let one = [pace(1, 100)];
        assert_eq!(room(&[1000], &one, 5), Room::From(1100));
        assert_eq!(room(&[1000], &[pace(2, 100)], 5), Room::Now(1000));
        assert_eq!(room(&[i64::MAX], &one, 5), Room::Now(i64::MAX), "no later time is known");
    }

    proptest! {
        /// Brokers with paces of their own that share one log; the clock goes on, stands still or is put
        /// back. Each call of a broker leaves no window with more calls than its paces have.
        #[test]
        fn no_window_has_more_calls_than_the_pace_of_who_made_the_last(
            brokers in proptest::collection::vec(
                proptest::collection::vec((1_u32..5, 1_i64..40), 1..3), 1..4),
            steps in proptest::collection::vec((0_usize..4, -30_i64..30), 0..80),
        ) {
            let (mut log, mut clock): (Vec<i64>, i64) = (Vec::new(), 0);
            for (broker, moved) in steps {
                clock += moved;
                let paces: Vec<_> =
                    brokers[broker % brokers.len()].iter().map(|(n, d)| pace(*n, *d)).collect();
                let most = paces.iter().map(|pace| pace.calls as usize).max().unwrap_or(0);
                // The last calls are all that it is told.
                let known = &log[log.len().saturating_sub(most)..];
                let is_left = paces.iter().all(|pace| left(known, *pace, clock) > 0);
                match room(known, &paces, clock) {
                    Room::Now(at) => {
                        prop_assert!(is_left);
                        prop_assert!(at >= clock && log.last().is_none_or(|last| at >= *last));
                        log.push(at);
                        for pace in &paces {
                            let within = log.iter().filter(|time| at - **time < milliseconds(*pace));
                            prop_assert!(within.count() <= pace.calls as usize);
                        }
                    }
                    Room::From(from) => {
                        prop_assert!(!is_left);
                        // It was right to refuse, and it would be right to let it through then.
                        prop_assert!(from > clock);
                        let allows = |at: i64| paces.iter().all(|pace| {
                            let within = log.iter().filter(|time| at - **time < milliseconds(*pace));
                            within.count() < pace.calls as usize
                        });
                        let now = log.last().map_or(clock, |last| clock.max(*last));
                        prop_assert!(!allows(now) && !allows(from - 1) && allows(from));
                    }
                }
            }
        }

        /// By a clock that goes on, calls go out exactly where counting all of them allows it.
        #[test]
        fn a_window_is_counted_as_by_hand(
            calls in 1_u32..6, window in 1_i64..50,
            steps in proptest::collection::vec(0_i64..30, 0..100),
        ) {
            let (mut log, mut clock): (Vec<i64>, i64) = (Vec::new(), 0);
            for moved in steps {
                clock += moved;
                let within = log.iter().filter(|time| clock - **time < window).count();
                let let_through = room(&log, &[pace(calls, window)], clock) == Room::Now(clock);
                prop_assert_eq!(let_through, within < calls as usize);
                if let_through {
                    log.push(clock);
                }
            }
        }
    }
}
