//! The authorization request (RFC 6749 section 4.1.1), and the judgement of what comes back
//! (section 4.1.2).

use std::fmt;

use age::secrecy::SecretString;
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use super::awaited::{Awaited, RedirectAnswer};
use super::pkce::Verifier;
use super::redirect_uri::RedirectUri;
use crate::catalog::{Provider, Urls};
use crate::error::{Code, Error, Remedy, Result};
use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::sys::random::random_text;
use crate::text::redact::quotable;

/// The most bytes of an authorization code that are taken for one.
const LONGEST_CODE: usize = 4096;

/// The fewest characters of a bare code: fewer are a word that was typed.
const SHORTEST_BARE_CODE: usize = 8;

/// The most characters of a provider's words that are shown.
const LONGEST_WORDS: usize = 300;

/// One attempt to get an account's consent. It is good for one redirect.
pub struct Authorization {
    url: String,
    state: [u8; 32],
    verifier: Verifier,
    has_challenge: bool,
    redirect_uri: RedirectUri,
    title: String,
    issuer: Issuer,
    repetition: Remedy,
}

/// The consent that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The scopes of each part of the consent.
    pub scopes: &'a [(&'a Part, &'a ScopeSet)],
    /// Whether the account consented before.
    pub adds: bool,
    /// The account that is expected to consent, by its handle or its id.
    pub account: Option<&'a str>,
}

/// The sender that a redirect may name (RFC 9207).
enum Issuer {
    /// The issuer of the provider's data, and nothing that differs from it in a character (section
    /// 2.4). `is_promised`: the server always names itself.
    Exactly { issuer: String, is_promised: bool },
    /// Any with one of these origins: nothing better is known.
    Origins([String; 2]),
}

impl Issuer {
    fn of(provider: &Provider, urls: &Urls) -> Self {
        match &urls.issuer {
            Some(issuer) => Self::Exactly {
                issuer: issuer.clone(),
                is_promised: provider.authorization_response_iss_parameter_supported,
            },
            None => Self::Origins([origin(&urls.authorize), origin(&urls.token)]),
        }
    }

    fn is_promised(&self) -> bool {
        matches!(self, Self::Exactly { is_promised: true, .. })
    }

    fn is(&self, named: &str) -> bool {
        match self {
            Self::Exactly { issuer, .. } => issuer == named,
            Self::Origins(origins) => origins.contains(&origin(named)),
        }
    }
}

impl Authorization {
    /// Begins a new attempt, with a state and a verifier of its own.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: the redirect URI has a port that this machine chooses, and the
    /// provider compares ports; or no port was chosen yet.
    pub fn new(
        provider: &Provider,
        urls: &Urls,
        client_id: &str,
        redirect_uri: RedirectUri,
        wish: &Wish<'_>,
    ) -> Result<Self> {
        if redirect_uri.is_ephemeral() && provider.quirks.exact_redirect_uri {
            let message = format!(
                "{} compares the port of redirect URIs: `{redirect_uri}` cannot be registered",
                provider.title
            );
            return Err(Error::new(Code::BadArgument, message).with_hint(
                "register a redirect URI with a port of your choice, and use that one",
            ));
        }
        if redirect_uri.loopback().is_some_and(|loopback| loopback.port == 0) {
            let message = format!("the redirect URI `{redirect_uri}` has no port to come back to");
            return Err(Error::new(Code::BadArgument, message));
        }
        let state = random_text();
        let verifier = Verifier::generate();
        let asked = Asked { provider, client_id, redirect_uri: &redirect_uri, wish };
        let url = asked.url(&urls.authorize, &state, &verifier);
        Ok(Self {
            url,
            state: hash(&state),
            verifier,
            has_challenge: provider.takes_challenges(),
            redirect_uri,
            repetition: Remedy::connect(provider.slug.as_str(), None),
            title: provider.title.clone(),
            issuer: Issuer::of(provider, urls),
        })
    }

    /// Returns the URL to send the browser to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the code verifier, for the token request. A provider that refuses challenges got
    /// none, and must not be sent it either.
    pub fn verifier(&self) -> &SecretString {
        self.verifier.secret()
    }

    /// Returns the URI to which the browser comes back: the token request has to say the same,
    /// letter by letter.
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Returns the same attempt, which this request repeats.
    #[must_use]
    pub fn repeated_by(self, repetition: Remedy) -> Self {
        Self { repetition, ..self }
    }

