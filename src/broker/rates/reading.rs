//! What one answer says of a provider's limit, by any of the names that providers have for it.
//!
//! | headers | of |
//! | --- | --- |
//! | `x-rate-limit-limit`, `-remaining`, `-reset` | X: seconds since 1970 |
//! | `x-ratelimit-limit`, `-remaining`, `-reset` | GitHub: the same; Discord: with fractions, and `-reset-after`; Reddit: seconds from now |
//! | `ratelimit-limit`, `-remaining`, `-reset` | older versions of the IETF's draft: seconds from now |
//! | `RateLimit`, `RateLimit-Policy` | newer ones |
//! | `Retry-After` | RFC 9110, where the answer is 429 |

use std::time::{Duration, SystemTime};

use hyper::HeaderMap;
use hyper::header::HeaderName;
use jiff::{SignedDuration, Timestamp};

use super::fields::{Fields, number, seconds};
use crate::http::client::retry_after;

/// What an answer says of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateReading {
    /// The number of calls that a window has.
    pub(crate) limit: Option<u64>,
    /// The number of calls that are left in it.
    pub(crate) remaining: Option<u64>,
    /// The time at which the next window begins, in whole seconds.
    pub(crate) resets_at: Option<Timestamp>,
    /// The time until which no call is wanted, in whole seconds.
    pub(crate) refused_until: Option<Timestamp>,
}

/// The names of one family of headers.
struct Names {
    remaining: HeaderName,
    limit: HeaderName,
    reset: HeaderName,
}

static FAMILIES: [Names; 3] = [
    Names {
        remaining: HeaderName::from_static("x-rate-limit-remaining"),
        limit: HeaderName::from_static("x-rate-limit-limit"),
        reset: HeaderName::from_static("x-rate-limit-reset"),
    },
    Names {
        remaining: HeaderName::from_static("x-ratelimit-remaining"),
        limit: HeaderName::from_static("x-ratelimit-limit"),
        reset: HeaderName::from_static("x-ratelimit-reset"),
    },
    Names {
        remaining: HeaderName::from_static("ratelimit-remaining"),
        limit: HeaderName::from_static("ratelimit-limit"),
        reset: HeaderName::from_static("ratelimit-reset"),
    },
];

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds from now, beside Discord's `-reset`, which the clocks need not agree for.
static RESET_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-reset-after");

/// A number of seconds from which on it is a time since 1970, and from which on milliseconds are meant.
const SINCE_1970: f64 = 1e9;
const MILLISECONDS: f64 = 1e12;

/// The answer of a provider that wants to be left alone.
const TOO_MANY: u16 = 429;

/// The longest time that is believed.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

impl RateReading {
    /// Reads the head of an answer that came now; `None` where it says nothing of a limit.
    pub(crate) fn of(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let is_refused = status == TOO_MANY;
        let mut reading = read(&text, now);
        if is_refused {
            let reading = reading.get_or_insert_default();
            let by_name = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            let wait = retry_after::stated(by_name, SystemTime::from(now));
            let until = wait.and_then(|wait| after(now, wait));
            let is_used_up = reading.remaining.is_none_or(|left| left == 0);
            reading.refused_until = until.or(reading.resets_at.filter(|_| is_used_up));
        }
        reading
    }
}

fn read<'h>(text: &impl Fn(&HeaderName) -> Option<&'h str>, now: Timestamp) -> Option<RateReading> {
    for names in &FAMILIES {
        let Some(remaining) = text(&names.remaining).and_then(number) else { continue };
        let after = text(&RESET_AFTER).filter(|_| names.reset == FAMILIES[1].reset);
        let reset = after.or_else(|| text(&names.reset)).and_then(seconds);
        return Some(RateReading {
            limit: text(&names.limit).and_then(number),
            remaining: Some(remaining),
            resets_at: reset.and_then(|reset| time(now, reset)),
            refused_until: None,
        });
    }
    let fields = Fields::of(text(&RATE_LIMIT)?, text(&POLICY))?;
    Some(RateReading {
        limit: fields.limit,
        remaining: fields.remaining,
        resets_at: fields.reset.and_then(|reset| time(now, reset)),
        refused_until: None,
    })
}

/// Returns the time that a number of seconds means: small ones count from now.
fn time(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    let of = |seconds| Duration::try_from_secs_f64(seconds).ok();
    if seconds < SINCE_1970 {
        after(now, of(seconds)?)
    } else {
        let seconds = if seconds < MILLISECONDS { seconds } else { seconds / 1000.0 };
        let at = after(Timestamp::UNIX_EPOCH, of(seconds)?)?;
        (at.duration_since(now) <= LONGEST).then_some(at)
    }
}

