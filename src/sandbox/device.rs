//! Codes of the device authorization grant (RFC 8628): those that were asked for, and the decisions of
//! account owners. Time is a parameter.

use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};

use super::grants::Moment;
use super::token::{self, Digest};
use crate::model::scope::ScopeSet;

/// The path at which a code is asked for.
pub(super) const REQUEST: &str = "/i/oauth2/device/code";

/// The path of the page where it is typed.
pub(super) const PAGE: &str = "/i/oauth2/device";

/// The time for which a code lives.
pub(super) const LIVES: Duration = Duration::from_mins(15);

/// The time between two requests for tokens.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// The time that is added where they come too often (RFC 8628 section 3.5).
const MORE: Duration = Duration::from_secs(5);

/// The letters of codes: consonants, of which no words come about (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A request for a code.
pub(super) struct DeviceRequest {
    pub(super) client_id: String,
    pub(super) scopes: ScopeSet,
    /// As the device shows it.
    pub(super) user_code: String,
    device_code: Digest,
    decision: Option<DeviceDecision>,
    interval: Duration,
    polled_at: Option<Instant>,
    dies_at: Instant,
}

/// The decision of an account's owner.
pub(super) enum DeviceDecision {
    Granted { account: String, scopes: ScopeSet },
    Refused,
}

/// A state in which a request for tokens finds its code (RFC 8628 section 3.5).
pub(super) enum PollOutcome {
    Decided(DeviceDecision),
    Pending,
    SlowDown,
    Expired,
    Unknown,
}

/// All codes.
#[derive(Default)]
pub(super) struct DeviceRequests(Vec<DeviceRequest>);

impl DeviceRequests {
    /// Notes a request, and gives the code to type and the one to ask for tokens with.
    pub(super) fn ask(
        &mut self,
        client_id: &str,
        scopes: ScopeSet,
        now: Moment,
    ) -> (String, SecretString) {
        let device_code: SecretString = token::random().into();
        let user_code = user_code();
        self.0.push(DeviceRequest {
            client_id: client_id.to_owned(),
            scopes,
            user_code: user_code.clone(),
            device_code: Digest::of(device_code.expose_secret()),
            decision: None,
            interval: INTERVAL,
            polled_at: None,
            dies_at: now.instant + LIVES,
        });
        (user_code, device_code)
    }

    /// Returns the request of a code that was typed and not decided, whatever the case of its letters
    /// and the dash in it.
    pub(super) fn undecided(&self, typed: &str, now: Moment) -> Option<&DeviceRequest> {
        self.0.iter().find(|request| request.is_undecided(typed, now))
    }

    /// Notes a decision, which is made once.
    pub(super) fn decide(&mut self, typed: &str, decision: DeviceDecision, now: Moment) {
        if let Some(request) = self.0.iter_mut().find(|request| request.is_undecided(typed, now)) {
            request.decision = Some(decision);
        }
    }

    /// Answers a request for tokens. A decision is given out once.
    pub(super) fn poll(&mut self, code: &str, client_id: &str, now: Moment) -> PollOutcome {
        let digest = Digest::of(code);
        let is_its = |it: &DeviceRequest| it.device_code == digest && it.client_id == client_id;
        let Some(at) = self.0.iter().position(is_its) else { return PollOutcome::Unknown };
        let request = &mut self.0[at];
        if request.dies_at <= now.instant {
            self.0.remove(at);
            return PollOutcome::Expired;
        }
        let is_early = request.polled_at.is_some_and(|last| now.instant < last + request.interval);
        request.polled_at = Some(now.instant);
        if is_early {
            request.interval += MORE;
            return PollOutcome::SlowDown;
        }
        if request.decision.is_none() {
            return PollOutcome::Pending;
        }
        let decision = self.0.remove(at).decision;
        decision.map_or(PollOutcome::Pending, PollOutcome::Decided)
    }
}

impl DeviceRequest {
    fn is_undecided(&self, typed: &str, now: Moment) -> bool {
        let letters = |code: &str| code.replace('-', "").to_ascii_uppercase();
        self.decision.is_none()
            && self.dies_at > now.instant
            && letters(&self.user_code) == letters(typed.trim())
    }
}

fn user_code() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let (first, second) = letters.split_at(4);
    let text = |half: &[char]| half.iter().collect::<String>();
    format!("{}-{}", text(first), text(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(now: Moment, seconds: u64) -> Moment {
        Moment { instant: now.instant + Duration::from_secs(seconds), ..now }
    }

    #[test]
    fn a_code_is_pending_then_decided_once() {
        let (mut requests, now) = (DeviceRequests::default(), Moment::now());
        let (typed, code) = requests.ask("app", ScopeSet::default(), now);
        let code = code.expose_secret();
        assert!(matches!(requests.poll(code, "other", now), PollOutcome::Unknown));
        assert!(matches!(requests.poll(code, "app", now), PollOutcome::Pending));
        assert!(matches!(requests.poll(code, "app", now), PollOutcome::SlowDown));
        assert!(matches!(requests.poll(code, "app", later(now, 5)), PollOutcome::SlowDown));
        let typed = typed.replace('-', "").to_lowercase();
        assert!(requests.undecided(&typed, now).is_some());
        requests.decide(&typed, DeviceDecision::Refused, now);
        assert!(requests.undecided(&typed, now).is_none());
        let decided = requests.poll(code, "app", later(now, 60));
        assert!(matches!(decided, PollOutcome::Decided(DeviceDecision::Refused)));
        assert!(matches!(requests.poll(code, "app", later(now, 120)), PollOutcome::Unknown));
    }

    #[test]
    fn a_code_dies() {
        let (mut requests, now) = (DeviceRequests::default(), Moment::now());
        let (typed, code) = requests.ask("app", ScopeSet::default(), now);
        let then = later(now, LIVES.as_secs());
        assert!(requests.undecided(&typed, then).is_none());
        assert!(matches!(requests.poll(code.expose_secret(), "app", then), PollOutcome::Expired));
    }
}
