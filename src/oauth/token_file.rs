//! Tokens as programs keep them: the answer of a token endpoint, with what libraries add to it and
//! under the names that they give its fields; the files of some programs; or a token alone.

mod expiry;
mod foreign;
mod unusable;

use jiff::Timestamp;
use serde_json::{Map, Value};
use zeroize::Zeroize;

pub use self::expiry::Expiry;
pub use self::unusable::Unusable;
use crate::catalog::ExpectedToken;
use crate::oauth::json_object::JsonObject;
use crate::oauth::token::response::{Invalid, TokenResponse, scopes};
use crate::text::redact::quotable;
use crate::text::strict_yaml;

/// Tokens from a file.
pub struct TokenFile {
    /// The tokens. Their lifetime is in `expiry`.
    pub response: TokenResponse,
    /// The time at which the access token expires.
    pub expiry: Expiry,
    /// The client that they belong to, where the file says that.
    pub client_id: Option<String>,
    /// `true` if the file holds the secret of that client too.
    pub has_client_secret: bool,
    /// The origin of the tokens, as the file states it: a URL of the token endpoint, or a host. It
    /// is compared with the provider's, and nothing is ever sent there.
    pub source: Option<String>,
}

impl TokenFile {
    /// Reads a text that has no white space around it.
    ///
    /// # Errors
    ///
    /// [`Unusable`].
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, Unusable> {
        if text.starts_with('{') {
            let file: JsonObject = serde_json::from_str(text)
                .map_err(|error| Invalid::NotJson(error.line(), error.column()))?;
            return Self::of(file.into_fields(), now);
        }
        if text.contains("aws_access_key_id") {
            return Err(foreign::aws());
        }
        if text.starts_with(['[', '<', '"']) {
            return Err(Invalid::NotJson(1, 1).into());
        }
        if text.starts_with("-----BEGIN ") {
            return Err(Unusable::new("this is a key, and no token"));
        }
        if is_assignment(text) {
            return Err(Unusable::new("this is a line of an environment file, and no token")
                .with_way_out("give what stands behind the `=`, and nothing else"));
        }
        if text.contains('\n')
            && let Ok(file) = strict_yaml::read::<Map<String, Value>>(text)
        {
            return Self::of(file, now);
        }
        Ok(Self {
            response: TokenResponse::bare(text)?,
            expiry: Expiry::default(),
            client_id: None,
            has_client_secret: false,
            source: None,
        })
    }

    /// Reads a text that has a part of a consent: the answer to a code or a refresh, which have it at one
    /// of these places, or a token alone.
    ///
    /// # Errors
    ///
    /// [`Unusable`].
    pub fn parse_part(
        text: &str,
        places: &[ExpectedToken<'_>],
        now: Timestamp,
    ) -> Result<Self, Unusable> {
        if !text.starts_with('{') {
            return Self::parse(text, now);
        }
        let mut unusable = Invalid::NoAccessToken;
        for expected in places {
            match TokenResponse::parse_for(text, *expected, quotable) {
                Ok(response) => {
                    let expiry = Expiry { expires_in: response.expires_in, expires_at: None };
                    return Ok(Self {
                        response,
                        expiry,
                        client_id: None,
                        has_client_secret: false,
                        source: None,
                    });
                }
                Err(invalid) => unusable = invalid,
            }
        }
        Err(unusable.into())
    }

    fn of(file: Map<String, Value>, now: Timestamp) -> Result<Self, Unusable> {
        let foreign::TokenFields { fields, client_id, host } = foreign::find(file)?;
        let mut fields = Fields(JsonObject(fields));
        if let Some(error) = fields.text("error")? {
            return Err(Invalid::error(&error).into());
        }
        if let Some(kind) = fields.first(&["token_type", "tokenType"])?
            && !kind.is_empty()
            && !kind.eq_ignore_ascii_case("bearer")
        {
            return Err(Invalid::token_type(&kind).into());
        }
        let expiry = Expiry::of(&fields.0, now)?;
        let granted = ["scope", "scopes"].iter().filter_map(|name| scopes(fields.0.get(*name)?));
        let granted: Vec<_> = granted.collect();
        if granted.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(Unusable::new("`scope` and `scopes` contradict one another"));
        }
        let access_token = fields.secret(&["access_token", "accessToken", "token"])?;
        let refresh_token = fields.secret(&["refresh_token", "refreshToken"])?;
        let source = match host {
            Some(host) => Some(host),
            None => fields.first(&["token_uri", "token_url"])?,
        };
        let client_id = match client_id {
            Some(Value::String(id)) => Some(id),
            _ => fields.text("client_id")?,
        };
        Ok(Self {
            response: TokenResponse::of(
                access_token.ok_or(Invalid::NoAccessToken)?,
                refresh_token.filter(|token| !token.is_empty()),
                expiry.expires_in,
                granted.into_iter().next(),
            )?,
            expiry,
            client_id: client_id.filter(|id| !id.is_empty()),
            has_client_secret: fields.text("client_secret")?.is_some(),
            source,
        })
    }
}

/// Returns whether a text is `NAME=value`, as in an environment file; a token has `=` at its end at
/// most.
fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let Some((name, value)) = text.split_once('=') else { return false };
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.contains('_') && name.chars().all(is_name) && !value.trim_matches('=').is_empty()
}

/// The fields of a token.
struct Fields(JsonObject);

impl Fields {
    /// Returns a text; a field of another type is none.
    fn text(&self, name: &str) -> Result<Option<String>, Unusable> {
        self.first(&[name])
    }

    /// Returns the first text of several fields that mean the same.
    fn first(&self, names: &[&str]) -> Result<Option<String>, Unusable> {
        let texts: Vec<_> =
            names.iter().filter_map(|name| Some((name, self.0.get(*name)?.as_str()?))).collect();
        for pair in texts.windows(2) {
            if pair[0].1 != pair[1].1 {
                let [first, second] = [pair[0].0, pair[1].0];
                return Err(Unusable::new(format!(
                    "`{first}` and `{second}` contradict one another"
                )));
            }
        }
        Ok(texts.first().map(|(_, text)| (*text).to_owned()))
    }

    /// Takes such a text out, so that no copy stays.
    fn secret(&mut self, names: &[&str]) -> Result<Option<String>, Unusable> {
        if let Some(mut text) = self.first(names)? {
            text.zeroize();
        }
        let found = names.iter().find(|name| self.0.get(**name).is_some_and(Value::is_string));
        match found.and_then(|name| self.0.get_mut(*name)).map(Value::take) {
            Some(Value::String(text)) => Ok(Some(text)),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
