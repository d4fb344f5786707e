//! The placeholders of a provider's credentials.

use super::placeholder_form::PlaceholderForm;
use super::provider::Provider;
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;

impl Provider {
    /// Returns the form of the placeholder of a token, or of another text that a credential consists of.
    pub fn placeholder_form(
        &self,
        kind: Kind,
        part: &Part,
        content: VariableContent,
    ) -> PlaceholderForm {
        let kinds = &self.kinds;
        let stated = match kind {
            Kind::Oauth2 => match self.parts.get(part) {
                Some(part) => part.placeholder.as_ref(),
                None => self.placeholder.as_ref(),
            },
            Kind::Oauth1 => kinds.oauth1.as_ref().and_then(|it| it.placeholders.get(&content)),
            Kind::AppOnly => kinds.app_only.as_ref().and_then(|it| it.placeholder.as_ref()),
            Kind::Static => kinds.static_token.as_ref().and_then(|it| it.placeholder.as_ref()),
            Kind::ServiceAccount => {
                kinds.service_account.as_ref().and_then(|it| it.placeholder.as_ref())
            }
        };
        stated.cloned().unwrap_or_default()
    }
}
