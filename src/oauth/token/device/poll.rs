//! The requests for tokens while the account's owner has not decided yet.

use std::time::Duration;

use age::secrecy::{ExposeSecret, SecretString};

use crate::credential::last_refresh::FailureClass;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::{self, RequestFailure};
use crate::oauth::token::form::Form;
use crate::oauth::token::response::TokenResponse;

/// The grant type (RFC 8628 section 3.4).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The time that is added at each demand to slow down (RFC 8628 section 3.5).
const MORE: Duration = Duration::from_secs(5);

/// The longest pause after failures that may pass.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// An answer to a request for tokens (RFC 8628 section 3.5).
pub enum Poll {
    /// The account's owner consented.
    Granted(Box<TokenResponse>),
    /// The account's owner has not decided.
    Pending,
    /// The same, and the requests come too often.
    SlowDown,
    /// The account's owner refused.
    Denied,
    /// The codes are too old.
    Expired,
}

impl TokenEndpoint<'_> {
    /// Asks for the tokens of a code once.
    ///
    /// # Errors
    ///
    /// There is no answer, or another one than the RFC knows.
    pub async fn poll_device(&self, code: &SecretString) -> Result<Poll, RequestFailure> {
        let form = Form::new(self.provider.token.body, GRANT_TYPE)
            .with("device_code", code.expose_secret());
        let answer = self.ask(&self.urls().token, form).await?;
        match failure::error_code(&answer, self.provider).as_deref() {
            Some("authorization_pending") => Ok(Poll::Pending),
            Some("slow_down") => Ok(Poll::SlowDown),
            Some("access_denied") => Ok(Poll::Denied),
            Some("expired_token") => Ok(Poll::Expired),
            _ => self.read(&answer, &[code]).map(|tokens| Poll::Granted(Box::new(tokens))),
        }
    }
}

/// The time between two requests for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    interval: Duration,
    failures: u32,
}

impl Pace {
    /// Begins with the interval that the server named.
    pub fn new(interval: Duration) -> Self {
        Self { interval, failures: 0 }
    }

    /// Returns the time until the next request.
    pub fn pause(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.interval.saturating_mul(factor).min(LONGEST_PAUSE.max(self.interval))
    }

    /// Notes an answer.
    pub fn answered(&mut self, poll: &Poll) {
        self.failures = 0;
        if matches!(poll, Poll::SlowDown) {
            self.interval += MORE;
        }
    }

    /// Notes a failure; returns whether another request may succeed. The codes outlive a network that is
    /// gone for a while, and each failure doubles the pause (RFC 8628 section 3.5).
    pub fn failed(&mut self, failure: &RequestFailure) -> bool {
        self.failures = self.failures.saturating_add(1);
        failure.blames.is_none()
            && matches!(failure.class, FailureClass::Transient | FailureClass::InDoubt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_to_slow_down_counts_for_all_that_follows() {
        let mut pace = Pace::new(Duration::from_secs(5));
        pace.answered(&Poll::Pending);
        assert_eq!(pace.pause().as_secs(), 5);
        pace.answered(&Poll::SlowDown);
        pace.answered(&Poll::Pending);
        assert_eq!(pace.pause().as_secs(), 10);
        pace.answered(&Poll::SlowDown);
        assert_eq!(pace.pause().as_secs(), 15);
    }

    #[test]
    fn failures_double_the_pause_until_there_is_an_answer() {
        let mut pace = Pace::new(Duration::from_secs(5));
        let failure = RequestFailure::new(FailureClass::Transient, "it is gone");
        let pauses: Vec<_> = (0..5)
            .map(|_| {
                assert!(pace.failed(&failure));
                pace.pause().as_secs()
            })
            .collect();
        assert_eq!(pauses, [10, 20, 40, 60, 60]);
        pace.answered(&Poll::Pending);
        assert_eq!(pace.pause().as_secs(), 5);
        assert!(!pace.failed(&RequestFailure::new(FailureClass::Client, "it is no client")));
    }
}
