//! A part of a consent, as a provider's file describes it.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};

use super::environment::Variables;
use super::field::present;
use super::placeholder_form::PlaceholderForm;
use super::token::ResponsePlaces;
use crate::model::credential_id::Part;

/// A part of a consent: one of its tokens.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentPart {
    /// Its name for people, with its article: "a bot token".
    pub title: String,
    /// The parameter that holds its scopes in the request for consent.
    pub scope_parameter: String,
    /// The places of its token and of what belongs to it in the answer to a code: what has no place stands
    /// beside the token. A refresh is of one part, and answers as `token.response` says.
    #[serde(default, deserialize_with = "beside_the_token")]
    pub response: ResponsePlaces,
    /// The values of `token_type` of its tokens; none are those of `token.types`.
    #[serde(default)]
    pub types: Vec<String>,
    /// The variables that an agent gets, where they are not the usual ones.
    #[serde(default)]
    pub(super) env: Variables,
    /// The form of the text that an agent has in the place of its token, where the broker has the token.
    #[serde(default, deserialize_with = "present")]
    pub placeholder: Option<PlaceholderForm>,
    /// The reason why clients that have no secret get none; `None` if they do.
    #[serde(default, deserialize_with = "present")]
    pub needs_secret: Option<String>,
}

/// Reads places, of which those that are left out are beside the access token: what belongs to another
/// part is not taken for its own.
fn beside_the_token<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ResponsePlaces, D::Error> {
    let mut places = ResponsePlaces::deserialize(deserializer)?;
    let token = places.access_token.as_deref().and_then(|token| token.rsplit_once('/'));
    if let Some((around, _)) = token.map(|(around, name)| (around.to_owned(), name)) {
        let beside = |name: &str| Some(format!("{around}/{name}"));
        places.refresh_token = places.refresh_token.or_else(|| beside("refresh_token"));
        places.token_type = places.token_type.or_else(|| beside("token_type"));
        places.expires_in = places.expires_in.or_else(|| beside("expires_in"));
        places.scope = places.scope.or_else(|| beside("scope"));
    }
    Ok(places)
}

/// Reads the names of parts: at least one.
pub(super) fn part_names<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Part>, D::Error> {
    let names = Vec::deserialize(deserializer)?;
    if names.is_empty() {
        return Err(D::Error::invalid_value(Unexpected::Seq, &"the name of a part"));
    }
    Ok(names)
}
