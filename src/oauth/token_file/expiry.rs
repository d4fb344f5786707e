//! The expiry of a token, as the file that holds it states it.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::unusable::Unusable;
use crate::oauth::token::response;

/// The name of a length of time, from the moment at which the token was issued. Names are in lower case
/// and without underscores: `expires_in`, `expiresIn`.
const LENGTHS: [&str; 1] = ["expiresin"];

/// The names of the moment at which the token was issued.
const ISSUED: [&str; 5] = ["createdat", "issuedat", "obtainedat", "fetchedat", "iat"];

/// The names of the moment at which the token dies.
const POINTS: [&str; 11] = [
    "expiresat",
    "expiry",
    "expirydate",
    "expireson",
    "expires",
    "expiration",
    "expirationtime",
    "expiretime",
    "tokenexpiry",
    "tokenexpiresat",
    "accesstokenexpiresat",
];

/// The first seconds and milliseconds since 1970 that are none of a token: those of the year 2286. From
/// 2001 on, what is too much for seconds may be milliseconds.
const TOO_LATE: f64 = 1e10;
const FIRST_MILLISECONDS: f64 = 1e12;

/// The largest distance between two statements of one time.
const ROUNDING: SignedDuration = SignedDuration::from_secs(1);
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// The statements of a file about the end of its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expiry {
    /// The lifetime at issue, in seconds.
    pub expires_in: Option<u64>,
    /// The time at which it dies.
    pub expires_at: Option<Timestamp>,
}

impl Expiry {
    /// Reads the fields of a file.
    ///
    /// # Errors
    ///
    /// A value makes no sense, or two contradict one another.
    pub(super) fn of(fields: &Map<String, Value>, now: Timestamp) -> Result<Self, Unusable> {
        let stated = |names: &'static [&'static str]| {
            fields.iter().filter(move |(name, value)| {
                !value.is_null() && names.contains(&plain(name).as_str())
            })
        };
        let mut expires_in = None;
        for (name, value) in stated(&LENGTHS) {
            let seconds = response::seconds(value);
            if expires_in.is_some() && expires_in != seconds {
                let why = format!("`expires_in` and `{name}` contradict one another");
                return Err(Unusable::new(why));
            }
            expires_in = seconds;
        }
        let mut expires_at: Option<(&str, Timestamp)> = None;
        for (name, value) in stated(&POINTS) {
            let Some(at) = point(name, value)? else { continue };
            if let Some((other, stated)) = expires_at
                && stated.duration_since(at).abs() > ROUNDING
            {
                let why = format!("`{other}` and `{name}` contradict one another");
                return Err(Unusable::new(why));
            }
            expires_at = Some((name, at));
        }
        if let (Some((name, at)), Some(seconds)) = (expires_at, expires_in) {
            let life = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            if at.duration_since(now) > life.saturating_add(CLOCKS) {
                return Err(Unusable::new(format!(
                    "`{name}` is further away than `expires_in` lets a token live"
                )));
            }
        }
        let expires_at = match (expires_at, expires_in) {
            (None, Some(seconds)) => ended(stated(&ISSUED).next(), seconds, now)?,
            (at, _) => at.map(|(_, at)| at),
        };
        Ok(Self { expires_in, expires_at })
    }

    /// Returns when the token was issued, where both are stated.
    pub fn issued_at(&self) -> Option<Timestamp> {
        let life = SignedDuration::from_secs(i64::try_from(self.expires_in?).ok()?);
        self.expires_at?.checked_sub(life).ok()
    }
}

/// Returns when a token dies that lives for so many seconds and was issued at a stated moment.
fn ended(
    issued: Option<(&String, &Value)>,
    seconds: u64,
    now: Timestamp,
) -> Result<Option<Timestamp>, Unusable> {
    let Some((name, value)) = issued else { return Ok(None) };
    let Some(at) = point(name, value)? else { return Ok(None) };
    if at.duration_since(now) > CLOCKS {
        return Err(Unusable::new(format!("`{name}` is in the future")));
    }
    let life = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    Ok(at.checked_add(life).ok())
}

/// Returns a name of a field as the lists here have it.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// Reads a point in time: seconds or milliseconds since 1970, or RFC 3339. None is the time that Go
/// writes for no time.
#[allow(clippy::cast_possible_truncation, reason = "it lies between 1970 and 2286")]
fn point(name: &str, value: &Value) -> Result<Option<Timestamp>, Unusable> {
    let odd = |why: &str| Err(Unusable::new(format!("`{name}` {why}")));
    if let Some(number) = number(value) {
        let milliseconds = if (0.0..TOO_LATE).contains(&number) {
            number * 1e3
        } else if (FIRST_MILLISECONDS..TOO_LATE * 1e3).contains(&number) {
            number
        } else {
            return odd("is no time of a token, in seconds since 1970");
        };
        let at = Timestamp::from_millisecond(milliseconds.floor() as i64);
        return at.map(Some).or_else(|_| odd("is no time"));
    }
    let Value::String(text) = value else {
        return odd("is neither a number of seconds since 1970 nor a time (RFC 3339)");
    };
    let text = text.trim();
    if text.starts_with("0001-01-01T00:00:00") {
        return Ok(None);
    }
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(Some(at)),
        Err(_) if text.parse::<DateTime>().is_ok() => {
            odd("has no time zone (a `Z` at its end means UTC)")
        }
        Err(_) => odd("is neither a number of seconds since 1970 nor a time (RFC 3339)"),
    }
}

