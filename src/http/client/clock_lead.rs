//! The time by which a clock is ahead of a server's, by the `Date` of an answer (RFC 9110 section 6.6.1).

use std::time::SystemTime;

use jiff::SignedDuration;

/// Returns the time by which a clock that shows this time is ahead; it is negative where it is behind.
pub(super) fn of<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: SystemTime,
) -> Option<SignedDuration> {
    let theirs = httpdate::parse_http_date(header("date")?.trim()).ok()?;
    SignedDuration::system_until(theirs, now).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_is_ahead_or_behind() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let lead = |now| of(|name| (name == "date").then_some(date), now);
        let hour = Duration::from_hours(1);
        assert_eq!(lead(theirs + hour), Some(SignedDuration::from_hours(1)));
        assert_eq!(lead(theirs - hour), Some(SignedDuration::from_hours(-1)));
        assert_eq!(of(|_| None, theirs), None);
        assert_eq!(of(|_| Some("yesterday"), theirs), None);
    }
}
