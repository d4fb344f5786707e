//! The rules for a provider file's statements on clients, accounts and tokens.

use regex_lite::Regex;

use super::Check;
use crate::catalog::locate::Place;

impl Check<'_> {
    pub(super) fn oauth(&mut self) {
        let provider = self.provider;
        if let Some(scope) = &provider.offline_scope {
            self.scope_exists(Place::top("offline_scope"), scope);
        }
        self.scopes_exist(&Place::top("always_scopes"), &provider.always_scopes);
        if let Some(account) = &provider.account {
            let place = Place::top("account");
            self.service(&place, account.service.as_deref());
            self.pointer(place.field("id"), Some(&account.id));
            self.pointer(place.field("handle"), Some(&account.handle));
            let operations = provider.operations();
            if !account.path.starts_with('/') {
                self.report(place.field("path"), "must begin with `/`");
            } else if !operations.is_empty() && provider.operation("GET", &account.path).is_none() {
                self.report(
                    place.field("path"),
                    format!("has `{}`, which no `GET` operation has", account.path),
                );
            }
        }
        let lifetimes = &provider.lifetimes;
        for (field, seconds) in [
            ("access_token", lifetimes.access_token),
            ("refresh_token", lifetimes.refresh_token),
            ("authorization_code", lifetimes.authorization_code),
        ] {
            if seconds == Some(0) {
                self.report(Place::top("lifetimes").field(field), "must not be 0");
            }
        }
        if lifetimes
            .access_token
            .is_some_and(|seconds| seconds > 0 && lifetimes.refresh_margin >= seconds)
        {
            self.report(
                Place::top("lifetimes").field("refresh_margin"),
                "must be less than `access_token`",
            );
        }
        for (index, shape) in provider.token_shapes.iter().enumerate() {
            let place = Place::top("token_shapes").index(index);
            if let Err(error) = Regex::new(&shape.pattern) {
                self.report(place.field("pattern"), format!("is no regular expression: {error}"));
            }
            if let Some(message) = &shape.message {
                self.text(place.field("message"), message);
            }
        }
    }
}
