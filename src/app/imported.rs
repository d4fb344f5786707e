//! A credential that was imported, and the text that it was in.

use zeroize::Zeroizing;

use crate::app::context::Context;
use crate::store::{self, GrantMetadata, Identities};

/// A text that has tokens, and what it is called in errors.
pub(crate) struct TokenText {
    pub(crate) name: String,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// A grant that is stored.
pub(crate) struct ImportOutcome {
    pub(crate) grant: GrantMetadata,
    /// Whether there was none before.
    pub(crate) is_new: bool,
}

/// Warns if the user cannot open the grant, as when sealing to others alone, now and not at the launch.
/// An identity that is not here, or has a passphrase, is not asked for.
pub(super) fn warn_if_shut(
    store: &store::FolderStore,
    metadata: &GrantMetadata,
    context: &Context,
) {
    let Ok(identities) = Identities::load(store.home(), &context.env, &store::Nobody) else {
        return;
    };
    if let Ok(Some(sealed)) = store.grant(&metadata.id())
        && let Err(error) = sealed.unseal(&identities)
    {
        context.reporter.warning(format!("{error}: add its recipient to recipients.txt").into());
    }
}
