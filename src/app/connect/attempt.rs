//! An attempt to connect an account: the consent of its owner.

use std::sync::Arc;

use crate::app::connect::asked::AskedPart;
use crate::app::connect::dialog::{Announcement, Dialog, Return, WantedRight};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::options::{AnswerWay, ConnectOptions};
use crate::app::connect::request::describe;
use crate::app::connect::visit::Visit;
use crate::app::context::Context;
use crate::catalog::{Provider, Urls};
use crate::credential::failure::connect;
use crate::error::{Error, Result, advice};
use crate::model::scope::ScopeSet;
use crate::oauth::client::Client;
use crate::oauth::consent::authorization::{Authorization, Wish};
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait::{Answer, Listener};
use crate::store::CredentialId;

/// Everything that an attempt works with.
pub(super) struct Attempt<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) context: &'a Context,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    /// The account, by the name of a grant.
    pub(super) name: &'a CredentialId,
    /// The parts of the consent that it is asked for.
    pub(super) asked: &'a [AskedPart],
    pub(super) client: &'a Client,
    /// The provider's URLs for the client.
    pub(super) urls: &'a Urls,
    /// The account that is expected to consent, if one is known.
    pub(super) hint: Option<&'a str>,
    /// Whether the account consented before.
    pub(super) adds: bool,
}

impl Attempt<'_> {
    /// Shows what will be asked for, before anything is opened.
    pub(super) fn announce(&self) {
        let Self { name, provider, client, asked, .. } = self;
        let before: ScopeSet =
            asked.iter().flat_map(|part| part.request.granted_before.iter()).collect();
        self.dialog.announce(&Announcement {
            name,
            provider,
            client_id: &client.id,
            client: client.name.as_ref(),
            wanted: asked.iter().flat_map(|part| wanted(part, provider)).collect(),
            granted_before: (!before.is_empty()).then(|| before.to_string()),
        });
    }

    /// Waits for the consent, whichever way it comes.
    pub(super) fn consent(&self, last_page: &mut LastPage) -> Result<(Arc<Authorization>, Answer)> {
        let redirect_uri = RedirectUri::parse(&self.client.redirect_uri)?;
        let listens = self.options.way != AnswerWay::Paste && redirect_uri.loopback().is_some();
        let listener = if listens {
            Some(Listener::bind(&redirect_uri).map_err(|error| self.with_place(error))?)
        } else {
            None
        };
        let redirect_uri = match &listener {
            Some(listener) => redirect_uri.with_port(listener.port()),
            None => redirect_uri,
        };
        let scopes = self.asked.iter().map(|part| (&part.name.part, &part.request.scopes));
        let scopes: Vec<_> = scopes.collect();
        let wish = Wish { scopes: &scopes, adds: self.adds, account: self.hint };
        let (provider, id) = (self.provider, &self.client.id);
        let authorization = Authorization::new(provider, self.urls, id, redirect_uri, &wish)?
            .repeated_by(connect(self.name));
        let authorization = Arc::new(authorization);
        let visit = Visit {
            options: self.options,
            context: self.context,
            dialog: self.dialog,
            provider,
            name: self.name,
            url: authorization.url(),
            back: Return::Redirect(&authorization.redirect_uri().to_string()),
            is_first: self.asked.iter().all(|part| part.request.granted_before.is_empty()),
            opens: listens,
        };
        let answer = visit.answer(&authorization, listener, last_page)?;
        Ok((authorization, answer))
    }

    /// Says where the redirect URI is registered, beside what is wrong with it here.
    fn with_place(&self, error: Error) -> Error {
        match (&self.provider.help.redirect_uri, error.remedy().cloned()) {
            (Some(place), Some(remedy)) => error
                .with_hint(advice![remedy, format!("; another one is registered here: {place}")]),
            _ => error,
        }
    }
}

/// Returns the rights that a part is asked for and does not have yet.
fn wanted<'a>(
    part: &'a AskedPart,
    provider: &'a Provider,
) -> impl Iterator<Item = WantedRight<'a>> {
    let request = &part.request;
    let title = provider.parts.get(&part.name.part).map(|data| data.title.as_str());
    let is_new = |scope: &str| !request.granted_before.contains(scope);
    let wanted = request.wanted.iter().filter(move |(scope, _)| is_new(scope));
    wanted.map(move |(scope, why)| WantedRight {
        name: scope,
        part: title,
        allows: describe(provider, scope),
        why: (provider.offline_scope.as_deref() != Some(scope)).then(|| why.brief()),
    })
}
