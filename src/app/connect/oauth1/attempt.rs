//! An attempt to get a token of OAuth 1.0a: a request token, its owner's consent, and the exchange.

use std::sync::Arc;

use age::secrecy::SecretString;

use crate::app::connect::dialog::{Announcement, Dialog, Return};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::oauth1::asked_level::AskedLevel;
use crate::app::connect::oauth1::failures;
use crate::app::connect::options::{AnswerWay, ConnectOptions};
use crate::app::connect::visit::Visit;
use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::Context;
use crate::app::network::Network;
use crate::catalog::{Oauth1, Provider, Urls};
use crate::credential::failure::connect;
use crate::error::{Result, advice};
use crate::oauth::consent::browser;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait::{Answer, Listener};
use crate::oauth::oauth1::answer::{IssuedToken, RequestToken};
use crate::oauth::oauth1::authorization::Oauth1Authorization;
use crate::oauth::oauth1::endpoint::{OUT_OF_BAND, Oauth1Endpoint};
use crate::oauth::oauth1::level::Verified;
use crate::oauth::oauth1::refusal::Oauth1Failure;
use crate::oauth::oauth1::token_pair::TokenPair;
use crate::store::CredentialId;

/// Everything that an attempt works with.
pub(super) struct Oauth1Attempt<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) context: &'a Context,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    /// The provider's endpoints of OAuth 1.0a, and the others.
    pub(super) endpoints: &'a Oauth1,
    pub(super) urls: &'a Urls,
    pub(super) name: &'a CredentialId,
    pub(super) pair: &'a ConsumerPair,
    pub(super) asked: &'a AskedLevel,
    /// Whether the label has no token yet.
    pub(super) is_first: bool,
    pub(super) network: &'a Network,
}

impl Oauth1Attempt<'_> {
    /// Shows what will be asked for, before anything is opened.
    pub(super) fn announce(&self) {
        self.dialog.announce(&Announcement {
            name: self.name,
            provider: self.provider,
            client_id: &self.pair.key,
            client: Some(&self.pair.client),
            wanted: vec![self.asked.wanted()],
            granted_before: None,
        });
    }

    /// Asks for a request token, and waits for the owner's consent to it, by redirect or by PIN.
    pub(super) fn consent(&self, last_page: &mut LastPage) -> Result<(RequestToken, Answer)> {
        let callback = self.callback()?;
        let (listener, redirect_uri) = callback.unzip();
        let back = redirect_uri.as_ref().map(ToString::to_string);
        let token = self.request_token(back.as_deref().unwrap_or(OUT_OF_BAND))?;
        let title = &self.provider.title;
        let repetition = connect(self.name);
        let authorization =
            Oauth1Authorization::new(&token, self.endpoints, redirect_uri, title, repetition);
        let authorization = Arc::new(authorization);
        let visit = Visit {
            options: self.options,
            context: self.context,
            dialog: self.dialog,
            provider: self.provider,
            name: self.name,
            url: authorization.url(),
            back: back.as_deref().map_or(Return::Pin, Return::Redirect),
            is_first: self.is_first,
            opens: true,
        };
        let answer = visit.answer(&authorization, listener, last_page)?;
        Ok((token, answer))
    }

    /// Exchanges the request token.
    pub(super) fn exchange(
        &self,
        RequestToken(asked): &RequestToken,
        verifier: &SecretString,
    ) -> Result<IssuedToken> {
        let title = &self.provider.title;
        let _shown = self.context.reporter.progress(&format!("asking {title} for the token"));
        let issued = self.network.ask(self.endpoint().access_token(asked, verifier));
        issued.map_err(|failure| failures::not_exchanged(&failure, self.provider))
    }

    /// Asks whose the token is, and of which level.
    pub(super) fn verify(&self, pair: &TokenPair) -> Result<Verified, Oauth1Failure> {
        let title = &self.provider.title;
        let shown = format!("asking {title} for the account and the level of the token");
        let _shown = self.context.reporter.progress(&shown);
        self.network.ask(self.endpoint().verify(self.provider, self.urls, pair))
    }

    /// Returns the endpoint that requests of this client go to.
    pub(super) fn endpoint(&self) -> Oauth1Endpoint<'_> {
        Oauth1Endpoint {
            http: self.network.http(),
            urls: self.endpoints,
            consumer_key: &self.pair.key,
            consumer_secret: &self.pair.secret,
        }
    }

    fn request_token(&self, callback: &str) -> Result<RequestToken> {
        let title = &self.provider.title;
        let _shown = self.context.reporter.progress(&format!("asking {title} for a request token"));
        let endpoint = self.endpoint();
        let asked = self.network.ask(endpoint.request_token(callback, Some(self.asked.level)));
        asked.map_err(|failure| failures::not_asked(&failure, callback, self.provider))
    }

    /// Listens for the browser; `None` where the owner is to read a PIN: it was asked for, no browser is
    /// opened here, or the redirect URI leads elsewhere or to another program.
    fn callback(&self) -> Result<Option<(Listener, RedirectUri)>> {
        let redirect_uri = RedirectUri::parse(&self.pair.redirect_uri)?;
        let comes_back = self.options.way == AnswerWay::Usual
            && self.options.may_open
            && browser::is_known(&self.context.env)
            && redirect_uri.loopback().is_some_and(|loopback| loopback.port != 0);
        if !comes_back {
            return Ok(None);
        }
        match Listener::bind(&redirect_uri) {
            Ok(listener) => Ok(Some((listener, redirect_uri))),
            Err(error) => {
                let instead = format!("{error}; {} shows a PIN instead", self.provider.title);
                self.context.reporter.note(advice![instead]);
                Ok(None)
            }
        }
    }
}
