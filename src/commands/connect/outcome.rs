//! The result of connecting an account: for the browser, for the terminal, for the exit status.

use super::asked::{Asked, describe};
use crate::app::check_store;
use crate::app::context::Context;
use crate::app::grant_service::Keeper;
use crate::app::manifest_source::Declared;
use crate::catalog::Provider;
use crate::error::{Code, Error, Exit, Result};
use crate::model::name::Label;
use crate::model::scope::ScopeSet;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::wait::Browser;
use crate::oauth::token::failure::Failure;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Action, GapKind, Held, Holdings, Policy, judge};
use crate::store::{Blame, GrantMetadata, GrantName, Listed};
use crate::text::time::life;

/// A grant that is stored.
pub(super) struct Connected {
    grant: GrantMetadata,
    /// The scopes that were asked for and not granted, each with what wants it.
    missing: Vec<(String, String)>,
    /// Why it is not known whose grant it is.
    unnamed: Option<String>,
}

impl Connected {
    pub(super) fn new(grant: GrantMetadata, asked: &Asked<'_>, unnamed: Option<String>) -> Self {
        let missing = asked.scopes.minus(&grant.scopes);
        let missing =
            missing.iter().map(|scope| (scope.to_owned(), asked.wanted_by(scope))).collect();
        Self { grant, missing, unnamed }
    }

    /// Shows it to the browser that waits.
    pub(super) fn show(&self, browser: Browser, provider: &Provider) {
        let scopes: Vec<_> =
            self.grant.scopes.iter().map(|scope| (scope, describe(provider, scope))).collect();
        let unmet =
            |(scope, why): &(String, String)| format!("{} (for {why})", describe(provider, scope));
        let unmet: Vec<_> = self.missing.iter().map(unmet).collect();
        let missing = self.missing.iter().zip(&unmet);
        let missing: Vec<_> =
            missing.map(|((scope, _), unmet)| (scope.as_str(), unmet.as_str())).collect();
        let GrantMetadata { provider: slug, account, .. } = &self.grant;
        let next = if *account == Label::default() {
            "xreq check".to_owned()
        } else {
            format!("xreq check --account {slug}={account}")
        };
        browser.show(&Page::Connected {
            provider: &provider.title,
            handle: self.grant.handle.as_deref(),
            account: self.grant.account.as_str(),
            scopes: &scopes,
            missing: &missing,
            next: &next,
        });
    }

    /// Tells of it, and of what it leaves unmet.
    pub(super) fn tell(
        &self,
        issuer: &Provider,
        manifest: Option<&Declared>,
        needs: Option<&Needs<'_>>,
        keeper: &Keeper<'_>,
        context: &Context,
    ) -> Result<Exit> {
        let GrantMetadata { provider, account, handle, scopes, expires_at, .. } = &self.grant;
        let of = handle.as_ref().map_or_else(String::new, |handle| format!(" as @{handle}"));
        context.terminal.print(&format!(
            "connected {provider} ({account}){of}: {scopes}; {}\n",
            life(*expires_at, jiff::Timestamp::now())
        ))?;
        if let Some(why) = &self.unnamed {
            context
                .terminal
                .warn(&format!("the grant is stored, but whose it is could not be asked: {why}"));
        }
        if !self.grant.refreshable {
            context
                .terminal
                .warn("there is no refresh token: the grant ends with its access token");
        }
        self.end_the_older(issuer, keeper, context);
        if self.missing.is_empty() {
            return Ok(Exit::Done);
        }
        if let (Some(manifest), Some(needs)) = (manifest, needs) {
            self.tell_unmet(manifest, needs, context);
        }
        let scopes: ScopeSet = self.missing.iter().map(|(scope, _)| scope.as_str()).collect();
        let message = format!("the grant is stored, and lacks what was asked for: {scopes}");
        let again = Action::AddScopes {
            provider: provider.to_string(),
            account: account.to_string(),
            scopes,
        };
        Err(Error::new(Code::ScopeMissing, message)
            .with_hint(format!("run `{}`, and grant all of it", again.command())))
    }

    /// Points at the requirements of this provider that the grant leaves unmet.
    fn tell_unmet(&self, manifest: &Declared, needs: &Needs<'_>, context: &Context) {
        let GrantMetadata { provider, account, scopes, expires_at, .. } = &self.grant;
        let held = Held {
            account: account.to_string(),
            scopes: scopes.clone(),
            expires_at: *expires_at,
            lifetime: None,
            is_renewed: false,
            doubt: None,
        };
        let holdings = Holdings {
            grants: [(provider.to_string(), held)].into_iter().collect(),
            ..Holdings::default()
        };
        let policy =
            Policy { now: context.now, min_ttl: jiff::SignedDuration::ZERO, strict: false };
        let mut verdict = judge(needs, &holdings, policy);
        verdict.gaps.retain(|gap| gap.kind == GapKind::Scope);
        verdict.over_granted.clear();
        check_store::tell(&verdict, manifest, &[], context);
    }

    /// With some providers, the newer of two grants of one account to one client ends the older.
    fn end_the_older(&self, provider: &Provider, keeper: &Keeper<'_>, context: &Context) {
        let GrantMetadata { account, account_id, client_id, .. } = &self.grant;
        let Ok(names) = keeper.store.grant_names_of(&self.grant.provider) else { return };
        if account_id.is_none() || !provider.quirks.one_grant_per_client_and_account {
            return;
        }
        let older = keeper.store.list_grants(names).filter(|listed| {
            listed.metadata.as_ref().is_ok_and(|other| {
                other.account != *account
                    && other.account_id == *account_id
                    && other.client_id == *client_id
            })
        });
        for Listed { name, .. } in older {
            let message = format!("it was ended by the grant {}", self.name());
            let ended = keeper.end(&name, &message);
            context.terminal.warn(&format!(
                "{name} is the same account with the same client, and is ended by this grant: `xreq \
                 disconnect {} --account {} --local-only`",
                name.provider, name.account
            ));
            if let Err(error) = ended {
                context.terminal.warn_of(&error);
            }
        }
    }

    fn name(&self) -> GrantName {
        let GrantMetadata { provider, account, .. } = &self.grant;
        GrantName::grant(provider.clone(), account.clone())
    }
}

/// Why a look-up failed. An app without a plan meets this first: its grant is in order.
pub(super) fn why(failure: &Failure, provider: &Provider) -> String {
    match (failure.blames, &provider.help.billing) {
        (Some(Blame::Plan), Some(place)) => {
            format!("{} (the plan of the app is why: {place})", failure.what)
        }
        _ => failure.what.clone(),
    }
}
