//! The exchange of an authorization code for tokens, and the look-up of their account.

use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use jiff::Timestamp;

use crate::app::connect::asked::AskedPart;
use crate::app::connect::attempt::Attempt;
use crate::app::connect::pending::Pending;
use crate::app::connect::unwanted;
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::catalog::Provider;
use crate::credential::failure::way_out;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::model::credential_id::Part;
use crate::oauth::account::{self, Owner};
use crate::oauth::consent::authorization::Authorization;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::issue;
use crate::oauth::token::response::TokenResponse;
use crate::store::{Blame, FailureClass, Grant, Lock};

/// The pauses before the account is looked up again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1)];

/// Time after the first look-up within which another one may begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// The grants that the provider gave for a consent: one for each part that is in its answer.
pub(super) struct NewGrants {
    pub(super) network: Network,
    pub(super) grants: Vec<NewGrant>,
}

/// A grant that the provider gave, and that is pending.
///
/// It is the label's when its account is confirmed, and revoked otherwise, also if a signal ends the
/// process. After `SIGKILL` it stays pending: the next attempt to connect the label ends it.
pub(super) struct NewGrant {
    pub(super) grant: Grant,
    /// The account; or why it is not known.
    pub(super) owner: Result<Owner, String>,
    pub(super) lock: Lock<Grant>,
    /// The grant's own record until it is confirmed.
    pub(super) pending: Pending,
}

