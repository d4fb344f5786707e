//! A request to a provider.

use age::secrecy::{ExposeSecret, SecretString};
use indexmap::IndexMap;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};

use super::unanswered::Unanswered;

/// A request that is not sent yet.
pub struct Outgoing<'a> {
    method: Method,
    pub(super) url: &'a str,
    authorization: Option<&'a SecretString>,
    headers: Option<&'a IndexMap<String, String>>,
    secret: Option<(&'a str, &'a SecretString)>,
    body: Option<(&'static str, &'a str)>,
}

impl<'a> Outgoing<'a> {
    /// Creates a request to get a resource.
    pub fn get(url: &'a str) -> Self {
        Self {
            method: Method::GET,
            url,
            authorization: None,
            headers: None,
            secret: None,
            body: None,
        }
    }

    /// Creates a request to post a body of this media type.
    pub fn post(url: &'a str, media_type: &'static str, body: &'a str) -> Self {
        Self { method: Method::POST, body: Some((media_type, body)), ..Self::get(url) }
    }

    /// Creates a request to delete a resource, with a body of this media type.
    pub fn delete(url: &'a str, media_type: &'static str, body: &'a str) -> Self {
        Self { method: Method::DELETE, ..Self::post(url, media_type, body) }
    }

    /// Adds an `Authorization` header, if there is one.
    #[must_use]
    pub fn authorized(self, authorization: Option<&'a SecretString>) -> Self {
        Self { authorization, ..self }
    }

    /// Adds a header with a secret.
    #[must_use]
    pub fn with_secret(self, name: &'a str, value: &'a SecretString) -> Self {
        Self { secret: Some((name, value)), ..self }
    }

    /// Adds headers that a provider wants.
    #[must_use]
    pub fn with(self, headers: &'a IndexMap<String, String>) -> Self {
        Self { headers: Some(headers), ..self }
    }

    /// Returns the request for a client.
    pub(super) fn built(&self, client: &Client) -> Result<RequestBuilder, Unanswered> {
        let request = client.request(self.method.clone(), self.url);
        let mut request = request.header(ACCEPT, "application/json");
        for (name, value) in self.headers.into_iter().flatten() {
            request = request.header(name, value);
        }
        if let Some((media_type, body)) = self.body {
            request = request.header(CONTENT_TYPE, media_type).body(body.as_bytes().to_vec());
        }
        let authorization = self.authorization.map(|value| (AUTHORIZATION.as_str(), value));
        for (name, secret) in authorization.into_iter().chain(self.secret) {
            let mut value = HeaderValue::from_str(secret.expose_secret())
                .map_err(|_| Unanswered::unsent("the token or secret cannot stand in a header"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        Ok(request)
    }
}
