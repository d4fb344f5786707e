//! The bearer token of an app: minted for its consumer key (client credentials, RFC 6749 section 4.4), and
//! invalidated for everybody who uses the app.

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::oauth1::encoded;
use super::token::failure::{self, RequestFailure};
use super::token::form::Form;
use crate::catalog::{BodyFormat, Provider};
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, Http, Outgoing};

/// The consumer key of an app, and its secret.
#[derive(Clone, Debug)]
pub struct AppCredentials {
    /// The key.
    pub key: String,
    /// The secret.
    pub secret: SecretString,
}

impl AppCredentials {
    /// Returns the credentials of HTTP Basic: the key and the secret, each percent-encoded first.
    fn basic(&self) -> SecretString {
        let secret = Zeroizing::new(encoded(self.secret.expose_secret()));
        let pair = Zeroizing::new(format!("{}:{}", encoded(&self.key), *secret));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        format!("Basic {}", *encoded).into()
    }
}

/// Mints the token of an app. Where it has one, providers answer that one.
pub async fn mint(
    http: &Http,
    provider: &Provider,
    url: &str,
    pair: &AppCredentials,
) -> Result<SecretString, RequestFailure> {
    let form = Form::new(BodyFormat::Form, "client_credentials");
    let (answer, sent) = ask(http, url, pair, form, &[]).await?;
    // Nothing is lost by asking once more.
    let response = failure::read(&answer, provider, provider.token.expected(), &sent)
        .map_err(RequestFailure::repeatable)?;
    Ok(response.access_token)
}

/// Ends the token of an app.
pub async fn invalidate(
    http: &Http,
    provider: &Provider,
    url: &str,
    pair: &AppCredentials,
    token: &SecretString,
) -> Result<(), RequestFailure> {
    let form = Form::empty(BodyFormat::Form).with("access_token", token.expose_secret());
    let (answer, sent) = ask(http, url, pair, form, &[token]).await?;
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    Err(failure::refusal(&answer, provider, &sent))
}

async fn ask(
    http: &Http,
    url: &str,
    pair: &AppCredentials,
    form: Form,
    secrets: &[&SecretString],
) -> Result<(Answer, Sent), RequestFailure> {
    let basic = pair.basic();
    let (media_type, body) = (form.media_type(), form.encoded());
    let request = Outgoing::post(url, media_type, &body).authorized(Some(&basic));
    let answer = http.send(&request).await.map_err(RequestFailure::from)?;
    let of_client = [&pair.secret, &basic];
    Ok((answer, Sent::new(secrets.iter().copied().chain(of_client))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_secret_are_encoded_before_they_are_joined() {
        let pair = AppCredentials { key: "a:b".to_owned(), secret: "c d+%".into() };
        let basic = pair.basic();
        let encoded = basic.expose_secret().strip_prefix("Basic ").expect("it is HTTP Basic");
        assert_eq!(STANDARD.decode(encoded).expect("it is Base64"), b"a%3Ab:c%20d%2B%25");
        assert!(!format!("{pair:?}").contains("c d"));
    }
}