/// Returns a number, which some programs write as a text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let is_plain = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            text.trim().parse().ok().filter(|_| text.trim().chars().all(is_plain))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-29T12:00:00Z";

    fn expiry(fields: &Value) -> Result<Expiry, String> {
        let fields = fields.as_object().expect("an object");
        Expiry::of(fields, NOW.parse().unwrap()).map_err(|unusable| unusable.why)
    }

    fn expires_at(fields: &Value) -> Option<String> {
        expiry(fields).unwrap().expires_at.map(|at| at.to_string())
    }

    #[test]
    fn a_point_in_time_has_many_forms() {
        let at = "2026-11-29T11:00:00Z";
        for value in [
            json!(1_795_950_000),
            json!(1_795_950_000.0),
            json!("1795950000"),
            json!(1_795_950_000_000_u64),
            json!("2026-11-29T11:00:00Z"),
            json!("2026-11-29T12:00:00+01:00"),
            json!("2026-11-29 11:00:00+00:00"),
            json!("2026-11-29T11:00:00.000000Z"),
        ] {
            for name in POINTS {
                assert_eq!(
                    expires_at(&json!({ name: value })).as_deref(),
                    Some(at),
                    "{name} {value}"
                );
            }
        }
        let fraction = json!({"expires_at": 1_795_950_000.5});
        assert_eq!(expires_at(&fraction).as_deref(), Some("2026-11-29T11:00:00.5Z"));
        for none in
            [json!({}), json!({"expires_at": null}), json!({"expiry": "0001-01-01T00:00:00Z"})]
        {
            assert_eq!(expires_at(&none), None, "{none}");
        }
        assert_eq!(expires_at(&json!({"expires_at": 0})).as_deref(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn a_length_of_time_counts_from_the_moment_of_issue_where_that_is_stated() {
        for name in ["created_at", "createdAt", "issued_at", "obtained_at", "iat"] {
            let file = json!({"expires_in": 7200, name: "2026-11-29T09:00:00Z"});
            assert_eq!(expires_at(&file).as_deref(), Some("2026-11-29T11:00:00Z"), "{name}");
            let file = json!({"expires_in": 7200, name: "2099-11-29T09:00:00Z"});
            assert!(expiry(&file).is_err(), "{name}");
            assert_eq!(expires_at(&json!({ name: "2026-11-29T09:00:00Z" })), None, "{name}");
        }
        let stated = json!({
            "ExpiresAt": "2026-11-29T11:00:00Z", "expires_in": 7200, "created_at": 1,
        });
        assert_eq!(expires_at(&stated).as_deref(), Some("2026-11-29T11:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for value in [
            json!(true),
            json!(-1),
            json!(-1.5),
            json!(253_402_300_800_u64),
            json!(1e300),
            json!("10000-01-01T00:00:00Z"),
            json!("NaN"),
            json!("inf"),
            json!("soon"),
            json!(""),
            json!("2026-13-01T00:00:00Z"),
            json!("2026-11-29T11:00:00"),
            json!([1_795_950_000]),
            json!({}),
        ] {
            assert!(expiry(&json!({"expires_at": value})).is_err(), "{value}");
        }
        // A length of time is read as in the answer of a server.
        for (value, seconds) in [
            (json!("7200"), Some(7200)),
            (json!(-1), Some(0)),
            (json!("soon"), None),
            (json!(true), None),
        ] {
            assert_eq!(expiry(&json!({"expires_in": value})).unwrap().expires_in, seconds);
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let (past, future) = ("2026-11-29T11:00:00Z", "2026-11-29T14:00:00Z");
        for agreeing in [
            json!({"expires_in": 7200, "expires_at": past}),
            json!({"expires_in": 7200, "expires_at": future}),
            json!({"expires_at": 1_795_950_000.4, "expiry": past}),
            json!({"expires_in": 7200, "expiresIn": 7200}),
        ] {
            assert!(expiry(&agreeing).is_ok(), "{agreeing}");
        }
        for contradicting in [
            json!({"expires_in": 3600, "expires_at": future}),
            json!({"expires_at": past, "expiry": future}),
            json!({"expires_in": 7200, "expiresIn": 3600}),
        ] {
            assert!(expiry(&contradicting).is_err(), "{contradicting}");
        }
        let both = expiry(&json!({"expires_in": 7200, "expires_at": past})).unwrap();
        assert_eq!(both.issued_at().unwrap().to_string(), "2026-11-29T09:00:00Z");
    }
}
