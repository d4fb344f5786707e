//! The failures of a token endpoint, classified.
//!
//! A grant is destroyed by taking a passing failure for the end, or the end for a passing failure.
//! So each answer belongs to one of four classes ([`FailureClass`]). The content of an answer comes
//! first; its status counts only if the content says nothing. Two answers are *in doubt*, because
//! the server may have done its work all the same: none at all, and one that a gateway gave in the
//! place of the server's own (502 and 504, and 520 and 524, which a large one adds to them).

use std::time::Duration;

use age::secrecy::SecretString;
use serde_json::Value;

use crate::catalog::{ExpectedToken, Provider};
use crate::credential::last_refresh::{Blame, FailureClass};
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, LONGEST_ANSWER, Setting, Unanswered};
use crate::model::credential_id::Part;
use crate::oauth::token::response::{Invalid, TokenResponse};
use crate::text::redact::redact;

/// The most characters of a server's words that are passed on.
const LONGEST_WORDS: usize = 200;

/// A request to a token endpoint that gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFailure {
    /// Its class, for the grant.
    pub class: FailureClass,
    /// The event, in words, without any secret.
    pub what: String,
    /// The party at fault beside the grant, if it is known.
    pub blames: Option<Blame>,
    /// The time for which the provider wants not to be asked again.
    pub retry_after: Option<Duration>,
}

impl RequestFailure {
    pub(crate) fn new(class: FailureClass, what: impl Into<String>) -> Self {
        let what = redact(&what.into()).into_owned();
        Self { class, what, blames: None, retry_after: None }
    }

    /// Returns the same of a request that may be repeated, whether or not the server did its work.
    #[must_use]
    pub(crate) fn repeatable(self) -> Self {
        match self.class {
            FailureClass::InDoubt => Self { class: FailureClass::Transient, ..self },
            _ => self,
        }
    }
}

impl From<Unanswered> for RequestFailure {
    fn from(Unanswered { may_have_arrived, what, blames }: Unanswered) -> Self {
        let blames = blames.map(|setting| match setting {
            Setting::Certificates => Blame::Certificates,
            Setting::Proxy => Blame::Proxy,
        });
        let class = if may_have_arrived { FailureClass::InDoubt } else { FailureClass::Transient };
        Self { blames, ..Self::new(class, what) }
    }
}

/// Reads the token of an answer to what was sent (RFC 6749 sections 5.1 and 5.2).
pub(crate) fn read(
    answer: &Answer,
    provider: &Provider,
    expected: ExpectedToken<'_>,
    sent: &Sent,
) -> Result<TokenResponse, RequestFailure> {
    let token = read_any(answer, provider, [(Part::main(), expected)], sent)?.pop();
    Ok(token.expect("there is one, or the failure").1)
}

/// Reads the tokens of an answer that has one or more of several, each a part of a consent.
pub(crate) fn read_any<'p>(
    answer: &Answer,
    provider: &Provider,
    expected: impl IntoIterator<Item = (&'p Part, ExpectedToken<'p>)>,
    sent: &Sent,
) -> Result<Vec<(Part, TokenResponse)>, RequestFailure> {
    let said = ErrorAnswer::of(&answer.body, provider);
    let sent = sent.and(&said.tokens);
    if (200..300).contains(&answer.status) && said.error.is_none() && !said.is_refused {
        let text = str::from_utf8(&answer.body).unwrap_or("");
        let quote = |words: &str, most| sent.quotable(words, most);
        let mut found = Vec::new();
        for (part, expected) in expected {
            match TokenResponse::parse_for(text, expected, quote) {
                Ok(token) => found.push((part.clone(), token)),
                Err(Invalid::NoAccessToken) => {}
                Err(other) => return Err(unusable(other, answer)),
            }
        }
        if found.is_empty() {
            return Err(unusable(Invalid::NoAccessToken, answer));
        }
        return Ok(found);
    }
    Err(refused(answer, &said, provider, &sent))
}

/// Returns the failure of an answer that says success and has no tokens that can be used.
fn unusable(invalid: Invalid, answer: &Answer) -> RequestFailure {
    let what = match invalid {
        Invalid::NotJson(..) if answer.body.len() >= LONGEST_ANSWER => {
            format!("it answers more than {} MiB", LONGEST_ANSWER >> 20)
        }
        Invalid::NotJson(..) => "it answers something that is no JSON".to_owned(),
        other => other.to_string(),
    };
    RequestFailure::new(FailureClass::InDoubt, what)
}

/// Returns the failure that an answer of the API (or of the revocation endpoint) stands for.
pub(crate) fn refusal(answer: &Answer, provider: &Provider, sent: &Sent) -> RequestFailure {
    let said = ErrorAnswer::of(&answer.body, provider);
    refused(answer, &said, provider, &sent.and(&said.tokens))
}

/// Returns whether an answer says that nothing was done, whatever its status.
pub(crate) fn is_refused(body: &[u8], provider: &Provider) -> bool {
    provider.token.ok.is_some() && ErrorAnswer::of(body, provider).is_refused
}

