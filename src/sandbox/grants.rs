//! Everything that was granted: authorization codes, grants, and their tokens. Time is a parameter.

use std::collections::HashMap;
use std::time::Instant;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;

use super::grant_state::{Ended, GrantState};
use super::rules::Rules;
use super::token::{Digest, Kind, mint};
use crate::model::scope::ScopeSet;

/// A moment, on the clock that never jumps and on the one that tokens tell.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) instant: Instant,
    pub(super) unix_ms: i64,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { instant: Instant::now(), unix_ms: Timestamp::now().as_millisecond() }
    }
}

/// Tokens that were just issued.
pub(super) struct Issued {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) scopes: ScopeSet,
    pub(super) account: String,
}

/// The reason why nothing was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The code is unknown, too old, used, or another client's.
    Code,
    /// The redirect URI is not that of the request for consent (RFC 6749 section 4.1.3).
    RedirectUri,
    /// The verifier does not belong to the challenge (RFC 7636 section 4.6).
    Verifier,
    /// The refresh token is unknown, used, revoked, or another client's.
    RefreshToken,
    /// More is asked for than was granted (RFC 6749 section 6).
    Scope,
}

/// The decision of the account's owner.
pub(super) struct Consent {
    pub(super) client_id: String,
    pub(super) account: String,
    pub(super) scopes: ScopeSet,
    /// Whether it gives a refresh token.
    pub(super) refreshable: bool,
    pub(super) redirect_uri: String,
    /// Empty if none was sent.
    pub(super) code_challenge: String,
}

struct Code {
    consent: Consent,
    dies_at: Instant,
    spent_for: Option<usize>,
}

struct Grant {
    client_id: String,
    account: String,
    scopes: ScopeSet,
    refreshes: u32,
    ended: Option<Ended>,
    refresh_revoked: bool,
    access: Vec<Digest>,
}

struct Refresh {
    grant: usize,
    spent_at: Option<Instant>,
}

struct Access {
    grant: usize,
    scopes: ScopeSet,
    dies_at: Instant,
}

/// All codes, grants and tokens.
#[derive(Default)]
pub(super) struct Grants {
    codes: HashMap<Digest, Code>,
    /// By their number, dead ones included.
    all: Vec<Grant>,
    newest: HashMap<(String, String), usize>,
    refresh: HashMap<Digest, Refresh>,
    access: HashMap<Digest, Access>,
}

impl Grants {
    /// Returns the scopes of the newest grant that a client has of an account, if it lives.
    pub(super) fn scopes_of(&self, client_id: &str, account: &str) -> Option<ScopeSet> {
        let newest = self.newest.get(&(client_id.to_owned(), account.to_owned()))?;
        let grant = &self.all[*newest];
        grant.ended.is_none().then(|| grant.scopes.clone())
    }

    /// Notes a consent, which may end what the client had of the account, and gives the code for it.
    pub(super) fn consent(&mut self, consent: Consent, rules: Rules, now: Moment) -> SecretString {
        self.codes.retain(|_, code| code.spent_for.is_some() || code.dies_at > now.instant);
        if rules.one_grant {
            self.end_of(&consent.client_id, &consent.account, Ended::Replaced);
        }
        let code = mint(Kind::Code, now.unix_ms);
        let dies_at = now.instant + rules.code_lives;
        let kept = Code { consent, dies_at, spent_for: None };
        self.codes.insert(Digest::of(code.expose_secret()), kept);
        code
    }

    /// Exchanges a code for tokens (RFC 6749 section 4.1.3).
    pub(super) fn exchange(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        rules: Rules,
        now: Moment,
    ) -> Result<Issued, Refusal> {
        let digest = Digest::of(code);
        let found = self.codes.get(&digest).filter(|found| found.consent.client_id == client_id);
        let Code { consent, dies_at, spent_for } = found.ok_or(Refusal::Code)?;
        if let Some(grant) = *spent_for {
            // RFC 6749 section 4.1.2: tokens of a code that is used twice should be revoked.
            self.end(grant, Ended::CodeReused);
            return Err(Refusal::Code);
        }
        if *dies_at <= now.instant {
            return Err(Refusal::Code);
        }
        if consent.redirect_uri != redirect_uri {
            return Err(Refusal::RedirectUri);
        }
        if !consent.code_challenge.is_empty()
            && consent.code_challenge != Digest::of(verifier).base64url()
        {
            return Err(Refusal::Verifier);
        }
        let (account, scopes) = (consent.account.clone(), consent.scopes.clone());
        let refreshable = consent.refreshable;
        let (grant, issued) = self.start(client_id, &account, (scopes, refreshable), rules, now);
        if let Some(code) = self.codes.get_mut(&digest) {
            code.spent_for = Some(grant);
        }
        Ok(issued)
    }

