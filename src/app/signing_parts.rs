//! The parts of a credential beside its token: what an agent signs requests with.

use crate::app::consumer_pair::ConsumerPair;
use crate::catalog::Provider;
use crate::error::Result;
use crate::launch::environment::Value;
use crate::model::credential_id::Kind;
use crate::model::variable_content::VariableContent;
use crate::store::{FolderStore, Identities, SealedGrant};

/// Opens the parts that a credential of its kind has: of OAuth 1.0a the secret of the token, and the keys
/// of the client that it was given to.
///
/// # Errors
///
/// [`Code::MissingParams`](crate::error::Code::MissingParams): these keys are not stored.
pub(crate) fn of(
    provider: &Provider,
    sealed: &SealedGrant,
    store: &FolderStore,
    identities: &Identities,
) -> Result<Vec<(VariableContent, Value)>> {
    if sealed.metadata.kind != Kind::Oauth1 {
        return Ok(Vec::new());
    }
    let pair = ConsumerPair::of(provider, &sealed.metadata, store, identities)?;
    Ok(vec![
        (VariableContent::ConsumerKey, Value::Public(pair.key)),
        (VariableContent::ConsumerSecret, Value::Secret(pair.secret)),
        (VariableContent::TokenSecret, Value::Secret(sealed.token_secret(identities)?)),
    ])
}