/// Returns the code of the error in an answer (RFC 6749 section 5.2), if it has one.
pub(crate) fn error_code(answer: &Answer, provider: &Provider) -> Option<String> {
    ErrorAnswer::of(&answer.body, provider).error
}

fn refused(
    answer: &Answer,
    said: &ErrorAnswer,
    provider: &Provider,
    sent: &Sent,
) -> RequestFailure {
    let class = class(answer.status, said, provider);
    let blames = if answer.status == 402 || said.is_about_billing(provider) {
        Some(Blame::Plan)
    } else if class == FailureClass::Client && (answer.status == 401 || said.is_about_client()) {
        Some(Blame::Client)
    } else {
        None
    };
    RequestFailure {
        blames,
        retry_after: answer.retry_after,
        ..RequestFailure::new(class, said.words(answer.status, sent))
    }
}

fn class(status: u16, said: &ErrorAnswer, provider: &Provider) -> FailureClass {
    if said.is_dead_grant(provider) {
        return FailureClass::Rejected;
    }
    if status == 402 || said.is_about_billing(provider) {
        return FailureClass::Client;
    }
    match (said.error.as_deref(), status) {
        (Some(error), _) if provider.quirks.passing_errors.iter().any(|it| it == error) => {
            FailureClass::Transient
        }
        (Some("temporarily_unavailable" | "server_error" | "slow_down"), _) => {
            FailureClass::Transient
        }
        (_, 502 | 504 | 520 | 524) => FailureClass::InDoubt,
        (_, 408 | 425 | 429 | 500..) => FailureClass::Transient,
        (Some(_), _) => FailureClass::Client,
        (None, 400..=403) if said.is_json => FailureClass::Client,
        (None, _) => FailureClass::Transient,
    }
}

/// The statement of a server about a failure: an OAuth error (RFC 6749 section 5.2), or a problem
/// (RFC 9457).
#[derive(Debug, Default)]
struct ErrorAnswer {
    is_json: bool,
    /// Whether it has a truth value that says so, with a provider that has one in each answer.
    is_refused: bool,
    error: Option<String>,
    description: Option<String>,
    /// The last segment of the problem's type, and its reason.
    problem: [Option<String>; 2],
    /// The tokens that are there all the same, and that its words may repeat.
    tokens: Vec<SecretString>,
}

impl ErrorAnswer {
    fn of(body: &[u8], provider: &Provider) -> Self {
        let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let token = &provider.token;
        let of_parts = provider.parts.values().map(|part| &part.response);
        let places = std::iter::once(&token.response).chain(of_parts);
        let places = places.flat_map(|places| [&places.access_token, &places.refresh_token]);
        let places = places.flatten().map(String::as_str);
        let tokens = ["/access_token", "/refresh_token"].into_iter().chain(places);
        let tokens = tokens.filter_map(|place| Some(value.pointer(place)?.as_str()?.into()));
        let tokens = tokens.collect();
        let ok = token.ok.as_deref().and_then(|place| value.pointer(place));
        let is_refused = ok == Some(&Value::Bool(false));
        let Value::Object(fields) = value else { return Self::default() };
        let text = |name: &str| Some(fields.get(name)?.as_str()?.trim().to_owned());
        let kind = text("type").and_then(|url| url.rsplit('/').next().map(str::to_owned));
        Self {
            is_json: true,
            is_refused,
            error: text("error").filter(|error| !error.is_empty()),
            description: text("error_description")
                .or_else(|| text("detail"))
                .or_else(|| Some(fields.get("error")?.get("message")?.as_str()?.to_owned())),
            problem: [kind, text("reason")],
            tokens,
        }
    }

    fn is_dead_grant(&self, provider: &Provider) -> bool {
        let Some(error) = &self.error else { return false };
        error == "invalid_grant"
            || provider.quirks.dead_grant_answers.iter().any(|dead| {
                dead.error == *error
                    && (dead.description.is_none() || dead.description == self.description)
            })
    }

    fn is_about_client(&self) -> bool {
        matches!(self.error.as_deref(), Some("invalid_client" | "unauthorized_client"))
    }

    fn is_about_billing(&self, provider: &Provider) -> bool {
        let of_billing = &provider.quirks.billing_problems;
        self.problem.iter().flatten().any(|problem| of_billing.contains(problem))
    }

