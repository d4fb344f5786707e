//! Requests that are signed by OAuth 1.0a: whose they are.

use super::client::RegisteredClient;
use super::grants::Moment;
use super::http::{Reply, Request};
use super::oauth1_tokens::NonceCheck;
use super::refusal::{error, other_clock};
use super::state::State;
use super::token::Digest;
use crate::oauth::oauth1::{self, SignatureHeader, SigningSecrets};

/// The reason why a signed request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProofFailure {
    /// It has no header of OAuth 1.0a.
    Missing,
    /// The client is unknown, the signature another one, or the request a repetition.
    Signature,
    /// The token is unknown.
    Token,
    /// Its time is not now.
    Clock,
}

impl ProofFailure {
    /// Returns the refusal, as X's older API words it.
    pub(super) fn reply(self) -> Reply {
        let (status, code, message) = match self {
            Self::Missing => (400, 215, "Bad Authentication data."),
            Self::Signature => (401, 32, "Could not authenticate you."),
            Self::Token => (401, 89, "Invalid or expired token."),
            Self::Clock => return other_clock(),
        };
        error(status, code, message)
    }
}

/// The token that a signed request is expected to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenStage {
    /// None: it asks for one.
    None,
    /// One that was asked for.
    Request,
    /// One that was granted.
    Access,
}

/// A request that is proved to come from a client. It holds a token, and so it cannot be printed.
pub(super) struct SignedCaller {
    pub(super) consumer_key: String,
    /// Empty where none is needed.
    pub(super) token: String,
    /// Its header.
    pub(super) authorization: SignatureHeader,
}

impl Request {
    /// Returns the header of a request that says it is signed.
    pub(super) fn signed(&self) -> Option<SignatureHeader> {
        self.authorization().and_then(SignatureHeader::parse)
    }
}

/// Returns whose request it is. Its nonce is used then.
pub(super) fn prove(
    state: &mut State,
    request: &Request,
    needed: TokenStage,
    now: Moment,
) -> Result<SignedCaller, ProofFailure> {
    let authorization = request.signed().ok_or(ProofFailure::Missing)?;
    let key = authorization.get("oauth_consumer_key").ok_or(ProofFailure::Missing)?;
    let client = state.clients.iter().filter_map(RegisteredClient::consumer);
    let (_, secret) =
        client.into_iter().find(|(known, _)| *known == key).ok_or(ProofFailure::Signature)?;
    let token = authorization.get("oauth_token").unwrap_or_default();
    let tokens = &state.oauth1;
    let known = match needed {
        TokenStage::None => None,
        TokenStage::Request => {
            tokens.asked(token, now).map(|asked| (&asked.consumer_key, &asked.secret))
        }
        TokenStage::Access => tokens.granted(token).map(|it| (&it.consumer_key, &it.secret)),
    };
    if needed != TokenStage::None && known.is_none_or(|(of, _)| of != key) {
        return Err(ProofFailure::Token);
    }
    let secrets = SigningSecrets { consumer: secret, token: known.map(|(_, secret)| secret) };
    let is_form = request.is_form().then_some(request.body.as_slice());
    let is_signed = origins(state, request).iter().any(|origin| {
        let query = if request.query.is_empty() { "" } else { "?" };
        let url = [origin, request.path.as_str(), query, request.query.as_str()].concat();
        let request = oauth1::SignedRequest { method: &request.method, url: &url, form: is_form };
        authorization.is_signed(&request, &secrets)
    });
    if !is_signed {
        return Err(ProofFailure::Signature);
    }
    let timestamp = authorization.get("oauth_timestamp").and_then(|text| text.parse().ok());
    let timestamp: u64 = timestamp.ok_or(ProofFailure::Clock)?;
    let nonce = authorization.get("oauth_nonce").unwrap_or_default();
    let nonce = Digest::of(&[key, token, nonce].join("\n"));
    let proved =
        SignedCaller { consumer_key: key.to_owned(), token: token.to_owned(), authorization };
    match state.oauth1.take(timestamp, nonce, now) {
        NonceCheck::New => Ok(proved),
        NonceCheck::Repeated => Err(ProofFailure::Signature),
        NonceCheck::Clock => Err(ProofFailure::Clock),
    }
}

/// Returns the origins that a client may have signed: the sandbox's own, and those of the provider, whose
/// requests a library may send here unchanged.
fn origins(state: &State, request: &Request) -> Vec<String> {
    let provider = state.provider();
    let hosts = provider.api_hosts.iter().map(|host| format!("https://{host}"));
    let own = format!("http://{}{}", request.host, state.base_path);
    [own, provider.endpoints.api_url.clone()].into_iter().chain(hosts).collect()
}
