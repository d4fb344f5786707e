//! Redirect URIs that clients of two providers share.
//!
//! What a redirect brings is told apart by where it arrives: a provider that starts a consent at another
//! one gets nowhere with the code if the redirect URIs differ (RFC 9700 section 4.4).

use crate::app::context::Context;
use crate::app::stored_client::StoredClient;
use crate::catalog::{Catalog, Provider};
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::store::{ClientName, FolderStore};

/// Returns a client of another provider with this redirect URI. Where this machine chooses a port for each
/// attempt, no two are the same.
pub(crate) fn sharing(
    uri: &str,
    provider: &Provider,
    catalog: &Catalog,
    store: &FolderStore,
) -> Option<ClientName> {
    if RedirectUri::parse(uri).is_ok_and(|uri| uri.is_ephemeral()) {
        return None;
    }
    let others = catalog.providers().filter(|other| other.slug != provider.slug);
    others
        .filter_map(|other| Some((other, store.clients_of(&other.slug).ok()?)))
        .flat_map(|(other, listed)| {
            let stored = listed.filter_map(|listed| listed.metadata.ok());
            stored.map(move |metadata| StoredClient::new(metadata, other))
        })
        .find(|client| client.redirect_uri == uri)
        .map(|client| client.name())
}

/// Refuses a redirect URI for a new client that one of another provider has. A client that had it before
/// may keep it, with a warning.
///
/// # Errors
///
/// [`Code::BadArgument`]
pub(crate) fn refuse(
    uri: &str,
    had_before: bool,
    provider: &Provider,
    catalog: &Catalog,
    context: &Context,
) -> Result<()> {
    let Some(other) = sharing(uri, provider, catalog, &context.store()?) else { return Ok(()) };
    if had_before {
        warn(uri, &other, context);
        return Ok(());
    }
    let message = format!("the redirect URI `{uri}` is the one of the client {other}");
    Err(Error::new(Code::BadArgument, message).with_hint(advice![
        "redirects of two providers have to be told apart: register another one, such as with another path, \
         and name it: ",
        Remedy::set_client(provider.slug.as_str()).with(Parameter::RedirectUri.value("URI"))
    ]))
}

/// Warns of a redirect URI that clients of two providers share.
pub(crate) fn warn(uri: &str, other: &ClientName, context: &Context) {
    let warning = format!(
        "the redirect URI `{uri}` is the one of the client {other}, too: redirects of two providers are \
         told apart by it; register another one with one of them"
    );
    context.reporter.warning(warning.into());
}
