//! OAuth 1.0a: what was asked for and granted, and the nonces that were used. Time is a parameter.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};

use super::grants::Moment;
use super::token::{self, Digest};
use crate::catalog::Operation;
use crate::model::access_level::AccessLevel;

/// The time for which a request token can be exchanged. X's is not known.
const REQUEST_LIVES: Duration = Duration::from_mins(15);

/// The difference from its own clock, in seconds, that a server lets pass.
const SKEW: u64 = 300;

/// Returns the least level that may call an operation.
pub(super) fn needed_level(operation: &Operation) -> AccessLevel {
    let mut scopes = operation.user.iter().flat_map(|it| it.alternatives().first().iter());
    if scopes.any(|scope| scope.starts_with("dm.")) {
        AccessLevel::ReadWriteDirectMessages
    } else if operation.method.name() == "GET" {
        AccessLevel::Read
    } else {
        AccessLevel::ReadWrite
    }
}

/// A token that was asked for, and the owner's decision once there is one.
pub(super) struct RequestToken {
    pub(super) consumer_key: String,
    /// `oob`, or where the browser is sent.
    pub(super) callback: String,
    pub(super) level: AccessLevel,
    pub(super) secret: SecretString,
    decision: Option<(String, SecretString)>,
    dies_at: Instant,
}

/// A token that was granted.
pub(super) struct Oauth1Token {
    pub(super) consumer_key: String,
    pub(super) account: String,
    pub(super) level: AccessLevel,
    pub(super) secret: SecretString,
}

/// A token and its secret, as they are handed out.
pub(super) struct TokenPair {
    pub(super) token: SecretString,
    pub(super) secret: SecretString,
}

/// All tokens of OAuth 1.0a.
#[derive(Default)]
pub(super) struct Oauth1Tokens {
    asked: HashMap<Digest, RequestToken>,
    granted: HashMap<Digest, Oauth1Token>,
    /// By the second that they are of.
    nonces: HashSet<(u64, Digest)>,
}

impl Oauth1Tokens {
    /// Notes a request for a token.
    pub(super) fn ask(
        &mut self,
        consumer_key: &str,
        callback: &str,
        level: AccessLevel,
        now: Moment,
    ) -> TokenPair {
        self.asked.retain(|_, asked| asked.dies_at > now.instant);
        let pair = TokenPair { token: letters(27).into(), secret: letters(32).into() };
        let asked = RequestToken {
            consumer_key: consumer_key.to_owned(),
            callback: callback.to_owned(),
            level,
            secret: pair.secret.clone(),
            decision: None,
            dies_at: now.instant + REQUEST_LIVES,
        };
        self.asked.insert(Digest::of(pair.token.expose_secret()), asked);
        pair
    }

    /// Returns what a request token is for, as long as it can be exchanged.
    pub(super) fn asked(&self, token: &str, now: Moment) -> Option<&RequestToken> {
        self.asked.get(&Digest::of(token)).filter(|asked| asked.dies_at > now.instant)
    }

    /// Notes that an account's owner consents, and gives the verifier: a PIN of seven digits where no
    /// browser brings it back. A decision is made once.
    pub(super) fn consent(&mut self, token: &str, account: &str) -> Option<SecretString> {
        let asked = self.asked.get_mut(&Digest::of(token))?;
        if asked.decision.is_some() {
            return None;
        }
        let verifier = if asked.callback == OUT_OF_BAND { pin() } else { letters(32) };
        let verifier = SecretString::from(verifier);
        asked.decision = Some((account.to_owned(), verifier.clone()));
        Some(verifier)
    }

    /// Forgets a request token.
    pub(super) fn refuse(&mut self, token: &str) {
        self.asked.remove(&Digest::of(token));
    }

    /// Exchanges a request token for one of the account, whatever comes of it: it is good once.
    pub(super) fn exchange(&mut self, token: &str, verifier: &str) -> Option<(TokenPair, String)> {
        let asked = self.asked.remove(&Digest::of(token))?;
        let (account, right) = asked.decision?;
        if Digest::of(right.expose_secret()) != Digest::of(verifier) {
            return None;
        }
        let pair = self.grant(&asked.consumer_key, &account, asked.level);
        Some((pair, account))
    }

    /// Grants a token, which ends the one that the client had of the account.
    pub(super) fn grant(
        &mut self,
        consumer_key: &str,
        account: &str,
        level: AccessLevel,
    ) -> TokenPair {
        self.granted.retain(|_, old| old.consumer_key != consumer_key || old.account != account);
        let token = format!("{account}-{}", letters(40));
        let pair = TokenPair { token: token.into(), secret: letters(45).into() };
        let granted = Oauth1Token {
            consumer_key: consumer_key.to_owned(),
            account: account.to_owned(),
            level,
            secret: pair.secret.clone(),
        };
        self.granted.insert(Digest::of(pair.token.expose_secret()), granted);
        pair
    }

    pub(super) fn granted(&self, token: &str) -> Option<&Oauth1Token> {
        self.granted.get(&Digest::of(token))
    }

