//! The workspace: the tokens that act in it, its channels and what is said in them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};

use super::identity::BOT;
use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::sandbox::grants::Moment;
use crate::sandbox::token::{Digest, random};

/// The time for which a code can be exchanged.
const CODE_LIVES: Duration = Duration::from_mins(10);

/// A consent that was given, until its code is exchanged.
pub(super) struct Consent {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// Empty if none was sent.
    pub(super) code_challenge: String,
    pub(super) account: String,
    /// The parts that were asked for, each with its scopes.
    pub(super) parts: Vec<(Part, ScopeSet)>,
}

/// The right of a token.
#[derive(Clone)]
pub(super) struct Authority {
    pub(super) client_id: String,
    /// The id of the account that consented.
    pub(super) account: String,
    pub(super) part: Part,
    pub(super) scopes: ScopeSet,
}

/// A token of a part, which was just issued.
pub(super) struct IssuedPart {
    pub(super) authority: Authority,
    pub(super) access_token: SecretString,
    /// The refresh token and the life of the access token, with rotation.
    pub(super) rotation: Option<(SecretString, Duration)>,
}

/// A message in a channel.
pub(super) struct Message {
    pub(super) channel: String,
    pub(super) ts: String,
    pub(super) user: String,
    pub(super) text: String,
}

/// A channel.
pub(super) struct Channel {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) is_private: bool,
}

/// The channels that there are.
pub(super) const CHANNELS: [Channel; 3] = [
    Channel { id: "C0000000001", name: "general", is_private: false },
    Channel { id: "C0000000002", name: "random", is_private: false },
    Channel { id: "C0000000003", name: "plans", is_private: true },
];

/// All of it.
#[derive(Default)]
pub(in crate::sandbox) struct Workspace {
    codes: HashMap<Digest, (Consent, Instant)>,
    access: HashMap<Digest, (Authority, Option<Instant>)>,
    refresh: HashMap<Digest, Authority>,
    messages: Vec<Message>,
}

impl Workspace {
    /// Gives the app's bot a token that does not end.
    pub(in crate::sandbox) fn install_bot(&mut self, token: &str, scopes: ScopeSet) {
        let authority = Authority {
            client_id: String::new(),
            account: String::new(),
            part: BOT.parse().expect("it is a name"),
            scopes,
        };
        self.access.insert(Digest::of(token), (authority, None));
    }

    /// Notes a consent, and gives the code for it.
    pub(super) fn consent(&mut self, consent: Consent, now: Moment) -> SecretString {
        let code = SecretString::from(random());
        let dies_at = now.instant + CODE_LIVES;
        self.codes.insert(Digest::of(code.expose_secret()), (consent, dies_at));
        code
    }

    /// Takes the consent of a code, which is good once.
    pub(super) fn taken(&mut self, code: &str, client_id: &str, now: Moment) -> Option<Consent> {
        let (consent, dies_at) = self.codes.remove(&Digest::of(code))?;
        (consent.client_id == client_id && dies_at > now.instant).then_some(consent)
    }

    /// Issues a token; with rotation, if it is told how long tokens live.
    pub(super) fn issue(
        &mut self,
        authority: Authority,
        lives: Option<Duration>,
        now: Moment,
    ) -> IssuedPart {
        let kind = if authority.part.as_str() == "bot" { "xoxb" } else { "xoxp" };
        let prefix = if lives.is_some() { "xoxe." } else { "" };
        let access_token = SecretString::from(format!("{prefix}{kind}-{}", random()));
        let dies_at = lives.map(|lives| now.instant + lives);
        let digest = Digest::of(access_token.expose_secret());
        self.access.insert(digest, (authority.clone(), dies_at));
        let rotation = lives.map(|lives| {
            let token = SecretString::from(format!("xoxe-{}", random()));
            self.refresh.insert(Digest::of(token.expose_secret()), authority.clone());
            (token, lives)
        });
        IssuedPart { authority, access_token, rotation }
    }

    /// Takes the right of a refresh token, which is good once.
    pub(super) fn spent(&mut self, token: &str, client_id: &str) -> Option<Authority> {
        let digest = Digest::of(token);
        let is_its = self.refresh.get(&digest).is_some_and(|it| it.client_id == client_id);
        if is_its { self.refresh.remove(&digest) } else { None }
    }

    /// Returns the right of an access token; or why it has none.
    pub(super) fn authority(&self, token: &str, now: Moment) -> Result<&Authority, &'static str> {
        let (authority, dies_at) = self.access.get(&Digest::of(token)).ok_or("invalid_auth")?;
        if dies_at.is_some_and(|at| at <= now.instant) {
            return Err("token_expired");
        }
        Ok(authority)
    }

    /// Ends an access token, and the refresh tokens that are of the same part.
    pub(super) fn revoke(&mut self, token: &str) {
        let Some((ended, _)) = self.access.remove(&Digest::of(token)) else { return };
        self.refresh.retain(|_, it| {
            (&it.client_id, &it.account, &it.part)
                != (&ended.client_id, &ended.account, &ended.part)
        });
    }

    /// Ends all tokens of an account.
    pub(in crate::sandbox) fn revoke_account(&mut self, account: &str) {
        self.codes.retain(|_, (consent, _)| consent.account != account);
        self.access.retain(|_, (authority, _)| authority.account != account);
        self.refresh.retain(|_, authority| authority.account != account);
    }

    /// Says something in a channel, and gives the time that names it there.
    pub(super) fn say(&mut self, channel: &str, user: String, text: &str, now: Moment) -> String {
        let ts = format!("{}.{:06}", now.unix_ms / 1_000, self.messages.len());
        let (channel, text) = (channel.to_owned(), text.to_owned());
        self.messages.push(Message { channel, ts: ts.clone(), user, text });
        ts
    }

    /// Returns what was said in a channel, the newest first.
    pub(super) fn said<'a>(&'a self, channel: &'a str) -> impl Iterator<Item = &'a Message> {
        self.messages.iter().rev().filter(move |it| it.channel == channel)
    }
}
