//! The failures of signed requests: the code of an error, and what is at fault.
//!
//! X answers JSON with `errors`, each with a code and a message; its newer API a problem (RFC 9457); the
//! exchange of a request token a line of text.

use jiff::SignedDuration;
use serde_json::Value;

use crate::credential::last_refresh::{Blame, FailureClass};
use crate::http::client::Answer;
use crate::http::client::sent::Sent;
use crate::oauth::token::failure::RequestFailure;
use crate::text::time::in_words;

/// The most characters of a server's words that are passed on.
const LONGEST_WORDS: usize = 200;

/// The difference of clocks that servers let pass, and less than what X lets.
const SKEW: SignedDuration = SignedDuration::from_mins(4);

/// The error codes of X's older API.
const COULD_NOT_AUTHENTICATE: u64 = 32;
const TOKEN_INVALID: u64 = 89;
const TIMESTAMP_OUT_OF_BOUNDS: u64 = 135;
const BAD_AUTHENTICATION: u64 = 215;
const CALLBACK_NOT_APPROVED: u64 = 415;
const CALLBACK_OUT_OF_BAND_ALONE: u64 = 417;
const SUBSET_OF_ENDPOINTS: u64 = 453;

/// The problem of a token whose level is too low.
const PERMISSIONS: &str = "oauth1-permissions";

/// The cause of a refusal, where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oauth1Fault {
    /// The clock of this machine.
    Clock,
    /// The callback: the client is not registered with it.
    Callback,
    /// The keys of the client, or the signature that they make.
    Keys,
    /// The token: unknown, or ended.
    Token,
    /// The verifier.
    Verifier,
    /// The level of the token.
    Level,
    /// The plan of the app.
    Plan,
}

/// A signed request that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oauth1Failure {
    /// Its class and the event, in words.
    pub request: RequestFailure,
    /// Its cause.
    pub fault: Option<Oauth1Fault>,
}

impl From<RequestFailure> for Oauth1Failure {
    fn from(request: RequestFailure) -> Self {
        Self { request, fault: None }
    }
}

impl Oauth1Failure {
    /// Returns whether the token is known to be dead.
    pub fn is_dead_token(&self) -> bool {
        self.fault == Some(Oauth1Fault::Token)
    }
}

/// Returns the failure that an answer stands for.
pub(super) fn refusal(answer: &Answer, sent: &Sent) -> Oauth1Failure {
    let said = Said::of(&answer.body);
    let ahead = answer.clock_lead;
    let fault = fault(answer.status, &said, ahead);
    let mut what = said.words(answer.status, sent);
    if let (Some(Oauth1Fault::Clock), Some(ahead)) = (fault, ahead) {
        let way = if ahead.is_negative() { "behind" } else { "ahead of" };
        what.push_str(&format!(
            "; the clock of this machine is {} {way} its own",
            in_words(to_the_minute(ahead.abs()))
        ));
    }
    let blames = match fault {
        Some(Oauth1Fault::Keys) => Some(Blame::Client),
        Some(Oauth1Fault::Plan) => Some(Blame::Plan),
        _ => None,
    };
    let request = RequestFailure {
        blames,
        retry_after: answer.retry_after,
        ..RequestFailure::new(class(answer.status, fault), what)
    };
    Oauth1Failure { request, fault }
}

/// Rounds what is longer than some minutes: answers take a moment.
fn to_the_minute(difference: SignedDuration) -> SignedDuration {
    let seconds = difference.as_secs();
    if seconds < 120 { difference } else { SignedDuration::from_secs((seconds + 30) / 60 * 60) }
}

fn fault(status: u16, said: &Said, ahead: Option<SignedDuration>) -> Option<Oauth1Fault> {
    let is_off = ahead.is_some_and(|ahead| ahead.abs() > SKEW);
    match said.code {
        Some(TIMESTAMP_OUT_OF_BOUNDS) => return Some(Oauth1Fault::Clock),
        Some(CALLBACK_NOT_APPROVED | CALLBACK_OUT_OF_BAND_ALONE) => {
            return Some(Oauth1Fault::Callback);
        }
        Some(TOKEN_INVALID) => return Some(Oauth1Fault::Token),
        Some(SUBSET_OF_ENDPOINTS) => return Some(Oauth1Fault::Plan),
        // A clock that is off is told so too.
        Some(COULD_NOT_AUTHENTICATE | BAD_AUTHENTICATION) if !is_off => {
            return Some(Oauth1Fault::Keys);
        }
        _ => {}
    }
    if said.problem.as_deref() == Some(PERMISSIONS) {
        return Some(Oauth1Fault::Level);
    }
    if said.text.as_ref().is_some_and(|text| text.contains("oauth_verifier")) {
        return Some(Oauth1Fault::Verifier);
    }
    match status {
        401 if is_off => Some(Oauth1Fault::Clock),
        402 => Some(Oauth1Fault::Plan),
        _ => None,
    }
}

