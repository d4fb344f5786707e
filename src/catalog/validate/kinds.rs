//! The rules for kinds of credentials: that there is one, that each is described in full, and that keys
//! are served by those that their operations accept.

use regex_lite::Regex;

use super::Check;
use crate::catalog::capability::Capability;
use crate::catalog::kinds::{Oauth1, ServiceAccount, StaticToken};
use crate::catalog::locate::Place;
use crate::catalog::provider::Provider;
use crate::catalog::url::{host_of, url_fault};
use crate::model::credential_id::Kind;
use crate::model::variable_content::VariableContent;

impl Check<'_> {
    /// Checks that the fields of a consent are all there, or none and another kind.
    pub(super) fn consent(&mut self) {
        let Provider { endpoints, client_authentication, pkce, redirect_uri, .. } = self.provider;
        let clients = client_authentication;
        let (endpoints_place, top) = (Place::top("endpoints"), Place::top);
        let fields = [
            (endpoints_place.field("authorize_url"), endpoints.authorize_url.is_some()),
            (endpoints_place.field("token_url"), endpoints.token_url.is_some()),
            (top("pkce"), pkce.is_some()),
            (top("redirect_uri"), redirect_uri.is_some()),
        ];
        let has_clients = clients.confidential.is_some() || clients.public.is_some();
        if has_clients || fields.iter().any(|(_, is_there)| *is_there) {
            for (place, _) in fields.into_iter().filter(|(_, is_there)| !is_there) {
                let what = "is missing; leave out all that consent takes, or nothing of it";
                self.report(place, what);
            }
            if !has_clients {
                let what = "must allow `confidential` or `public` clients";
                self.report(top("client_authentication"), what);
            }
            return;
        }
        let listed = self.provider.kinds.listed();
        if listed.is_empty() {
            let what = "must list a kind of credentials, or accounts must consent: see `endpoints`";
            self.report(top("kinds"), what);
        } else if listed.contains(&Kind::Oauth2) {
            let what = "needs `endpoints.authorize_url` and all else that consent takes";
            self.report(top("kinds").name(Kind::Oauth2.name()), what);
        }
    }

    pub(super) fn kinds(&mut self) {
        for (kind, field, url) in self.provider.kinds.urls() {
            if let Some(fault) = url_fault(url) {
                self.report(Place::top("kinds").field(kind.name()).field(field), fault);
            }
        }
        if let Some(oauth1) = &self.provider.kinds.oauth1 {
            self.oauth1(oauth1);
        }
        if let Some(token) = &self.provider.kinds.static_token {
            self.static_token(token);
        }
        if let Some(service_account) = &self.provider.kinds.service_account {
            let place = Place::top("kinds").field(Kind::ServiceAccount.name());
            self.scopes_exist(&place.field("scopes"), &service_account.scopes);
            if let Some(url) = &service_account.impersonation_url {
                let place = place.field("impersonation_url");
                if url.matches(ServiceAccount::PLACE).count() != 1 || host_of(url).contains('{') {
                    self.report(place, "must have `{account}` in its path, once");
                } else if service_account.exchange_url.is_none() {
                    self.report(place, "needs `exchange_url`");
                }
            }
            if let Some(help) = &service_account.help {
                self.text(place.field("help"), help);
            }
        }
    }

    fn oauth1(&mut self, oauth1: &Oauth1) {
        let place = Place::top("kinds").field(Kind::Oauth1.name());
        for prefix in &oauth1.other_prefixes {
            let is_upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            if prefix.is_empty() || !prefix.bytes().all(is_upper) {
                let what = format!("has `{prefix}`, which no name of a variable begins with");
                self.report(place.field("other_prefixes"), what);
            }
        }
        for (content, pattern) in &oauth1.shapes {
            let place = place.field("shapes").name(content.name());
            let is_secret = [
                VariableContent::ConsumerKey,
                VariableContent::ConsumerSecret,
                VariableContent::TokenSecret,
            ];
            if !is_secret.contains(content) {
                self.report(place, "is no key and no secret");
            } else if let Err(error) = Regex::new(pattern) {
                self.report(place, format!("is no regular expression: {error}"));
            }
        }
    }

    fn static_token(&mut self, token: &StaticToken) {
        let place = Place::top("kinds").field(Kind::Static.name());
        self.text(place.field("title"), &token.title);
        if let Some(help) = &token.help {
            self.text(place.field("help"), help);
        }
        self.header_names(&place, &token.headers, &["authorization"]);
        if token
            .headers
            .values()
            .map(|value| value.matches(StaticToken::PLACE).count())
            .sum::<usize>()
            != 1
        {
            self.report(place.field("headers"), "must have `{token}` in one value, once");
        }
        if let Some(check) = &token.check {
            let place = place.field("check");
            self.service(&place, check.service.as_deref());
            if self.provider.fixed_service_url(check.service.as_deref()).contains('{') {
                self.report(place.clone(), "has a URL with a variable, which no client fills in");
            }
            self.pointer(place.field("id"), Some(&check.id));
            self.pointer(place.field("handle"), Some(&check.handle));
            let operations = self.provider.operations();
            if !check.path.starts_with('/') {
                self.report(place.field("path"), "must begin with `/`");
            } else if !operations.is_empty()
                && self.provider.operation("GET", &check.path).is_none()
            {
                let what = format!("has `{}`, which no `GET` operation has", check.path);
                self.report(place.field("path"), what);
            }
        }
    }

    /// Checks the kinds that a capability accepts, as far as operations say which they do.
    pub(super) fn accepted_kinds(&mut self, place: &Place, key: &str, capability: &Capability) {
        let known = self.provider.kinds();
        let operations = self.provider.operations().iter();
        let operations: Vec<_> =
            operations.filter(|it| it.keys.iter().any(|its| its == key)).collect();
        if capability.kinds().is_empty() {
            self.report(place.field("kinds"), "must name a kind, or be left out");
        }
        for kind in capability.kinds() {
            if !known.contains(kind) {
                let place = if capability.states_kinds() {
                    place.field("kinds").item(kind.name())
                } else {
                    Place::top("capabilities").name(key)
                };
                let what = format!("takes `{}`, which is no kind of the provider", kind.name());
                self.report(place, what);
                continue;
            }
            if !capability.states_kinds() {
                continue;
            }
            let place = place.field("kinds").item(kind.name());
            let accepting = operations.iter().filter(|it| it.accepts(*kind)).count();
            let is_stated = matches!(kind, Kind::Static | Kind::ServiceAccount);
            if accepting == 0 && !operations.is_empty() && !is_stated {
                let what = format!("has `{}`, which no operation of the key accepts", kind.name());
                self.report(place, what);
            } else if accepting < operations.len()
                && accepting > 0
                && !capability.partial_kinds.contains(kind)
            {
                let what = format!(
                    "has `{}`, which only some operations of the key accept: name it in \
                     `partial_kinds`, too",
                    kind.name()
                );
                self.report(place, what);
            }
        }
        for kind in &capability.partial_kinds {
            let place = place.field("partial_kinds").item(kind.name());
            let accepting = operations.iter().filter(|it| it.accepts(*kind)).count();
            if !capability.kinds().contains(kind) {
                self.report(place, format!("has `{}`, which is not in `kinds`", kind.name()));
            } else if !operations.is_empty() && accepting == operations.len() {
                let what = format!("has `{}`, which all operations of the key accept", kind.name());
                self.report(place, what);
            }
        }
    }
}
