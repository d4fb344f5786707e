//! The `Authorization` header of a signed request (RFC 5849 section 3.5.1).

use age::secrecy::SecretString;

use super::percent::{decoded, encoded};
use super::request::SignedRequest;
use super::signature::{METHOD, SigningSecrets};

/// The keys that requests are signed with.
#[derive(Clone, Copy, Debug)]
pub struct RequestSigner<'a> {
    /// The client's identifier.
    pub consumer_key: &'a str,
    /// The client's secret.
    pub consumer_secret: &'a SecretString,
    /// The token and its secret; none where one is asked for.
    pub token: Option<(&'a str, &'a SecretString)>,
}

impl RequestSigner<'_> {
    /// Returns the header's value for a request; nothing if its URL is none of HTTP. `more` has further
    /// parameters of the protocol: `oauth_callback`, `oauth_verifier`. The nonce is never used again in
    /// the same second, which the timestamp counts since 1970.
    pub fn authorization(
        &self,
        request: &SignedRequest<'_>,
        more: &[(&str, &str)],
        nonce: &str,
        timestamp: u64,
    ) -> Option<String> {
        let timestamp = timestamp.to_string();
        let mut parameters = vec![
            ("oauth_consumer_key", self.consumer_key),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", METHOD),
            ("oauth_timestamp", &timestamp),
            ("oauth_version", "1.0"),
        ];
        parameters.extend(self.token.map(|(token, _)| ("oauth_token", token)));
        parameters.extend(more);
        let secrets = SigningSecrets {
            consumer: self.consumer_secret,
            token: self.token.map(|(_, secret)| secret),
        };
        let signature = secrets.sign(&request.base_string(parameters.iter().copied())?);
        parameters.push(("oauth_signature", &signature));
        parameters.sort_unstable();
        let pairs = parameters.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{}=\"{}\"", encoded(name), encoded(value)))
            .collect();
        Some(format!("OAuth {}", pairs.join(", ")))
    }
}

/// The parameters of a header that came with a request. They may hold a token, and so they cannot be
/// printed.
pub struct SignatureHeader(Vec<(String, String)>);

impl SignatureHeader {
    /// Reads the value of a header; nothing if it is none of OAuth 1.0a, or has a parameter twice.
    pub fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            let name = decoded(name.trim())?;
            if parameters.iter().any(|(other, _)| *other == name) {
                return None;
            }
            parameters.push((name, decoded(value)?));
        }
        Some(Self(parameters))
    }

    /// Returns a parameter: `oauth_consumer_key`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns whether the header was made for a request, with these secrets. Whether nonce and timestamp
    /// are new is for the caller to say.
    pub fn is_signed(&self, request: &SignedRequest<'_>, secrets: &SigningSecrets<'_>) -> bool {
        let parameters = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let is_known = self.get("oauth_signature_method") == Some(METHOD)
            && self.get("oauth_version").is_none_or(|version| version == "1.0");
        let (Some(signature), Some(base_string)) =
            (self.get("oauth_signature"), request.base_string(parameters))
        else {
            return false;
        };
        is_known && secrets.verify(&base_string, signature)
    }
}
