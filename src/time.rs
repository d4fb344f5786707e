//! Times and durations in words.

use jiff::{SignedDuration, Timestamp};

/// A time as agents get it: RFC 3339, UTC, whole seconds.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A duration in its two largest units: "1h 5m", "3m 20s", "12d 4h".
pub fn in_words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(units.len() - 1);
    let words: Vec<_> = units[first..]
        .iter()
        .take(2)
        .filter(|(count, _)| *count > 0 || seconds == 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    words.join(" ")
}

/// How long something lives yet, or for how long it has been dead.
pub fn life(expires_at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = expires_at else { return "expiry unknown".to_owned() };
    let left = at.duration_since(now);
    if left.is_positive() {
        format!("expires in {}", in_words(left))
    } else {
        format!("expired {} ago", in_words(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_words() {
        for (seconds, words) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (7_200, "2h"),
            (3_661, "1h 1m"),
            (3_605, "1h"),
            (100_000, "1d 3h"),
            (-90, "1m 30s"),
        ] {
            assert_eq!(in_words(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn agents_get_whole_seconds_in_utc() {
        let time = Timestamp::new(1_705_314_600, 999_999_999).expect("a time");
        assert_eq!(rfc3339(time), "2024-01-15T10:30:00Z");
    }
}
