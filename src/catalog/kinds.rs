//! The kinds of credentials that serve a provider: `kinds` of its file.

mod app_only;
mod oauth1;
mod service_account;
mod static_token;

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::environment::Variables;
use crate::model::credential_id::Kind;
pub use app_only::AppOnly;
pub use oauth1::Oauth1;
pub use service_account::ServiceAccount;
pub use static_token::{StaticToken, TokenCheck};

/// The kinds that a provider's file lists, in its order of preference, each with its data.
#[derive(Debug, Default)]
pub struct Kinds {
    listed: Vec<Kind>,
    /// Tokens that sign requests (RFC 5849).
    pub oauth1: Option<Oauth1>,
    /// Tokens of the client itself.
    pub app_only: Option<AppOnly>,
    /// Bot tokens and API keys.
    pub static_token: Option<StaticToken>,
    /// Tokens that are minted from the key of a service account.
    pub service_account: Option<ServiceAccount>,
}

impl Kinds {
    /// Returns the kinds that the file lists, in its order.
    pub fn listed(&self) -> &[Kind] {
        &self.listed
    }

    /// Returns the variables through which an agent gets a credential of a kind, as the file names them.
    pub(super) fn variables(&self, kind: Kind) -> Option<&Variables> {
        match kind {
            Kind::Oauth2 => None,
            Kind::Oauth1 => self.oauth1.as_ref().map(|kind| &kind.env),
            Kind::AppOnly => self.app_only.as_ref().map(|kind| &kind.env),
            Kind::Static => self.static_token.as_ref().map(|kind| &kind.env),
            Kind::ServiceAccount => self.service_account.as_ref().map(|kind| &kind.env),
        }
    }

    /// Returns the URLs that the data of kinds state, each with its kind and its field.
    pub fn urls(&self) -> impl Iterator<Item = (Kind, &'static str, &str)> {
        let oauth1 = self.oauth1.iter().flat_map(|kind| {
            let urls = [
                ("request_token_url", Some(&kind.request_token_url)),
                ("authorize_url", Some(&kind.authorize_url)),
                ("access_token_url", Some(&kind.access_token_url)),
                ("invalidate_url", kind.invalidate_url.as_ref()),
                ("verify_url", kind.verify_url.as_ref()),
            ];
            urls.map(|(field, url)| (Kind::Oauth1, field, url))
        });
        let app_only = self.app_only.iter().flat_map(|kind| {
            let urls = [
                ("mint_url", kind.mint_url.as_ref()),
                ("invalidate_url", kind.invalidate_url.as_ref()),
            ];
            urls.map(|(field, url)| (Kind::AppOnly, field, url))
        });
        let service_account = self.service_account.iter().flat_map(|kind| {
            let urls = [
                ("token_url", Some(&kind.token_url)),
                ("exchange_url", kind.exchange_url.as_ref()),
                ("impersonation_url", kind.impersonation_url.as_ref()),
            ];
            urls.map(|(field, url)| (Kind::ServiceAccount, field, url))
        });
        let all = oauth1.chain(app_only).chain(service_account);
        all.filter_map(|(kind, field, url)| Some((kind, field, url?.as_str())))
    }

    /// Returns a URL of a kind, to be changed; `None` where the file does not state it.
    pub(super) fn url_mut(&mut self, kind: Kind, field: &str) -> Option<&mut String> {
        match (kind, field) {
            (Kind::Oauth1, "request_token_url") => {
                Some(&mut self.oauth1.as_mut()?.request_token_url)
            }
            (Kind::Oauth1, "authorize_url") => Some(&mut self.oauth1.as_mut()?.authorize_url),
            (Kind::Oauth1, "access_token_url") => Some(&mut self.oauth1.as_mut()?.access_token_url),
            (Kind::Oauth1, "invalidate_url") => self.oauth1.as_mut()?.invalidate_url.as_mut(),
            (Kind::Oauth1, "verify_url") => self.oauth1.as_mut()?.verify_url.as_mut(),
            (Kind::AppOnly, "mint_url") => self.app_only.as_mut()?.mint_url.as_mut(),
            (Kind::AppOnly, "invalidate_url") => self.app_only.as_mut()?.invalidate_url.as_mut(),
            (Kind::ServiceAccount, "token_url") => {
                Some(&mut self.service_account.as_mut()?.token_url)
            }
            (Kind::ServiceAccount, "exchange_url") => {
                self.service_account.as_mut()?.exchange_url.as_mut()
            }
            (Kind::ServiceAccount, "impersonation_url") => {
                self.service_account.as_mut()?.impersonation_url.as_mut()
            }
            _ => None,
        }
    }

    /// Lets the URLs that lie below another one follow it to a new place.
    pub(super) fn follow(&mut self, old: &str, new: &str) {
        let moved: Vec<_> = self
            .urls()
            .filter_map(|(kind, field, url)| {
                let rest = url.strip_prefix(old)?;
                rest.starts_with('/').then(|| (kind, field, format!("{new}{rest}")))
            })
            .collect();
        for (kind, field, url) in moved {
            if let Some(target) = self.url_mut(kind, field) {
                *target = url;
            }
        }
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Kinds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kinds, A::Error> {
                let mut kinds = Kinds::default();
                while let Some(kind) = map.next_key()? {
                    kinds.listed.push(kind);
                    match kind {
                        Kind::Oauth2 => {
                            let InOrderAlone {} = map.next_value()?;
                        }
                        Kind::Oauth1 => kinds.oauth1 = Some(map.next_value()?),
                        Kind::AppOnly => kinds.app_only = Some(map.next_value()?),
                        Kind::Static => kinds.static_token = Some(map.next_value()?),
                        Kind::ServiceAccount => kinds.service_account = Some(map.next_value()?),
                    }
                }
                Ok(kinds)
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// The data of `oauth2`, which stands in the mapping for its place alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InOrderAlone {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_the_old_url_follows_it() {
        let text = r#"{"app_only": {
            "mint_url": "https://api.acme.example/token",
            "invalidate_url": "https://api.acme.examples/end",
            "env": {"ACME_BEARER": "access_token"}
        }}"#;
        let mut kinds: Kinds = serde_json::from_str(text).expect("they are kinds");
        kinds.follow("https://api.acme.example", "http://127.0.0.1:9");
        let urls: Vec<_> = kinds.urls().map(|(_, _, url)| url.to_owned()).collect();
        assert_eq!(urls, ["http://127.0.0.1:9/token", "https://api.acme.examples/end"]);
    }
}