/// Returns a time that is so much later, in whole seconds; none that is too far away.
fn after(from: Timestamp, wait: Duration) -> Option<Timestamp> {
    let at = from.checked_add(SignedDuration::try_from(wait).ok()?).ok()?;
    let is_near = from == Timestamp::UNIX_EPOCH || at.duration_since(from) <= LONGEST;
    let seconds = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(seconds).ok().filter(|_| is_near)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// 2026-12-01, 00:00:00.
    const NOW: i64 = 1_796_083_200;

    fn read_by(status: u16, headers: &[(&'static str, &str)]) -> Option<[Option<i64>; 4]> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let now = Timestamp::from_second(NOW).expect("a time");
        let reading = RateReading::of(status, &map, now)?;
        let count = |number: Option<u64>| number.map(|it| i64::try_from(it).expect("small"));
        let wait = |at: Option<Timestamp>| at.map(|at| at.as_second() - NOW);
        let RateReading { limit, remaining, resets_at, refused_until } = reading;
        Some([count(limit), count(remaining), wait(resets_at), wait(refused_until)])
    }

    #[test]
    fn each_family_of_headers_is_read() {
        let some = |limit, remaining, reset| Some([limit, Some(remaining), reset, None]);
        let (limit, left) = ("x-ratelimit-limit", "x-ratelimit-remaining");
        let (reset, after) = ("x-ratelimit-reset", "x-ratelimit-reset-after");
        for (headers, expected) in [
            (
                &[
                    ("x-rate-limit-limit", "900"),
                    ("x-rate-limit-remaining", "899"),
                    ("x-rate-limit-reset", "1796083800"),
                ][..],
                some(Some(900), 899, Some(600)),
            ),
            (&[(limit, "60"), (left, "59"), (reset, "1796086800")], some(Some(60), 59, Some(3600))),
            (
                &[(limit, "5"), (left, "0"), (reset, "1796083201.154"), (after, "1.5")],
                some(Some(5), 0, Some(2)),
            ),
            (&[(limit, "5"), (left, "4"), (reset, "1796083201.154")], some(Some(5), 4, Some(2))),
            (&[(left, "598.0"), (reset, "241")], some(None, 598, Some(241))),
            (&[(left, "1"), (reset, "1796083260000")], some(None, 1, Some(60))),
            (
                &[
                    ("ratelimit-limit", "100, 100;w=60"),
                    ("ratelimit-remaining", "7"),
                    ("ratelimit-reset", "50"),
                ],
                some(Some(100), 7, Some(50)),
            ),
            (&[("ratelimit", "limit=100, remaining=50, reset=5")], some(Some(100), 50, Some(5))),
            (
                &[
                    ("ratelimit", "\"burst\";r=9;t=1, \"day,x\";r=3;t=80"),
                    ("ratelimit-policy", "\"burst\";q=10;w=1, \"day,x\";q=1000;w=86400"),
                ],
                some(Some(1000), 3, Some(80)),
            ),
            (&[("ratelimit", "\"default\";r=50;t=30")], some(None, 50, Some(30))),
            (&[("ratelimit", "default;r=50")], some(None, 50, None)),
            (
                &[("x-rate-limit-remaining", "3"), ("x-rate-limit-reset", "soon")],
                some(None, 3, None),
            ),
            (
                &[("x-rate-limit-remaining", "3"), ("x-rate-limit-reset", "9999999999")],
                some(None, 3, None),
            ),
            (&[("x-rate-limit-limit", "900")], None),
            (&[("x-rate-limit-remaining", "-1")], None),
            (&[("x-rate-limit-remaining", "many")], None),
            (&[("ratelimit", "\"default\"")], None),
            (&[("retry-after", "5")], None),
            (&[], None),
        ] {
            assert_eq!(read_by(200, headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_refusal_says_until_when() {
        let left = ("x-rate-limit-remaining", "0");
        let reset = ("x-rate-limit-reset", "1796083800");
        for (headers, expected) in [
            (&[][..], None),
            (&[("retry-after", "30")], Some(30)),
            (&[("retry-after", "86400")], Some(86_400)),
            (&[("retry-after", "Tue, 01 Dec 2026 00:01:00 GMT")], Some(60)),
            (&[("retry-after", "soon")], None),
            (&[left, reset], Some(600)),
            (&[left, reset, ("retry-after", "7")], Some(7)),
            (&[("x-rate-limit-remaining", "4"), reset], None),
        ] {
            assert_eq!(read_by(429, headers).expect("it is refused")[3], expected, "{headers:?}");
        }
    }

    proptest! {
        /// Whatever a provider writes is read or passed over, and no time is far away.
        #[test]
        fn garbage_is_passed_over(
            status in prop::sample::select(vec![200_u16, 429, 503]),
            headers in prop::collection::vec((
                prop::sample::select(vec![
                    "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
                    "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-reset-after",
                    "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit",
                    "ratelimit-policy", "retry-after", "date",
                ]),
                prop_oneof![
                    "[0-9.eE+-]{0,24}", "[a-z\";=, 0-9]{0,40}", "[ -~]{0,40}",
                    Just("inf".to_owned()), Just("NaN".to_owned()),
                    Just("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()),
                ],
            ), 0..8),
            now in -377_705_023_201_i64..253_402_207_200,
        ) {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, HeaderValue::from_str(value).expect("it is printable"));
            }
            let now = Timestamp::from_second(now).expect("it is within the range");
            let Some(reading) = RateReading::of(status, &map, now) else { return Ok(()) };
            prop_assert!(status == 429 || reading.remaining.is_some());
            prop_assert!(status == 429 || reading.refused_until.is_none());
            for at in [reading.resets_at, reading.refused_until].into_iter().flatten() {
                prop_assert!(at.duration_since(now) <= LONGEST + SignedDuration::from_secs(1));
            }
        }
    }
}