fn class(status: u16, fault: Option<Oauth1Fault>) -> FailureClass {
    match (fault, status) {
        (Some(Oauth1Fault::Token | Oauth1Fault::Verifier), _) => FailureClass::Rejected,
        (Some(_), _) => FailureClass::Client,
        (None, 502 | 504 | 520 | 524) => FailureClass::InDoubt,
        (None, 400..=403) => FailureClass::Client,
        (None, _) => FailureClass::Transient,
    }
}

/// The statement of a server about a failure.
#[derive(Debug, Default)]
struct Said {
    code: Option<u64>,
    message: Option<String>,
    /// The last segment of the problem's type.
    problem: Option<String>,
    /// A line that is neither JSON nor a page.
    text: Option<String>,
}

impl Said {
    fn of(body: &[u8]) -> Self {
        let text = str::from_utf8(body).unwrap_or_default().trim();
        let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(text) else {
            let is_line = !text.is_empty() && !text.contains(['<', '\n', '{']);
            return Self { text: is_line.then(|| text.to_owned()), ..Self::default() };
        };
        let error = &value["errors"][0];
        let words = |value: &Value| value.as_str().map(str::to_owned);
        let problem =
            words(&value["type"]).and_then(|url| url.rsplit('/').next().map(str::to_owned));
        Self {
            code: error["code"].as_u64(),
            message: words(&error["message"]).or_else(|| words(&value["detail"])),
            problem,
            text: None,
        }
    }

    fn words(&self, status: u16, sent: &Sent) -> String {
        let quoted = |words: &str| sent.quotable(words, LONGEST_WORDS);
        match (self.code, self.message.as_ref().or(self.text.as_ref())) {
            (Some(code), Some(words)) => {
                format!("it answers {status}, error {code}: {}", quoted(words))
            }
            (Some(code), None) => format!("it answers {status}, error {code}"),
            (None, Some(words)) => format!("it answers {status}: {}", quoted(words)),
            (None, None) => format!("it answers {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::SecretString;
    use zeroize::Zeroizing;

    use super::*;

    fn refused(status: u16, body: &str, clock: i64) -> Oauth1Failure {
        let clock_lead = Some(SignedDuration::from_secs(clock));
        let body = Zeroizing::new(body.as_bytes().to_vec());
        let answer = Answer { status, clock_lead, body, ..Answer::default() };
        let secret = SecretString::from("a-secret");
        refusal(&answer, &Sent::new([&secret]))
    }

    #[test]
    fn every_refusal_has_its_cause_and_its_class() {
        use FailureClass::{Client, InDoubt, Rejected, Transient};
        let error = |code: u64| format!(r#"{{"errors":[{{"code":{code},"message":"No."}}]}}"#);
        let problem = r#"{"title":"Forbidden","type":"https://api.twitter.com/2/problems/oauth1-permissions","detail":"No."}"#;
        let verifier = "Error processing your OAuth request: Invalid oauth_verifier parameter";
        for (status, body, fault, class) in [
            (401, error(32), Some(Oauth1Fault::Keys), Client),
            (400, error(215), Some(Oauth1Fault::Keys), Client),
            (401, error(89), Some(Oauth1Fault::Token), Rejected),
            (401, error(135), Some(Oauth1Fault::Clock), Client),
            (403, error(415), Some(Oauth1Fault::Callback), Client),
            (403, error(453), Some(Oauth1Fault::Plan), Client),
            (403, problem.to_owned(), Some(Oauth1Fault::Level), Client),
            (401, verifier.to_owned(), Some(Oauth1Fault::Verifier), Rejected),
            (401, String::new(), None, Client),
            (429, error(88), None, Transient),
            (503, "<html>".to_owned(), None, Transient),
            (502, String::new(), None, InDoubt),
        ] {
            let failure = refused(status, &body, 0);
            assert_eq!((failure.fault, failure.request.class), (fault, class), "{status} {body}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_named_with_how_far() {
        let body = r#"{"errors":[{"code":32,"message":"Could not authenticate you."}]}"#;
        for (clock, words) in [
            (600, "the clock of this machine is 10m ahead of its own"),
            (-3_600, "the clock of this machine is 1h behind its own"),
        ] {
            let failure = refused(401, body, clock);
            assert_eq!(failure.fault, Some(Oauth1Fault::Clock));
            assert!(failure.request.what.ends_with(words), "{}", failure.request.what);
        }
        let near = refused(401, body, 200);
        assert_eq!(near.fault, Some(Oauth1Fault::Keys));
        assert!(!near.request.what.contains("clock"), "{}", near.request.what);
    }

    #[test]
    fn a_server_is_quoted_without_secrets_and_pages_are_not() {
        let body = r#"{"errors":[{"code":32,"message":"\u001b[31mnot a-secret"}]}"#;
        let what = refused(401, body, 0).request.what;
        assert!(what.contains("***") && !what.contains("a-secret") && !what.contains('\u{1b}'));
        assert_eq!(refused(503, "<html>a-secret", 0).request.what, "it answers 503");
    }
}
