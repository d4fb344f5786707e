//! A pace: a number of calls in a time.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::time;

/// A number of calls in a time: `10/1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The most calls, at least one.
    pub calls: u32,
    /// The time in which they may go out, at least a second.
    pub window: SignedDuration,
}

impl Pace {
    /// The most calls of a pace: each is remembered by its time.
    const MOST_CALLS: u32 = 100_000;
    const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || {
            let most = Self::MOST_CALLS;
            format!(
                "it is a number of calls from 1 to {most} and a time of 1s to 366d, such as 10/1h"
            )
        };
        let (calls, window) = text.split_once('/').ok_or_else(form)?;
        let calls = calls.parse().ok().filter(|calls| (1..=Self::MOST_CALLS).contains(calls));
        let window = time::duration(window).ok();
        let window =
            window.filter(|window| (SignedDuration::from_secs(1)..=Self::LONGEST).contains(window));
        Ok(Self { calls: calls.ok_or_else(form)?, window: window.ok_or_else(form)? })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = if self.calls == 1 { "call" } else { "calls" };
        write!(f, "{} {calls} in {:#}", self.calls, self.window)
    }
}

impl Serialize for Pace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}/{:#}", self.calls, self.window))
    }
}

impl<'de> Deserialize<'de> for Pace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_and_written() {
        for (text, calls, seconds, words) in [
            ("10/1h", 10, 3600, "10 calls in 1h"),
            ("1/90s", 1, 90, "1 call in 1m 30s"),
            ("100000/366d", 100_000, 366 * 86_400, "100000 calls in 8784h"),
            ("5/1", 5, 1, "5 calls in 1s"),
        ] {
            let pace: Pace = text.parse().expect(text);
            assert_eq!((pace.calls, pace.window.as_secs()), (calls, seconds), "{text}");
            assert_eq!(pace.to_string(), words);
            let written = serde_json::to_string(&pace).expect("it is a text");
            assert_eq!(serde_json::from_str::<Pace>(&written).expect(&written), pace);
        }
        for text in [
            "",
            "10",
            "/1h",
            "10/",
            "0/1h",
            "-1/1h",
            "100001/1h",
            "1/0s",
            "1/500ms",
            "1/367d",
            "1/1h/1h",
            "a/b",
        ] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }
}