    /// Issues a new grant, which may end what the client had of the account; with its scopes, whether it
    /// gets a refresh token.
    pub(super) fn issue(
        &mut self,
        client_id: &str,
        account: &str,
        scopes: (ScopeSet, bool),
        rules: Rules,
        now: Moment,
    ) -> Issued {
        self.start(client_id, account, scopes, rules, now).1
    }

    fn start(
        &mut self,
        client_id: &str,
        account: &str,
        (scopes, refreshable): (ScopeSet, bool),
        rules: Rules,
        now: Moment,
    ) -> (usize, Issued) {
        if rules.one_grant {
            self.end_of(client_id, account, Ended::Replaced);
        }
        let grant = self.all.len();
        self.all.push(Grant {
            client_id: client_id.to_owned(),
            account: account.to_owned(),
            scopes: scopes.clone(),
            refreshes: 0,
            ended: None,
            refresh_revoked: false,
            access: Vec::new(),
        });
        self.newest.insert((client_id.to_owned(), account.to_owned()), grant);
        (grant, self.tokens(grant, scopes, refreshable, rules, now))
    }

    /// Exchanges a refresh token for new tokens. It is good once: a second use ends the grant.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        asked: Option<&ScopeSet>,
        rules: Rules,
        now: Moment,
    ) -> Result<Issued, Refusal> {
        let digest = Digest::of(token);
        let (id, spent_at) = match self.refresh.get(&digest) {
            Some(refresh) => (refresh.grant, refresh.spent_at),
            None => return Err(Refusal::RefreshToken),
        };
        let grant = &self.all[id];
        if grant.client_id != client_id || grant.ended.is_some() || grant.refresh_revoked {
            return Err(Refusal::RefreshToken);
        }
        if spent_at.is_some_and(|at| now.instant >= at + rules.grace) {
            self.end(id, Ended::RefreshTokenReused);
            return Err(Refusal::RefreshToken);
        }
        let scopes = asked.unwrap_or(&grant.scopes);
        if !scopes.is_covered_by(&grant.scopes) {
            return Err(Refusal::Scope);
        }
        let scopes = scopes.clone();
        if rules.refresh_ends_access {
            self.forget_access(id, |_| true);
        }
        self.forget_access(id, |access| access.dies_at <= now.instant);
        self.all[id].refreshes += 1;
        if let Some(refresh) =
            self.refresh.get_mut(&digest).filter(|_| rules.rotates && !rules.old_stays)
        {
            refresh.spent_at.get_or_insert(now.instant);
        }
        Ok(self.tokens(id, scopes, rules.rotates, rules, now))
    }

    /// Issues new tokens of a grant, and perhaps a refresh token.
    fn tokens(
        &mut self,
        id: usize,
        scopes: ScopeSet,
        with_refresh_token: bool,
        rules: Rules,
        now: Moment,
    ) -> Issued {
        let grant = &mut self.all[id];
        let access_token = mint(Kind::Access, now.unix_ms);
        let digest = Digest::of(access_token.expose_secret());
        grant.access.push(digest);
        let dies_at = now.instant + rules.access_lives;
        self.access.insert(digest, Access { grant: id, scopes: scopes.clone(), dies_at });
        let refresh_token = with_refresh_token.then(|| {
            let token = mint(Kind::Refresh, now.unix_ms);
            let kept = Refresh { grant: id, spent_at: None };
            self.refresh.insert(Digest::of(token.expose_secret()), kept);
            token
        });
        Issued { access_token, refresh_token, scopes, account: grant.account.clone() }
    }

    /// Ends a token (RFC 7009). An access token goes alone. A refresh token takes the other refresh
    /// tokens of its grant along, but leaves its access tokens: whether X does is not known, and a
    /// client has to revoke both.
    pub(super) fn revoke(&mut self, token: &str, client_id: &str, rules: Rules) -> Option<String> {
        let digest = Digest::of(token);
        let owned = |id: &usize| self.all[*id].client_id == client_id;
        let refresh = self.refresh.get(&digest).map(|refresh| refresh.grant).filter(owned);
        let of_access = self.access.get(&digest).map(|access| access.grant).filter(owned);
        if let Some(id) = refresh.or(of_access).filter(|_| rules.revocation_ends_grant) {
            let account = self.all[id].account.clone();
            self.end_all(|grant| grant.account == account && grant.client_id == client_id);
            return Some(account);
        }
        if let Some(id) = refresh {
            self.all[id].refresh_revoked = true;
            return Some(self.all[id].account.clone());
        }
        let access = of_access?;
        self.access.remove(&digest);
        self.all[access].access.retain(|kept| *kept != digest);
        Some(self.all[access].account.clone())
    }

    /// Ends all grants of an account.
    pub(super) fn revoke_account(&mut self, account: &str) {
        self.codes.retain(|_, code| code.consent.account != account);
        self.end_all(|grant| grant.account == account);
    }

    fn end_all(&mut self, which: impl Fn(&Grant) -> bool) {
        let ids = (0..self.all.len()).filter(|id| which(&self.all[*id]));
        for id in ids.collect::<Vec<_>>() {
            self.end(id, Ended::RevokedByUser);
        }
    }

    /// Ends the sessions of an account with every app: what refreshes ends, and access tokens live on.
    pub(super) fn end_sessions(&mut self, account: &str) {
        for grant in self.all.iter_mut().filter(|grant| grant.account == account) {
            grant.refresh_revoked = true;
        }
    }

    /// Makes all access tokens too old.
    pub(super) fn expire_access(&mut self, now: Moment) {
        for access in self.access.values_mut() {
            access.dies_at = access.dies_at.min(now.instant);
        }
    }

    /// Returns the account and the scopes of an access token that works.
    pub(super) fn bearer(&self, token: &str, now: Moment) -> Option<(String, ScopeSet)> {
        let access = self.access.get(&Digest::of(token))?;
        let grant = &self.all[access.grant];
        let lives = access.dies_at > now.instant && grant.ended.is_none();
        lives.then(|| (grant.account.clone(), access.scopes.clone()))
    }

    /// Returns whether a refresh token would be taken.
    pub(super) fn is_refreshable(&self, token: &str) -> bool {
        self.refresh.get(&Digest::of(token)).is_some_and(|refresh| {
            let grant = &self.all[refresh.grant];
            refresh.spent_at.is_none() && grant.ended.is_none() && !grant.refresh_revoked
        })
    }

    /// Returns the grants of an account, dead ones included, in the order in which they were given.
    pub(super) fn of_account(&self, account: &str, now: Moment) -> Vec<GrantState> {
        let ids = (0..self.all.len()).filter(|id| self.all[*id].account == account);
        ids.map(|id| self.describe(id, now)).collect()
    }

    fn describe(&self, id: usize, now: Moment) -> GrantState {
        let grant = &self.all[id];
        let lives = grant.ended.is_none();
        let is_fresh =
            |digest: &&Digest| self.access.get(*digest).is_some_and(|a| a.dies_at > now.instant);
        let refreshable = self.refresh.values().any(|r| r.grant == id && r.spent_at.is_none());
        GrantState {
            client_id: grant.client_id.clone(),
            account_id: grant.account.clone(),
            scopes: grant.scopes.clone(),
            refreshes: grant.refreshes,
            refreshable: lives && refreshable && !grant.refresh_revoked,
            access_tokens: if lives { grant.access.iter().filter(is_fresh).count() } else { 0 },
            ended: grant.ended,
        }
    }

    fn end_of(&mut self, client_id: &str, account: &str, why: Ended) {
        if let Some(id) = self.newest.get(&(client_id.to_owned(), account.to_owned())) {
            self.end(*id, why);
        }
    }

    fn end(&mut self, id: usize, why: Ended) {
        self.all[id].ended.get_or_insert(why);
        self.forget_access(id, |_| true);
    }

    fn forget_access(&mut self, id: usize, which: impl Fn(&Access) -> bool) {
        let Self { all, access, .. } = self;
        all[id].access.retain(|digest| {
            let forget = access.get(digest).is_none_or(&which);
            if forget {
                access.remove(digest);
            }
            !forget
        });
    }
}
