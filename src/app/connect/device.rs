//! The consent on another device: its owner types a code on a page of the provider, and the tokens are
//! asked for meanwhile.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::app::connect::attempt::Attempt;
use crate::app::connect::dialog::DeviceInvitation;
use crate::app::connect::exchange::{NewGrant, NewGrants};
use crate::app::connect::options::AnswerWay;
use crate::app::connect::pending::Pending;
use crate::app::connect::unwanted::{self, Revocation};
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::credential::failure::connect;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::oauth::consent::browser;
use crate::oauth::consent::wait::told_to_end;
use crate::oauth::token::device::authorization::DeviceAuthorization;
use crate::oauth::token::device::poll::{Pace, Poll};
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::response::TokenResponse;
use crate::text::time::in_words;

impl Attempt<'_> {
    /// Returns the URL at which a code is asked for, if the consent is to be given on another device: it
    /// was asked for, or no browser can be opened here.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: it was asked for, and the provider has no such consent.
    pub(super) fn device_url(&self) -> Result<Option<&str>> {
        let url = self.urls.device_authorization.as_deref();
        let way = self.options.way;
        if way == AnswerWay::Device && url.is_none() {
            let message =
                format!("{} gives no codes to type on another device", self.provider.title);
            return Err(Error::new(Code::BadArgument, message).with_hint(advice![
                connect(self.name).with(Parameter::Paste),
                " waits for the address that a browser on any machine ends at"
            ]));
        }
        Ok(url.filter(|_| match way {
            AnswerWay::Device => true,
            AnswerWay::Paste | AnswerWay::Pin => false,
            AnswerWay::Usual => self.options.may_open && !browser::is_known(&self.context.env),
        }))
    }

    /// Asks for a code, shows it, and waits for the grant.
    pub(super) fn consent_by_device(&self, url: &str, keeper: &Keeper<'_>) -> Result<NewGrants> {
        // A device is given one token.
        let part = &self.asked[0];
        let network = Network::default();
        let endpoint = TokenEndpoint::new(network.http(), self.provider, self.client)?;
        let shown = format!("asking {} for a code", self.provider.title);
        let shown = self.context.reporter.progress(&shown);
        let asked = network.ask(endpoint.device_authorization(url, &part.request.scopes));
        drop(shown);
        let asked = asked.map_err(|failure| self.no_code(&failure))?;
        let patience = self.options.patience.min(asked.lives);
        self.dialog.invite_device(&DeviceInvitation {
            provider: self.provider,
            user_code: &asked.user_code,
            page: &asked.verification_uri,
            page_with_code: asked.verification_uri_complete.as_deref(),
            patience,
        });
        let pending = Pending::begin(keeper, &part.name)?;
        let given = network.wait(self.decision(&endpoint, &asked, patience))??;
        let mut grant = self.granted(part, given);
        pending.keep(keeper, &grant);
        let owner = self.owned(&network, part, &mut grant, &pending, keeper);
        match keeper.reserve(&part.name) {
            Ok(lock) => {
                drop(endpoint);
                let grants = vec![NewGrant { grant, owner, lock, pending }];
                Ok(NewGrants { network, grants })
            }
            Err(error) => {
                let revocation = Revocation { network: &network, endpoint: &endpoint };
                let end = unwanted::end(&grant, keeper, revocation, self.provider);
                pending.remove(keeper)?;
                Err(Error::new(error.code(), format!("{error}; {end}")).with_remedy_of(&error))
            }
        }
    }

    /// Asks for tokens until the account's owner has decided, or the time is over. Returns them, and when
    /// they were asked for.
    async fn decision(
        &self,
        endpoint: &TokenEndpoint<'_>,
        asked: &DeviceAuthorization,
        patience: Duration,
    ) -> Result<(TokenResponse, Timestamp)> {
        let began = Instant::now();
        let mut pace = Pace::new(asked.interval);
        loop {
            let left = patience.saturating_sub(began.elapsed());
            tokio::select! {
                () = tokio::time::sleep(pace.pause().min(left)) => {}
                () = told_to_end() => return Err(self.interrupted()),
            }
            let asked_at = Timestamp::now();
            match endpoint.poll_device(&asked.device_code).await {
                Ok(Poll::Granted(response)) => return Ok((*response, asked_at)),
                Ok(Poll::Denied) => {
                    let message =
                        format!("the consent was refused on {}'s page", self.provider.title);
                    return Err(Error::new(Code::AuthorizationDenied, message)
                        .with_hint(advice![connect(self.name).request(), " asks again"]));
                }
                Ok(Poll::Expired) => return Err(self.too_late(began.elapsed())),
                Ok(poll) => pace.answered(&poll),
                Err(failure) if pace.failed(&failure) => {}
                Err(failure) => return Err(self.no_code(&failure)),
            }
            if began.elapsed() >= patience {
                return Err(self.too_late(patience));
            }
        }
    }

    fn no_code(&self, failure: &RequestFailure) -> Error {
        let title = &self.provider.title;
        let message = format!("{title} gives no tokens by a code: {}", failure.what);
        let place = self.provider.help.client.as_deref();
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        let code =
            if failure.blames.is_some() { Code::ClientRejected } else { Code::ProviderUnavailable };
        Error::new(code, message).with_hint(advice![
            format!("nothing was stored; the app may have to allow the device flow{place}; "),
            connect(self.name).with(Parameter::Paste),
            " goes another way"
        ])
    }

    fn too_late(&self, waited: Duration) -> Error {
        let waited = SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX);
        let message = format!("nobody typed the code and consented within {}", in_words(waited));
        Error::new(Code::SessionExpired, message)
            .with_hint(advice![connect(self.name).request(), " gives a new code"])
    }

    fn interrupted(&self) -> Error {
        let message = "the wait was ended before anybody consented: nothing was stored or changed";
        Error::new(Code::Interrupted, message)
            .with_hint(advice![connect(self.name).request(), " asks again"])
    }
}