    /// Returns the words to report. A body that is no JSON is some proxy's page, and is not quoted.
    fn words(&self, status: u16, sent: &Sent) -> String {
        let quoted = |words: &Option<String>| {
            words.as_deref().map(|words| sent.quotable(words, LONGEST_WORDS))
        };
        match (quoted(&self.error), quoted(&self.description)) {
            (Some(error), Some(description)) => {
                format!("it answers {status}, `{error}`: {description}")
            }
            (Some(error), None) => format!("it answers {status}, `{error}`"),
            (None, Some(description)) => format!("it answers {status}: {description}"),
            (None, None) if (300..400).contains(&status) => {
                format!(
                    "it answers {status}, a redirect, which a request with secrets never follows"
                )
            }
            (None, None) => format!("it answers {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::catalog::Catalog;

    fn classified(status: u16, body: &str) -> Result<TokenResponse, RequestFailure> {
        let catalog = Catalog::builtin();
        let body = Zeroizing::new(body.as_bytes().to_vec());
        let answer = Answer { status, body, ..Answer::default() };
        let provider = catalog.provider("x").expect("it is built in");
        read(&answer, provider, provider.token.expected(), &Sent::new([]))
    }

    #[test]
    fn every_answer_has_its_class() {
        use FailureClass::{Client, InDoubt, Rejected, Transient};
        let dead = r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#;
        let secret = r#"{"error":"unauthorized_client","error_description":"Missing valid authorization header"}"#;
        let problem =
            r#"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#;
        let enrolled = r#"{"reason":"client-not-enrolled","title":"Client Forbidden","type":"https://api.twitter.com/2/problems/client-forbidden"}"#;
        for (status, body, class) in [
            (400, r#"{"error":"invalid_grant"}"#, Rejected),
            (401, r#"{"error":"invalid_grant"}"#, Rejected),
            (200, r#"{"error":"invalid_grant"}"#, Rejected),
            (400, dead, Rejected),
            (400, r#"{"error":"invalid_request","error_description":"Something else."}"#, Client),
            (400, r#"{"error":"invalid_scope"}"#, Client),
            (400, r#"{"error":"unsupported_grant_type"}"#, Client),
            (401, r#"{"error":"invalid_client"}"#, Client),
            (401, secret, Client),
            (401, problem, Client),
            (403, enrolled, Client),
            (402, r#"{"title":"CreditsDepleted"}"#, Client),
            (403, "<html>a firewall</html>", Transient),
            (401, "", Transient),
            (404, "{}", Transient),
            (307, "", Transient),
            (408, "", Transient),
            (429, r#"{"title":"Too Many Requests"}"#, Transient),
            (500, "", Transient),
            (503, r#"{"error":"invalid_client"}"#, Transient),
            (503, r#"{"error":"temporarily_unavailable"}"#, Transient),
            (400, r#"{"error":"temporarily_unavailable"}"#, Transient),
            (502, "<html>", InDoubt),
            (504, "", InDoubt),
            (200, "<html>sign in to the wireless network</html>", InDoubt),
            (200, r#"{"access_token":"at","#, InDoubt),
            (200, r#"{"token_type":"bearer"}"#, InDoubt),
            (200, r#"{"access_token":"at","token_type":"mac"}"#, InDoubt),
        ] {
            let failure = classified(status, body).err().expect("there are no tokens");
            assert_eq!(failure.class, class, "{status} {body}");
        }
    }

    #[test]
    fn a_server_is_quoted_without_its_secrets_and_tricks() {
        let token = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2OjE3MDAwMDAwMDAwMDA6MToxOnJ0OjE";
        let body = format!(
            r#"{{"error":"invalid_request","error_description":"\u001b[31mno: {token} {}"}}"#,
            "x".repeat(10_000)
        );
        let what = classified(400, &body).err().expect("it is an error").what;
        assert!(!what.contains('\u{1b}') && !what.contains(token) && what.len() < 400, "{what}");
    }

    #[test]
    fn a_server_that_repeats_its_tokens_or_ours_is_quoted_without_them() {
        let refresh_token = SecretString::from("a-token-that-was-sent");
        let body = |fields: &str| format!(r#"{{"access_token":"a-new-token",{fields}}}"#);
        let padding = "x".repeat(70);
        for (status, body) in [
            (400, body(r#""error":"a-new-token","error_description":"not a-token-that-was-sent""#)),
            (400, body(r#""error":"e","error_description":"not a-token-\u200bthat-was-sent""#)),
            (200, body(&format!(r#""token_type":"{padding} a-token-that-was-sent""#))),
            (200, body(&format!(r#""token_type":"{padding} a-new-token""#))),
        ] {
            let catalog = Catalog::builtin();
            let provider = catalog.provider("x").expect("it is built in");
            let answer =
                Answer { status, body: Zeroizing::new(body.into_bytes()), ..Answer::default() };
            let (expected, sent) = (provider.token.expected(), Sent::new([&refresh_token]));
            let failure = read(&answer, provider, expected, &sent).err();
            let what = failure.expect("there are no tokens").what;
            assert!(what.contains("***") && !what.contains("a-"), "{what}");
        }
    }

    #[test]
    fn money_is_nobodys_fault() {
        let body = r#"{"reason":"client-not-enrolled","detail":"Enroll."}"#;
        let failure = classified(403, body).err().expect("it is an error");
        assert_eq!((failure.blames, failure.class), (Some(Blame::Plan), FailureClass::Client));
        let depleted = classified(402, "").err().expect("it is an error");
        assert_eq!((depleted.blames, depleted.class), (Some(Blame::Plan), FailureClass::Client));
    }

    #[test]
    fn the_network_is_in_doubt_once_the_request_may_have_arrived() {
        for (may_have_arrived, class) in
            [(false, FailureClass::Transient), (true, FailureClass::InDoubt)]
        {
            let unanswered = Unanswered { may_have_arrived, what: "gone".to_owned(), blames: None };
            assert_eq!(RequestFailure::from(unanswered).class, class);
        }
    }
}
