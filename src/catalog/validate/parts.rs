//! The rules for the parts of a consent: that they can be told apart, and that scopes, capabilities and
//! operations name parts that there are and scopes that these can have.

use std::collections::HashSet;

use super::Check;
use super::requests::{OWN_PARAMETERS, is_parameter_name};
use crate::catalog::capability::Capability;
use crate::catalog::demand::Demand;
use crate::catalog::locate::Place;
use crate::catalog::operation::Operation;
use crate::catalog::provider::Provider;
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;
use crate::text::nearest::suggestion;

impl Check<'_> {
    pub(super) fn parts(&mut self) {
        let provider = self.provider;
        if provider.parts.is_empty() {
            return;
        }
        self.one_token_fields(provider);
        if provider.parts.len() == 1 {
            let what = "has one token, which needs no name: leave `parts` out";
            self.report(Place::top("parts"), what);
        }
        let (mut parameters, mut tokens) = (HashSet::new(), HashSet::new());
        let mut variables = HashSet::new();
        for (part, data) in &provider.parts {
            let place = Place::top("parts").field(part.as_str());
            if part.is_main() {
                let what = "is the name of the token of a consent that gives one";
                self.report(Place::top("parts").name(part.as_str()), what);
            }
            self.text(place.field("title"), &data.title);
            let parameter = data.scope_parameter.as_str();
            let is_own = parameter != "scope" && OWN_PARAMETERS.contains(&parameter);
            let is_stated = provider.authorize.parameters.contains_key(parameter)
                || provider.authorize.add_scopes_parameters.contains_key(parameter)
                || provider.authorize.account_hint_parameter.as_deref() == Some(parameter);
            if !is_parameter_name(parameter) || is_own || is_stated {
                let what = "is no name of a parameter for scopes";
                self.report(place.field("scope_parameter"), what);
            } else if !parameters.insert(parameter) {
                let what = "is the parameter of another part, too";
                self.report(place.field("scope_parameter"), what);
            }
            for (field, pointer) in data.response.all() {
                self.pointer(place.field("response").field(field), pointer);
            }
            let token = data.response.access_token.as_deref().unwrap_or("/access_token");
            if !tokens.insert(token) {
                let what = format!("has its access token at `{token}`, as another part does");
                self.report(place.field("response").field("access_token"), what);
            }
            self.token_types(&place.field("types"), &data.types);
            for (name, _) in provider.variables_of_part(Kind::Oauth2, part) {
                if variables.contains(&name) {
                    let what = format!("has `{name}`, which another part has, too");
                    self.report(place.field("env"), what);
                }
                variables.insert(name);
            }
            if let Some(reason) = &data.needs_secret {
                self.text(place.field("needs_secret"), reason);
            }
        }
        for (scope, definition) in &provider.scopes {
            let place = Place::top("scopes").field(scope).field("parts");
            self.parts_exist(&place, &definition.parts);
        }
    }

    /// Refuses the fields that are of the one token of a consent.
    fn one_token_fields(&mut self, provider: &Provider) {
        let why = "is of the one token of a consent, and `parts` names several";
        if !provider.has_consent() {
            let what = "are of a consent, and no account consents: see `endpoints`";
            self.report(Place::top("parts"), what);
        }
        if let Some(name) = provider.env.keys().next() {
            self.report(Place::top("env").name(name), why);
        }
        if provider.authorize.scope_parameter() != "scope" {
            self.report(Place::top("authorize").field("scope_parameter"), why);
        }
        if provider.endpoints.device_authorization_url.is_some() {
            let place = Place::top("endpoints").field("device_authorization_url");
            self.report(place, why);
        }
    }

    fn parts_exist(&mut self, place: &Place, parts: &[Part]) {
        let known = &self.provider.parts;
        for part in parts.iter().filter(|part| !known.contains_key(*part)) {
            let names = known.keys().map(Part::as_str);
            let suggestion = suggestion(part.as_str(), names);
            let what = format!("has `{}`, which is not under `parts`{suggestion}", part.as_str());
            self.report(place.item(part.as_str()), what);
        }
    }

    /// Checks that the parts which serve a capability can have its scopes.
    pub(super) fn serving_parts(&mut self, place: &Place, capability: &Capability) {
        self.parts_exist(&place.field("parts"), &capability.parts);
        let provider = self.provider;
        for part in provider.serving_parts(capability) {
            let sets = std::iter::once((place.field("published"), capability.published.clone()))
                .chain(capability.stated_api().map(|api| (place.field("api"), api.clone())))
                .chain(
                    (0..)
                        .zip(capability.others())
                        .map(|(at, set)| (place.field("any_of").index(at), set.clone())),
                );
            for (place, scopes) in sets {
                self.scopes_of_part(&place, &part, &scopes);
            }
        }
    }

    /// Checks what an operation demands of parts.
    pub(super) fn demanded_parts(&mut self, place: &Place, operation: &Operation) {
        let provider = self.provider;
        if !provider.parts.is_empty() && operation.user.is_some() {
            let what =
                "is of the one token of a consent, and `parts` names several: say it for each";
            self.report(place.field("user"), what);
        }
        let place = place.field("parts");
        for (part, demand) in &operation.parts {
            let place = place.field(part.as_str());
            self.parts_exist(&place, std::slice::from_ref(part));
            self.demand(&place, demand);
            self.demand_of_part(&place, part, demand);
        }
    }

    fn demand_of_part(&mut self, place: &Place, part: &Part, demand: &Demand) {
        for scopes in demand.alternatives().iter() {
            self.scopes_of_part(place, part, scopes);
        }
    }

    fn scopes_of_part(&mut self, place: &Place, part: &Part, scopes: &ScopeSet) {
        let provider = self.provider;
        if part.is_main() || !provider.parts.contains_key(part) {
            return;
        }
        let is_known = |scope: &&str| provider.scopes.contains_key(provider.wire_name(scope));
        for scope in scopes.iter().filter(is_known) {
            if !provider.parts_with(scope).contains(part) {
                let what = format!("has `{scope}`, which `{}` cannot have", part.as_str());
                self.report(place.item(scope), what);
            }
        }
    }
}
