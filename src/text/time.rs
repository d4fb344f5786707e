//! Times and durations in words.

use jiff::{SignedDuration, Timestamp};

/// Returns a time as agents get it: RFC 3339, UTC, whole seconds.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a duration as people write it: a number of seconds, one of days (`7d`), or what jiff reads
/// (`90s`, `1h30m`). It is not negative.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let whole = |text: &str, unit: i64| Some(text.parse::<u32>().ok().map(i64::from)? * unit);
    whole(text, 1)
        .or_else(|| whole(text.strip_suffix('d')?, 86_400))
        .map(SignedDuration::from_secs)
        .or_else(|| text.parse::<SignedDuration>().ok())
        .filter(|duration| !duration.is_negative())
        .ok_or_else(|| "write it as a number and a unit, such as 90s, 5m, 1h30m or 7d".to_owned())
}

/// Returns a duration in its two largest units: "1h 5m", "3m 20s", "12d 4h".
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

/// Returns the remaining life of something, or the time for which it has been dead, in words.
pub fn life(expires_at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = expires_at else { return "does not say when it expires".to_owned() };
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
    fn durations_as_people_write_them() {
        for (text, seconds) in [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("1250ms"), Ok(SignedDuration::from_millis(1_250)));
        for text in ["", "-5", "-5s", "5 apples", "4294967296d", "0x5"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn agents_get_whole_seconds_in_utc() {
        let time = Timestamp::new(1_705_314_600, 999_999_999).expect("a time");
        assert_eq!(rfc3339(time), "2024-01-15T10:30:00Z");
    }
}
