//! The rules for what an agent without tokens meets: placeholders, and the shape of errors.

use serde_json::Map;

use super::Check;
use crate::catalog::locate::Place;
use crate::catalog::placeholder_form::{OTHER_BITS, PlaceholderForm, TOKEN_BITS};
use crate::model::credential_id::Kind;
use crate::model::variable_content::VariableContent;

impl Check<'_> {
    pub(super) fn error_shape(&mut self) {
        if self.provider.error_shape.as_ref().is_some_and(Map::is_empty) {
            self.report(Place::top("error_shape"), "must have a field, or be left out");
        }
    }

    pub(super) fn placeholders(&mut self) {
        let provider = self.provider;
        let usual = Place::top("placeholder");
        self.placeholder(usual.clone(), provider.placeholder.as_ref(), TOKEN_BITS);
        if provider.placeholder.is_some() {
            if !provider.has_consent() {
                self.report(usual, "is of grants, and no account consents");
            } else if !provider.parts.is_empty() {
                self.report(usual, "is of the one token of a consent, and `parts` names several");
            }
        }
        for (part, data) in &provider.parts {
            let place = Place::top("parts").field(part.as_str()).field("placeholder");
            self.placeholder(place, data.placeholder.as_ref(), TOKEN_BITS);
        }
        let kinds = &provider.kinds;
        let of_kinds = [
            (Kind::AppOnly, kinds.app_only.as_ref().map(|it| &it.placeholder)),
            (Kind::Static, kinds.static_token.as_ref().map(|it| &it.placeholder)),
            (Kind::ServiceAccount, kinds.service_account.as_ref().map(|it| &it.placeholder)),
        ];
        for (kind, form) in of_kinds {
            let place = Place::top("kinds").field(kind.name()).field("placeholder");
            self.placeholder(place, form.and_then(Option::as_ref), TOKEN_BITS);
        }
        for (content, form) in kinds.oauth1.iter().flat_map(|oauth1| &oauth1.placeholders) {
            let place = Place::top("kinds").field(Kind::Oauth1.name()).field("placeholders");
            if !VariableContent::of(Kind::Oauth1).contains(content) {
                self.report(place.name(content.name()), "is no key, no token and no secret");
            }
            let is_token = *content == VariableContent::AccessToken;
            let least = if is_token { TOKEN_BITS } else { OTHER_BITS };
            self.placeholder(place.field(content.name()), Some(form), least);
        }
    }

    fn placeholder(&mut self, place: Place, form: Option<&PlaceholderForm>, least: u32) {
        if let Some(fault) = form.and_then(|form| form.fault(least)) {
            self.report(place, fault);
        }
    }
}
