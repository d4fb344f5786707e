//! The bearer tokens of apps.
//!
//! As at X, an app has one: minting answers the same token until somebody invalidates it, and that ends
//! it for everybody who uses the app.

use std::collections::HashMap;

use age::secrecy::{ExposeSecret, SecretString};

use super::token::{Digest, random};

/// The beginning of every such token of X.
const MARK: &str = "AAAAAAAAAAAAAAAAAAAAA";

/// The tokens that live, by the consumer keys of their apps.
#[derive(Default)]
pub(super) struct AppTokens(HashMap<String, SecretString>);

impl AppTokens {
    /// Returns whether a token lives.
    pub(super) fn has(&self, token: &str) -> bool {
        let digest = Digest::of(token);
        self.0.values().any(|known| Digest::of(known.expose_secret()) == digest)
    }

    /// Returns the token of an app, which is made where there is none.
    pub(super) fn mint(&mut self, consumer_key: &str) -> &SecretString {
        self.0.entry(consumer_key.to_owned()).or_insert_with(|| {
            let letters: String = format!("{}{}", random(), random()).split(['-', '_']).collect();
            format!("{MARK}{letters}%3D").into()
        })
    }

    /// Ends the token of an app, if it is this one.
    pub(super) fn invalidate(&mut self, consumer_key: &str, token: &str) -> bool {
        let is_it = self
            .0
            .get(consumer_key)
            .is_some_and(|known| Digest::of(known.expose_secret()) == Digest::of(token));
        is_it && self.0.remove(consumer_key).is_some()
    }
}