    /// Judges the query of a redirect (what is behind `?`).
    ///
    /// The state comes first: whatever else a query says, without the right state it is nothing. A
    /// parameter must not be there twice (RFC 6749 section 3.1).
    pub fn read(&self, query: &str) -> RedirectAnswer {
        let [mut state, mut code, mut error, mut description, mut issuer] =
            [const { Parameter::Absent }; 5];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "state" => state.take(&value),
                "code" => code.take(&value),
                "error" => error.take(&value),
                "error_description" => description.take(&value),
                "iss" => issuer.take(&value),
                _ => {}
            }
        }
        // Hashes tell nothing of how far a guess was right by the time that comparing them takes.
        if state.once().is_none_or(|state| hash(state) != self.state) {
            return RedirectAnswer::Foreign;
        }
        match &issuer {
            Parameter::Absent if self.issuer.is_promised() => return RedirectAnswer::NoIssuer,
            Parameter::Absent => {}
            named if named.once().is_some_and(|named| self.issuer.is(named)) => {}
            _ => return RedirectAnswer::WrongIssuer,
        }
        match (code, error) {
            (Parameter::Once(code), Parameter::Absent) if is_code(&code) => {
                RedirectAnswer::Code(code.into())
            }
            (Parameter::Absent, Parameter::Once(error)) if !quoted(&error).is_empty() => {
                RedirectAnswer::Refused {
                    error: quoted(&error),
                    description: description.once().map(quoted).filter(|words| !words.is_empty()),
                }
            }
            _ => RedirectAnswer::Incomplete,
        }
    }
}

impl Awaited for Authorization {
    fn read(&self, query: &str) -> RedirectAnswer {
        Self::read(self, query)
    }

    /// Takes a code that came without a state.
    ///
    /// The state keeps others from slipping a code of another attempt into this one. So does the
    /// code challenge: the token endpoint refuses a code that was issued for another challenge (RFC
    /// 9700 section 4.7.1), so that a person may hand over a bare code. If the provider refuses
    /// challenges, nothing would protect it; if it promises to name itself, a bare code hides who
    /// sent it. (Neither tells who consented: that is confirmed later.)
    fn bare(&self, code: &str) -> RedirectAnswer {
        let is_long = code.len() >= SHORTEST_BARE_CODE;
        if self.has_challenge && !self.issuer.is_promised() && is_long && is_code(code) {
            RedirectAnswer::Code(code.into())
        } else {
            RedirectAnswer::Foreign
        }
    }

    fn binding(&self) -> &'static str {
        "state"
    }

    fn pasted(&self) -> &'static str {
        "the whole address that the browser shows after the consent"
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn comes_back_to(&self) -> String {
        self.redirect_uri.to_string()
    }

    fn repetition(&self) -> &Remedy {
        &self.repetition
    }
}

impl fmt::Debug for Authorization {
    /// Formats it without the URL, which has the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("title", &self.title)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The parts of a request for consent that are the same at each attempt.
struct Asked<'a> {
    provider: &'a Provider,
    client_id: &'a str,
    redirect_uri: &'a RedirectUri,
    wish: &'a Wish<'a>,
}

impl Asked<'_> {
    fn url(&self, endpoint: &str, state: &str, verifier: &Verifier) -> String {
        let Self { provider, client_id, redirect_uri, wish } = self;
        let authorize = &provider.authorize;
        let mut query = Serializer::new(String::new());
        query.append_pair("response_type", "code");
        query.append_pair("client_id", client_id);
        query.append_pair("redirect_uri", &redirect_uri.to_string());
        for (part, scopes) in wish.scopes.iter().filter(|(_, scopes)| !scopes.is_empty()) {
            let of_part = provider.parts.get(*part).map(|part| part.scope_parameter.as_str());
            let parameter = of_part.unwrap_or(authorize.scope_parameter());
            query.append_pair(parameter, &authorize.scope_text(scopes));
        }
        query.append_pair("state", state);
        if provider.takes_challenges() {
            query.append_pair("code_challenge", &verifier.challenge());
            query.append_pair("code_challenge_method", "S256");
        }
        query.extend_pairs(&authorize.parameters);
        if wish.adds {
            query.extend_pairs(&authorize.add_scopes_parameters);
        }
        if let (Some(parameter), Some(account)) = (&authorize.account_hint_parameter, wish.account)
        {
            query.append_pair(parameter, account);
        }
        // A space is `%20` for every server, and `+` only for those that read it as a form. A plus
        // sign of a value is `%2B` by now.
        let query = query.finish().replace('+', "%20");
        let join = match endpoint.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{endpoint}{join}{query}")
    }
}

/// A parameter of a query.
enum Parameter {
    Absent,
    Once(String),
    Repeated,
}

impl Parameter {
    fn take(&mut self, value: &str) {
        *self = match self {
            Self::Absent => Self::Once(value.to_owned()),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }

    fn once(&self) -> Option<&str> {
        match self {
            Self::Once(value) => Some(value),
            Self::Absent | Self::Repeated => None,
        }
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns the scheme and the authority of a URL.
fn origin(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    url[..end].to_ascii_lowercase()
}

/// Returns whether a text can be an authorization code (RFC 6749 appendix A.11: visible ASCII; the
/// space that it allows is in no code).
fn is_code(text: &str) -> bool {
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Returns a provider's words, made fit to be shown.
fn quoted(words: &str) -> String {
    quotable(words, LONGEST_WORDS)
}
