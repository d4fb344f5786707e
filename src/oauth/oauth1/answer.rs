//! The answers that hold tokens, which are encoded as forms (RFC 5849 sections 2.1 and 2.3).

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::refusal::Oauth1Failure;
use super::token_pair::TokenPair;
use crate::credential::last_refresh::FailureClass;
use crate::oauth::account::{Owner, is_shown};
use crate::oauth::token::failure::RequestFailure;

/// The most bytes of a token, and of a secret.
const LONGEST: usize = 4096;

/// A token that an account's owner is to consent to.
#[derive(Clone, Debug)]
pub struct RequestToken(pub TokenPair);

/// A token of an account.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token.
    pub pair: TokenPair,
    /// The account, if the answer names it.
    pub owner: Option<Owner>,
}

impl RequestToken {
    /// Reads an answer. It has to confirm the callback: without that, the provider speaks the first version
    /// of the protocol, in which a consent can be slipped into another attempt.
    pub(super) fn read(body: &[u8]) -> Result<Self, Oauth1Failure> {
        let fields = Fields::read(body)?;
        let pair = fields.pair()?;
        if fields.get("oauth_callback_confirmed") != Some("true") {
            return Err(invalid(FailureClass::Client, "it does not confirm the callback"));
        }
        Ok(Self(pair))
    }
}

impl IssuedToken {
    /// Reads an answer.
    pub(super) fn read(body: &[u8]) -> Result<Self, Oauth1Failure> {
        let fields = Fields::read(body)?;
        let shown = |name: &str| fields.get(name).filter(|text| is_shown(text)).map(str::to_owned);
        let owner = shown("user_id").map(|id| Owner { id, handle: shown("screen_name") });
        Ok(Self { pair: fields.pair()?, owner })
    }
}

/// The fields of a form. They may hold tokens, and so they cannot be printed.
struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    fn read(body: &[u8]) -> Result<Self, Oauth1Failure> {
        let mut fields: Vec<(String, Zeroizing<String>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(invalid(FailureClass::InDoubt, "it answers a field twice"));
            }
            fields.push((name.into_owned(), Zeroizing::new(value.into_owned())));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn pair(&self) -> Result<TokenPair, Oauth1Failure> {
        let secret = |name: &str| {
            let text = self.get(name).filter(|text| is_secret(text));
            let what = format!("it answers no `{name}` that can be used");
            text.map(SecretString::from).ok_or_else(|| invalid(FailureClass::InDoubt, &what))
        };
        Ok(TokenPair { token: secret("oauth_token")?, secret: secret("oauth_token_secret")? })
    }
}

fn is_secret(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn invalid(class: FailureClass, what: &str) -> Oauth1Failure {
    RequestFailure::new(class, what).into()
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_request_token_has_to_confirm_the_callback() {
        let answer = b"oauth_token=a%2Bb&oauth_token_secret=s&oauth_callback_confirmed=true";
        let RequestToken(pair) = RequestToken::read(answer).expect("it is one");
        assert_eq!((pair.token.expose_secret(), pair.secret.expose_secret()), ("a+b", "s"));
        for (answer, what) in [
            ("oauth_token=a&oauth_token_secret=s", "confirm"),
            ("oauth_token=a&oauth_token_secret=s&oauth_callback_confirmed=false", "confirm"),
            ("oauth_token=a&oauth_callback_confirmed=true", "`oauth_token_secret`"),
            ("oauth_token=&oauth_token_secret=s&oauth_callback_confirmed=true", "`oauth_token`"),
            ("oauth_token=a%20b&oauth_token_secret=s", "`oauth_token`"),
            ("oauth_token=a&oauth_token=b&oauth_token_secret=s", "twice"),
            ("<html>sign in to the wireless network</html>", "`oauth_token`"),
            ("{\"oauth_token\": \"a\"}", "`oauth_token`"),
        ] {
            let failure = RequestToken::read(answer.as_bytes()).err().expect(answer);
            assert!(failure.request.what.contains(what), "{answer}: {failure:?}");
        }
    }

    #[test]
    fn a_token_names_its_account_where_it_can_be_shown() {
        let owner = |more: &str| {
            let answer = format!("oauth_token=1-a&oauth_token_secret=s{more}");
            IssuedToken::read(answer.as_bytes()).expect("it is one").owner
        };
        let alice = Owner { id: "1".to_owned(), handle: Some("alice".to_owned()) };
        assert_eq!(owner("&user_id=1&screen_name=alice"), Some(alice));
        let nameless = Owner { id: "1".to_owned(), handle: None };
        assert_eq!(owner("&user_id=1&screen_name=%1b%5b31m"), Some(nameless));
        assert_eq!(owner("&screen_name=alice"), None);
    }

    #[test]
    fn no_secret_is_printed() {
        let answer = b"oauth_token=TOKEN&oauth_token_secret=SECRET&user_id=1";
        let printed = format!("{:?}", IssuedToken::read(answer).expect("it is one"));
        assert!(!printed.contains("TOKEN") && !printed.contains("SECRET"), "{printed}");
    }
}
