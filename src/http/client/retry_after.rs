//! The time for which a server wants not to be asked again, by the headers of its answer.
//!
//! `Retry-After` (RFC 9110 section 10.2.3) is a number of seconds or a date, in any of the three forms
//! of section 5.6.7. If there is none, the end of a used-up window says it: `x-rate-limit-reset`, in
//! seconds since 1970, as X sends it. Times are held against the server's own clock, which `Date` shows,
//! so that a clock that is wrong here waits neither too long nor not at all.

use std::time::{Duration, SystemTime};

/// The longest wait that a provider is believed to want.
const LONGEST: Duration = Duration::from_hours(1);

/// Returns the wait that an answer with this status and these headers, by their names in lower case,
/// asks for. An invalid time is ignored, and a time that has passed is no wait.
pub(crate) fn asked<'a>(
    status: u16,
    header: impl Fn(&str) -> Option<&'a str>,
    now: SystemTime,
) -> Option<Duration> {
    let text = |name: &str| header(name).map(str::trim);
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let now = text("date").and_then(date).unwrap_or(now);
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    let is_used_up = || status == 429 || number("x-rate-limit-remaining") == Some(0);
    let reset = || {
        let at = Duration::from_secs(number("x-rate-limit-reset").filter(|_| is_used_up())?);
        SystemTime::UNIX_EPOCH.checked_add(at).map(until)
    };
    Some(stated(&header, now).or_else(reset)?.min(LONGEST))
}

/// Returns the wait that `Retry-After` asks for, however long, by the server's clock as [`asked`] does.
pub(crate) fn stated<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: SystemTime,
) -> Option<Duration> {
    let stated = header("retry-after")?.trim();
    if let Ok(seconds) = stated.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = header("date").map(str::trim).and_then(date).unwrap_or(now);
    date(stated).map(|until| until.duration_since(now).unwrap_or_default())
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06, 08:49:37, the moment of the RFC's examples.
    const NOW: u64 = 784_111_777;

    fn asked_by(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        let header =
            |name: &str| headers.iter().find(|(named, _)| *named == name).map(|(_, value)| *value);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        asked(status, header, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        for (value, expected) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600)),
            ("86400", Some(3600)),
            ("18446744073709551615", Some(3600)),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:50:37 CET", None),
            ("", None),
        ] {
            assert_eq!(asked_by(503, &[("retry-after", value)]), expected, "{value:?}");
        }
        assert_eq!(asked_by(503, &[]), None);
    }

    #[test]
    fn a_used_up_window_is_waited_for() {
        let (reset, later) = (("x-rate-limit-reset", "784111877"), "784119999999");
        let (none, some) = (("x-rate-limit-remaining", "0"), ("x-rate-limit-remaining", "3"));
        assert_eq!(asked_by(429, &[reset]), Some(100));
        assert_eq!(asked_by(429, &[reset, some]), Some(100));
        assert_eq!(asked_by(503, &[reset, none]), Some(100));
        assert_eq!(asked_by(503, &[reset, some]), None);
        assert_eq!(asked_by(403, &[reset]), None);
        assert_eq!(asked_by(429, &[("x-rate-limit-reset", later)]), Some(3600));
        assert_eq!(asked_by(429, &[("x-rate-limit-reset", "1")]), Some(0));
        assert_eq!(asked_by(429, &[("x-rate-limit-reset", "soon")]), None);
        assert_eq!(asked_by(429, &[reset, ("retry-after", "5")]), Some(5));
        assert_eq!(asked_by(429, &[reset, ("retry-after", "soon")]), Some(100));
    }

    #[test]
    fn times_are_those_of_the_servers_clock() {
        let date = ("date", "Sun, 06 Nov 1994 10:49:37 GMT");
        let retry = ("retry-after", "Sun, 06 Nov 1994 10:50:07 GMT");
        assert_eq!(asked_by(503, &[date, retry]), Some(30));
        assert_eq!(asked_by(429, &[date, ("x-rate-limit-reset", "784118987")]), Some(10));
        assert_eq!(asked_by(503, &[date, ("retry-after", "30")]), Some(30));
    }
}
