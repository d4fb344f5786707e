//! The request for consent (RFC 5849 section 2.2), and the judgement of what comes back.

use std::fmt;

use age::secrecy::ExposeSecret;
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use super::answer::RequestToken;
use crate::catalog::Oauth1;
use crate::error::Remedy;
use crate::oauth::consent::awaited::{Awaited, RedirectAnswer};
use crate::oauth::consent::redirect_uri::RedirectUri;

/// The bytes of a verifier: a PIN has seven.
const VERIFIER: std::ops::RangeInclusive<usize> = 4..=256;

/// One attempt to get an account's consent, which its request token stands for.
///
/// The token binds the answer to the attempt: a redirect with another one is ignored, so that nobody can
/// slip a consent of theirs into it. The verifier that comes with it is good for this token alone.
pub struct Oauth1Authorization {
    url: String,
    token: [u8; 32],
    /// None: the owner reads a PIN.
    callback: Option<RedirectUri>,
    title: String,
    repetition: Remedy,
}

impl Oauth1Authorization {
    /// Creates the attempt of a request token that was asked for with this callback.
    pub fn new(
        RequestToken(asked): &RequestToken,
        urls: &Oauth1,
        callback: Option<RedirectUri>,
        title: &str,
        repetition: Remedy,
    ) -> Self {
        let token = asked.token.expose_secret();
        let query = Serializer::new(String::new()).append_pair("oauth_token", token).finish();
        let joint = if urls.authorize_url.contains('?') { '&' } else { '?' };
        Self {
            url: format!("{}{joint}{query}", urls.authorize_url),
            token: hash(token),
            callback,
            title: title.to_owned(),
            repetition,
        }
    }

    /// Returns the URL to send the browser to.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn is_own(&self, token: Option<&str>) -> bool {
        // Hashes tell nothing of how far a guess was right by the time that comparing them takes.
        token.is_some_and(|token| hash(token) == self.token)
    }
}

impl Awaited for Oauth1Authorization {
    fn read(&self, query: &str) -> RedirectAnswer {
        let once = |wanted: &str| {
            let pairs = form_urlencoded::parse(query.as_bytes());
            let mut found = pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value);
            found.next().filter(|_| found.next().is_none())
        };
        if self.is_own(once("denied").as_deref()) {
            return RedirectAnswer::Refused {
                error: "access_denied".to_owned(),
                description: None,
            };
        }
        if !self.is_own(once("oauth_token").as_deref()) {
            return RedirectAnswer::Foreign;
        }
        match once("oauth_verifier") {
            Some(verifier) if is_verifier(&verifier) => {
                RedirectAnswer::Code(verifier.into_owned().into())
            }
            _ => RedirectAnswer::Incomplete,
        }
    }

    /// Takes a PIN, or a verifier alone: it is good for the request token of this attempt and no other.
    fn bare(&self, code: &str) -> RedirectAnswer {
        let has_digit = code.bytes().any(|byte| byte.is_ascii_digit());
        if is_verifier(code) && has_digit {
            RedirectAnswer::Code(code.into())
        } else {
            RedirectAnswer::Foreign
        }
    }

    fn binding(&self) -> &'static str {
        "oauth_token"
    }

    fn pasted(&self) -> &'static str {
        match self.callback {
            Some(_) => "the whole address that the browser shows after the consent",
            None => "the PIN that the browser shows after the consent",
        }
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn comes_back_to(&self) -> String {
        self.callback.as_ref().map_or_else(|| "the terminal".to_owned(), ToString::to_string)
    }

    fn repetition(&self) -> &Remedy {
        &self.repetition
    }
}

impl fmt::Debug for Oauth1Authorization {
    /// Formats it without the URL, which has the request token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oauth1Authorization")
            .field("title", &self.title)
            .field("callback", &self.callback)
            .finish_non_exhaustive()
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn is_verifier(text: &str) -> bool {
    VERIFIER.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::token_pair::TokenPair;
    use super::*;
    use crate::oauth::consent::paste;

    fn attempt(callback: Option<&str>) -> Oauth1Authorization {
        let pair = TokenPair { token: "req+token".into(), secret: "SECRET".into() };
        let urls = serde_json::json!({
            "request_token_url": "https://api.example/oauth/request_token",
            "authorize_url": "https://api.example/oauth/authorize",
            "access_token_url": "https://api.example/oauth/access_token",
            "env": {},
        });
        let urls: Oauth1 = serde_json::from_value(urls).expect("it is whole");
        let callback = callback.map(|uri| RedirectUri::parse(uri).expect("it is one"));
        let again = Remedy::connect("x", None);
        Oauth1Authorization::new(&RequestToken(pair), &urls, callback, "X", again)
    }

    fn told(answer: &RedirectAnswer) -> String {
        match answer {
            RedirectAnswer::Code(code) => format!("code {}", code.expose_secret()),
            RedirectAnswer::Refused { error, .. } => format!("refused {error}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    #[test]
    fn a_redirect_belongs_to_the_token_that_was_asked_for() {
        let attempt = attempt(Some("http://127.0.0.1:8080/callback"));
        assert_eq!(attempt.url(), "https://api.example/oauth/authorize?oauth_token=req%2Btoken");
        for (query, expected) in [
            ("oauth_token=req%2Btoken&oauth_verifier=abcd1234", "code abcd1234"),
            ("oauth_token=another&oauth_verifier=abcd1234", "foreign"),
            ("oauth_verifier=abcd1234", "foreign"),
            ("oauth_token=another&oauth_token=req%2Btoken&oauth_verifier=abcd1234", "foreign"),
            ("oauth_token=req%2Btoken&oauth_verifier=a1b2&oauth_verifier=c3d4", "incomplete"),
            ("oauth_token=req%2Btoken&oauth_verifier=", "incomplete"),
            ("oauth_token=req%2Btoken", "incomplete"),
            ("denied=req%2Btoken", "refused access_denied"),
            ("denied=another", "foreign"),
            ("", "foreign"),
        ] {
            assert_eq!(told(&attempt.read(query)), expected, "{query}");
        }
    }

    #[test]
    fn a_pin_is_typed_and_a_word_is_none() {
        let attempt = attempt(None);
        for (line, expected) in [
            (" 0123456\n", "code 0123456"),
            ("yes", "foreign"),
            ("what now", "foreign"),
            ("authorize", "foreign"),
            ("12", "foreign"),
            ("https://api.example/oauth/authorize", "foreign"),
            ("oauth_token=req%2Btoken&oauth_verifier=abcd1234", "code abcd1234"),
            ("http://127.0.0.1/?oauth_token=other&oauth_verifier=abcd1234", "foreign"),
        ] {
            assert_eq!(told(&paste::read(&attempt, line)), expected, "{line}");
        }
    }

    #[test]
    fn neither_token_nor_secret_is_printed() {
        let printed = format!("{:?}", attempt(None));
        assert!(!printed.contains("token") && !printed.contains("SECRET"), "{printed}");
    }
}
