//! The rules for the requests to a provider's authorization server: for consent, for tokens, and to
//! revoke them.

use indexmap::IndexMap;

use super::Check;
use crate::catalog::authorize::SecondConsent;
use crate::catalog::locate::Place;
use crate::catalog::provider::Provider;
use crate::catalog::revocation::RevocationStyle;

/// The parameters of requests for tokens that a file cannot set: xreq sets them, or never sends them.
const TOKEN_PARAMETERS: [&str; 11] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "device_code",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
];

/// The parameters that xreq itself sets in a request for consent.
pub(super) const OWN_PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// The headers that belong to xreq or to the connection, in lower case.
const OWN_HEADERS: [&str; 14] = [
    "accept",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Check<'_> {
    pub(super) fn authorize(&mut self) {
        let Provider { authorize, endpoints, .. } = self.provider;
        let place = Place::top("authorize");
        let of_scopes = authorize.scope_parameter();
        let hint = authorize.account_hint_parameter.as_deref();
        if !is_parameter_name(of_scopes)
            || of_scopes != "scope" && OWN_PARAMETERS.contains(&of_scopes)
        {
            self.report(place.field("scope_parameter"), "is no name of a parameter for scopes");
        }
        let is_own = |name: &str| OWN_PARAMETERS.contains(&name) || name == of_scopes;
        if let Some(hint) = hint
            && (!is_parameter_name(hint) || is_own(hint))
        {
            self.report(place.field("account_hint_parameter"), "is no name of a parameter for it");
        }
        let in_url = |name: &str| {
            let url = endpoints.authorize_url.as_deref().unwrap_or_default();
            let query = url.split_once('?').map_or("", |(_, query)| query);
            query.split('&').any(|pair| pair.split('=').next() == Some(name))
        };
        for (field, parameters) in [
            ("parameters", &authorize.parameters),
            ("add_scopes_parameters", &authorize.add_scopes_parameters),
        ] {
            for (name, value) in parameters {
                let place = place.field(field);
                if !is_parameter_name(name) {
                    self.report(place.name(name), "is no name of a parameter");
                } else if is_own(name) || hint == Some(name) {
                    self.report(place.name(name), "is a parameter that xreq sets itself");
                } else if in_url(name) {
                    self.report(place.name(name), "stands in `endpoints.authorize_url`, too");
                } else if field != "parameters" && authorize.parameters.contains_key(name) {
                    self.report(place.name(name), "stands in `authorize.parameters`, too");
                }
                if value.contains(char::is_control) {
                    self.report(place.field(name), "must be one line of text");
                }
            }
        }
        if authorize.consent == SecondConsent::Merges && authorize.add_scopes_parameters.is_empty()
        {
            let what = "is `merges`, which takes `add_scopes_parameters`; a provider that needs \
                        none `adds`";
            self.report(place.field("consent"), what);
        }
    }

    pub(super) fn token(&mut self) {
        let token = &self.provider.token;
        let place = Place::top("token");
        self.header_names(&place, &token.headers, &[]);
        for (field, parameters) in [
            ("exchange_parameters", &token.exchange_parameters),
            ("refresh_parameters", &token.refresh_parameters),
        ] {
            let place = place.field(field);
            for (name, value) in parameters {
                if !is_parameter_name(name) {
                    self.report(place.name(name), "is no name of a parameter");
                } else if TOKEN_PARAMETERS.contains(&name.as_str()) {
                    self.report(place.name(name), "is a parameter that xreq sets itself");
                }
                if value.contains(char::is_control) {
                    self.report(place.field(name), "must be one line of text");
                }
            }
        }
        self.token_types(&place.field("types"), &token.types);
        for (field, pointer) in token.response.all() {
            self.pointer(place.field("response").field(field), pointer);
        }
        self.pointer(place.field("ok"), token.ok.as_ref());
    }

    pub(super) fn token_types(&mut self, place: &Place, types: &[String]) {
        for kind in types {
            if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_graphic()) {
                self.report(place.item(kind), "must name types of tokens");
            }
        }
    }

    /// Checks the `headers` of a mapping; `but` are those that may be set there though they are xreq's.
    pub(super) fn header_names(
        &mut self,
        place: &Place,
        headers: &IndexMap<String, String>,
        but: &[&str],
    ) {
        let place = place.field("headers");
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            if name.is_empty() || !name.bytes().all(is_token_character) {
                self.report(place.name(name), "is no name of a header");
            } else if OWN_HEADERS.contains(&&*lower) && !but.contains(&&*lower) {
                self.report(place.name(name), "is a header that a provider file cannot set");
            }
            if value.is_empty() || !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                self.report(place.field(name), "must be visible ASCII");
            }
        }
    }

    pub(super) fn revoke(&mut self) {
        let Provider { revoke, endpoints, client_authentication, .. } = self.provider;
        let Some(revoke) = revoke else { return };
        let place = Place::top("revoke");
        if endpoints.revoke_url.is_some() {
            self.report(place.clone(), "stands beside `endpoints.revoke_url`: keep one of them");
        }
        if revoke.style == RevocationStyle::BasicDeleteJson
            && client_authentication.confidential.is_none()
        {
            let what = "is `basic_delete_json`, which takes a client with a secret";
            self.report(place.field("style"), what);
        }
    }

    /// Checks a place in an answer.
    pub(super) fn pointer(&mut self, place: Place, pointer: Option<&String>) {
        if pointer.is_some_and(|pointer| !pointer.starts_with('/')) {
            self.report(place, "must be a JSON pointer such as `/data/id`");
        }
    }
}

pub(super) fn is_parameter_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !text.is_empty() && text.bytes().all(inside)
}

/// Returns whether a character can stand in the name of a header (RFC 9110 section 5.6.2).
fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