    /// Returns the number of tokens of an account.
    pub(super) fn granted_by(&self, account: &str) -> usize {
        self.granted.values().filter(|granted| granted.account == account).count()
    }

    pub(super) fn revoke(&mut self, token: &str) {
        self.granted.remove(&Digest::of(token));
    }

    /// Ends all tokens of an account, and all decisions of its owner.
    pub(super) fn revoke_account(&mut self, account: &str) {
        self.granted.retain(|_, granted| granted.account != account);
        self.asked.retain(|_, asked| asked.decision.as_ref().is_none_or(|(of, _)| of != account));
    }

    /// Takes the nonce of a signed request (RFC 5849 section 3.3).
    pub(super) fn take(&mut self, timestamp: u64, nonce: Digest, now: Moment) -> NonceCheck {
        let now = u64::try_from(now.unix_ms / 1_000).unwrap_or_default();
        if timestamp.abs_diff(now) > SKEW {
            return NonceCheck::Clock;
        }
        self.nonces.retain(|(at, _)| at.abs_diff(now) <= SKEW);
        if self.nonces.insert((timestamp, nonce)) { NonceCheck::New } else { NonceCheck::Repeated }
    }
}

/// Whether a signed request is made now, and for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NonceCheck {
    New,
    Repeated,
    /// Its clock is another one.
    Clock,
}

/// The callback that says that there is none.
pub(super) const OUT_OF_BAND: &str = "oob";

/// Generates letters and digits that nobody can guess.
fn letters(count: usize) -> String {
    let texts = std::iter::repeat_with(token::random);
    let letters = texts.flat_map(|text| text.into_bytes().into_iter().map(char::from));
    letters.filter(char::is_ascii_alphanumeric).take(count).collect()
}

fn pin() -> String {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    format!("{:07}", u32::from_ne_bytes(bytes) % 10_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, TokenKind};
    use crate::model::credential_id::Kind;

    fn at(seconds: i64) -> Moment {
        Moment { instant: Instant::now(), unix_ms: seconds * 1_000 }
    }

    #[test]
    fn a_request_is_good_once_and_now() {
        let mut tokens = Oauth1Tokens::default();
        let nonce = Digest::of("a");
        assert_eq!(tokens.take(1_000, nonce, at(1_000)), NonceCheck::New);
        assert_eq!(tokens.take(1_000, nonce, at(1_001)), NonceCheck::Repeated);
        assert_eq!(tokens.take(1_001, nonce, at(1_001)), NonceCheck::New);
        assert_eq!(tokens.take(1_000, Digest::of("b"), at(1_300)), NonceCheck::New);
        assert_eq!(tokens.take(1_000, Digest::of("c"), at(1_301)), NonceCheck::Clock);
        assert_eq!(tokens.take(1_301, Digest::of("c"), at(1_000)), NonceCheck::Clock);
        assert_eq!(tokens.nonces.len(), 3);
    }

    #[test]
    fn a_request_token_is_good_once_and_for_a_while() {
        let mut tokens = Oauth1Tokens::default();
        let now = at(0);
        let level = AccessLevel::Read;
        let asked = tokens.ask("key", OUT_OF_BAND, level, now);
        let token = asked.token.expose_secret();
        let later = Moment { instant: now.instant + REQUEST_LIVES, ..now };
        assert!(tokens.asked(token, now).is_some() && tokens.asked(token, later).is_none());
        let pin = tokens.consent(token, "1001").expect("it was asked for");
        assert!(tokens.consent(token, "1002").is_none(), "a decision is made once");
        let (pair, account) =
            tokens.exchange(token, pin.expose_secret()).expect("the verifier is right");
        assert_eq!(account, "1001");
        assert!(tokens.exchange(token, pin.expose_secret()).is_none());
        let granted = tokens.granted(pair.token.expose_secret()).expect("it lives");
        assert_eq!((granted.account.as_str(), granted.level), ("1001", level));

        let again = tokens.ask("key", OUT_OF_BAND, level, now);
        tokens.consent(again.token.expose_secret(), "1001");
        assert!(tokens.exchange(again.token.expose_secret(), "").is_none());
    }

    #[test]
    fn keys_say_the_level_that_their_operations_need() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider(super::super::options::PROVIDER).expect("it is built in");
        for (key, capability) in &provider.capabilities {
            let operations = provider.operations().iter();
            let is_signed = capability.kinds().contains(&Kind::Oauth1);
            let signed = operations.filter(|it| is_signed && it.oauth1 && it.keys.contains(key));
            if let Some(needed) = signed.map(needed_level).max() {
                assert_eq!(capability.level, needed, "{key}");
            }
        }
    }

    #[test]
    fn the_catalog_recognises_what_is_granted() {
        let mut tokens = Oauth1Tokens::default();
        let pair = tokens.grant("key", "1001", AccessLevel::Read);
        let catalog = Catalog::builtin();
        let provider = catalog.provider(super::super::options::PROVIDER).expect("it is built in");
        let shape = provider.recognise_token(pair.token.expose_secret()).map(|shape| shape.kind);
        assert_eq!(shape, Some(TokenKind::Oauth1));
        assert_eq!(pair.secret.expose_secret().len(), 45);
    }
}