impl Attempt<'_> {
    /// Exchanges the code, and looks the account of each token up.
    pub(super) fn exchange(
        &self,
        keeper: &Keeper<'_>,
        authorization: &Authorization,
        code: &SecretString,
        pasted: bool,
    ) -> Result<NewGrants> {
        let network = Network::default();
        let mut reserved = Vec::new();
        for part in self.asked {
            let lock = keeper.reserve(&part.name)?;
            reserved.push((part, lock, Pending::begin(keeper, &part.name)?));
        }
        let asked_at = Timestamp::now();
        let mut responses = match self.tokens(&network, authorization, code, pasted) {
            Ok(response) => response,
            Err(error) => {
                // The room is given back where that is possible; what failed is told in any case.
                for (_, lock, _) in &reserved {
                    let _ = keeper.store.unreserve_grant(lock);
                }
                let ended = unwanted::maybe_ended(
                    self.provider,
                    &self.name.provider,
                    &self.client.id,
                    keeper,
                );
                return Err(match (error.remedy().cloned(), ended) {
                    (Some(remedy), Some(ended)) => {
                        error.with_exact_hint(advice![remedy, "; ", Remedy::from(ended)])
                    }
                    (None, Some(ended)) => error.with_hint(ended),
                    (_, None) => error,
                });
            }
        };
        let mut grants = Vec::new();
        for (part, lock, pending) in reserved {
            let place = responses.iter().position(|(given, _)| *given == part.name.part);
            let Some(place) = place else {
                let _ = keeper.store.unreserve_grant(&lock);
                continue;
            };
            let given = (responses.swap_remove(place).1, asked_at);
            let grant = self.granted(part, given);
            pending.keep(keeper, &grant);
            grants.push((part, NewGrant { grant, owner: Err(String::new()), lock, pending }));
        }
        // All of them are on the disk before anything else is asked.
        let grants = grants.into_iter().map(|(part, mut new)| {
            new.owner = self.owned(&network, part, &mut new.grant, &new.pending, keeper);
            new
        });
        Ok(NewGrants { grants: grants.collect(), network })
    }

    /// Makes a grant of tokens that were asked for at some time and given.
    pub(super) fn granted(
        &self,
        part: &AskedPart,
        (response, asked_at): (TokenResponse, Timestamp),
    ) -> Grant {
        if response.has_too_many_scopes {
            self.context.reporter.warning(format!(
                "{} names more scopes than a grant keeps; those that were asked for are taken for \
                 granted",
                self.provider.title
            ).into());
        }
        issue::grant(
            part.name.clone(),
            response,
            &part.request.scopes,
            self.provider,
            Some(self.client),
            asked_at,
        )
    }

    /// Looks the account of a pending grant up.
    pub(super) fn owned(
        &self,
        network: &Network,
        part: &AskedPart,
        grant: &mut Grant,
        pending: &Pending,
        keeper: &Keeper<'_>,
    ) -> Result<Owner, String> {
        let owner = self.owner(network, &grant.access_token);
        if let Ok(owner) = &owner {
            grant.metadata.account_id = Some(owner.id.clone());
            grant.metadata.handle.clone_from(&owner.handle);
            part.request.complete(&mut grant.metadata);
            // Whoever finds it left behind knows whose grants its consent ended.
            pending.keep(keeper, grant);
        }
        owner
    }

    fn tokens(
        &self,
        network: &Network,
        authorization: &Authorization,
        code: &SecretString,
        pasted: bool,
    ) -> Result<Vec<(Part, TokenResponse)>> {
        let endpoint = TokenEndpoint::new(network.http(), self.provider, self.client)?;
        let verifier = self.provider.takes_challenges().then(|| authorization.verifier());
        let redirect_uri = authorization.redirect_uri().to_string();
        let parts: Vec<_> = self.asked.iter().map(|part| &part.name.part).collect();
        let work = format!("asking {} for tokens", self.provider.title);
        let _shown = self.context.reporter.progress(&work);
        network
            .ask(endpoint.exchange(code, verifier, &redirect_uri, &parts))
            .map_err(|failure| self.not_exchanged(&failure, &redirect_uri, pasted))
    }

    /// Looks the account up; or returns why it is not known. A failure that may pass is met with
    /// another look-up: without the account, the grant may have to be dropped.
    fn owner(&self, network: &Network, token: &SecretString) -> Result<Owner, String> {
        let look_up = || {
            let began = Instant::now();
            let mut pauses = PAUSES.into_iter();
            loop {
                let failure = match network.ask(account::look_up(
                    network.http(),
                    self.provider,
                    self.urls,
                    token,
                )) {
                    Err(failure) if may_pass(&failure) => failure,
                    settled => return settled,
                };
                let wanted = failure.retry_after.unwrap_or_default();
                match pauses.next().map(|pause| pause.max(wanted)) {
                    Some(pause) if began.elapsed() + pause < PATIENCE => thread::sleep(pause),
                    _ => return Err(failure),
                }
            }
        };
        let title = &self.provider.title;
        let shown =
            self.context.reporter.progress(&format!("asking {title} which account consented"));
        let owner = look_up();
        drop(shown);
        match owner {
            Ok(Some(owner)) => Ok(owner),
            Ok(None) => Err(format!("the file of {} does not say how to ask", self.provider.title)),
            Err(failure) => Err(why(&failure, self.provider)),
        }
    }

    fn not_exchanged(&self, failure: &RequestFailure, redirect_uri: &str, pasted: bool) -> Error {
        let Provider { title, slug, help, lifetimes, .. } = self.provider;
        let what = &failure.what;
        let place = |place: &Option<String>| {
            place.as_deref().map_or_else(String::new, |place| format!(": {place}"))
        };
        if failure.blames == Some(Blame::Plan) {
            let message = format!("{title} does not serve this app: {what}");
            return Error::new(Code::ClientRejected, message).with_hint(format!(
                "the plan of the app is why, not the account{}",
                place(&help.billing)
            ));
        }
        match failure.class {
            FailureClass::Client if failure.blames == Some(Blame::Client) => {
                let message = format!("{title} does not accept the client: {what}");
                Error::new(Code::ClientRejected, message).with_hint(advice![
                    "compare its id, secret and type, then store it with ",
                    Remedy::set_client(slug.as_str()).request(),
                    place(&help.client)
                ])
            }
            FailureClass::Transient | FailureClass::InDoubt => {
                let message = format!("{title} did not exchange the code: {what}");
                let way_out = failure.blames.and_then(way_out);
                let way_out = way_out.map_or_else(String::new, |way_out| format!("{way_out}; "));
                Error::new(Code::ProviderUnavailable, message).with_hint(format!(
                    "{way_out}nothing was stored; run the command again, for a new code"
                ))
            }
            FailureClass::Rejected | FailureClass::Client => {
                let life = lifetimes.authorization_code.map_or_else(String::new, |seconds| {
                    let late = if pasted { " (pasting may have taken too long)" } else { "" };
                    format!("a code is good once and for {seconds} seconds{late}; ")
                });
                let message = format!("{title} gave no tokens for the code: {what}");
                Error::new(Code::TokenExchangeFailed, message).with_hint(format!(
                    "{life}run the command again; the redirect URI `{redirect_uri}` has to be \
                     registered letter by letter{}",
                    place(&help.redirect_uri)
                ))
            }
        }
    }
}

/// Returns whether a look-up that failed may succeed a moment later.
fn may_pass(failure: &RequestFailure) -> bool {
    failure.blames.is_none()
        && matches!(failure.class, FailureClass::Transient | FailureClass::InDoubt)
}

/// Returns why a look-up failed. An app without a plan meets this first: its grant is in order.
fn why(failure: &RequestFailure, provider: &Provider) -> String {
    match (failure.blames, &provider.help.billing) {
        (Some(Blame::Plan), Some(place)) => {
            format!("{} (the plan of the app is why: {place})", failure.what)
        }
        _ => failure.what.clone(),
    }
}
