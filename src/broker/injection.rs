//! The credential of a call, put where its provider expects it: at the last moment, and by its kind.

use std::time::{SystemTime, UNIX_EPOCH};

use age::secrecy::ExposeSecret;
use hyper::Request;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::credentials::{LiveCredential, text};
use crate::catalog::{Provider, StaticToken};
use crate::model::credential_id::Kind;
use crate::oauth::oauth1::{RequestSigner, SignedRequest};
use crate::refresh::agent::live_token::Live;
use crate::sys::random::random_text;

/// The credential cannot stand in a request.
#[derive(Debug)]
pub(crate) struct Unfit;

/// Adds a credential to a request. `form` is its body, where that is a form, which a signature covers.
///
/// # Errors
///
/// It has characters that no header takes.
pub(crate) fn inject<B>(
    request: &mut Request<B>,
    provider: &Provider,
    credential: &LiveCredential,
    live: &Live,
    form: Option<&[u8]>,
) -> Result<(), Unfit> {
    match (credential.id.kind, credential.signing()) {
        (Kind::Oauth1, Some(keys)) => {
            let url = request.uri().to_string();
            let covered = SignedRequest { method: request.method().as_str(), url: &url, form };
            let signer = RequestSigner {
                consumer_key: &keys.consumer_key,
                consumer_secret: &keys.consumer_secret,
                token: Some((text(live), &keys.token_secret)),
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
            let value = signer.authorization(&covered, &[], &random_text(), now).ok_or(Unfit)?;
            add(request, AUTHORIZATION, &Zeroizing::new(value))
        }
        (Kind::Oauth1, None) => Err(Unfit),
        (Kind::Static, _) => {
            let Some(kind) = &provider.kinds.static_token else { return Err(Unfit) };
            for (name, value) in &kind.headers {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| Unfit)?;
                let value = value.replace(StaticToken::PLACE, live.access_token.expose_secret());
                add(request, name, &Zeroizing::new(value))?;
            }
            Ok(())
        }
        (Kind::Oauth2 | Kind::AppOnly | Kind::ServiceAccount, _) => {
            let value = Zeroizing::new(format!("Bearer {}", text(live)));
            add(request, AUTHORIZATION, &value)
        }
    }
}

fn add<B>(request: &mut Request<B>, name: HeaderName, value: &str) -> Result<(), Unfit> {
    let mut value = HeaderValue::from_str(value).map_err(|_| Unfit)?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}
