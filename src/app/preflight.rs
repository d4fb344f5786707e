//! The preflight of a launch: fresh grants, the verdict, the plan.

use std::cell::RefCell;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::app::audit_recorder::judged;
use crate::app::check_store::tell;
use crate::app::context::Context;
use crate::app::delivery::Ways;
use crate::app::display_paths::display_name;
use crate::app::launch::{Launch, LaunchOptions};
use crate::app::manifest_discovery::locate;
use crate::app::refresh_needed;
use crate::app::refresh_needed::{RefreshFailure, Renewer};
use crate::app::signing_parts;
use crate::app::stored_credentials::StoredCredentials;
use crate::audit_log::{Audit, LogEntry, LoggedEvent, Party};
use crate::broker::Placeholder;
use crate::broker::{Authority, BrokeredCredential, SatisfiedRequirement};
use crate::catalog::Provider;
use crate::error::{Code, Error, Result};
use crate::launch::environment::{self, Channels, Handover, Plan, SecretVariable, Token, Value};
use crate::model::variable_content::VariableContent;
use crate::policy::verdict::{Policy, Verdict, judge};
use crate::store::{ClientName, GrantMetadata, Identities, SealedGrant, SealedSecret};

/// A launch that passed all checks.
pub(crate) struct Preflight<'a> {
    launch: Launch<'a>,
    pub(crate) stored: StoredCredentials,
    verdict: Verdict<'a>,
    /// The placeholders that the agent gets in the place of tokens, where a broker holds these.
    pub(crate) brokered: Option<Arc<Authority>>,
    /// The grants of the last plan, for the audit log.
    parties: RefCell<Vec<Party>>,
}

impl<'a> Launch<'a> {
    /// Refreshes what has to be, and judges. Reports what failed.
    ///
    /// # Errors
    ///
    /// [`Code::RequirementsUnmet`]: what is unmet was told.
    pub(crate) fn preflight(self, renew: &mut dyn Renewer) -> Result<Preflight<'a>> {
        let Self { options, context, .. } = self;
        let (preflight, troubles) = self.judged(renew)?;
        let verdict = &preflight.verdict;
        if !verdict.is_satisfied() {
            tell(verdict, self, &troubles)?;
            if !options.dry_run {
                let entry = LogEntry::undone(LoggedEvent::Launch, Code::RequirementsUnmet);
                context.record_done(|_| self.entry(entry, verdict));
            }
            return Err(Error::new(
                Code::RequirementsUnmet,
                "a requirement is unmet, and nothing was launched",
            ));
        }
        for trouble in &troubles {
            trouble.tell(verdict, context);
        }
        Ok(preflight)
    }

    /// Does the same if nothing failed, and there is nothing to refuse or to record before the launch;
    /// `None` otherwise.
    pub(crate) fn silent_preflight(self, renew: &mut dyn Renewer) -> Result<Option<Preflight<'a>>> {
        let (preflight, troubles) = self.judged(renew)?;
        let is_silent = preflight.verdict.is_satisfied() && troubles.is_empty();
        Ok(is_silent.then_some(preflight))
    }

    fn judged(self, renew: &mut dyn Renewer) -> Result<(Preflight<'a>, Vec<RefreshFailure>)> {
        let Self { options, context, needs, .. } = self;
        let criteria = &options.criteria;
        let mut stored =
            StoredCredentials::find(needs, &criteria.accounts, context.store()?, context)?;
        let troubles = refresh_needed::refresh(&mut stored, needs, criteria, renew)?;
        let verdict = judge(needs, &stored.holdings(), criteria.policy());
        let parties = RefCell::default();
        Ok((Preflight { launch: self, stored, verdict, brokered: None, parties }, troubles))
    }

    /// Judges what is stored as it is, for an agent that was launched already: nothing is refreshed, and
    /// an access token serves for as long as it lives. The caller has to check whether all is met.
    pub(crate) fn again(self) -> Result<Preflight<'a>> {
        let Self { options, context, needs, .. } = self;
        let criteria = &options.criteria;
        let stored = StoredCredentials::find(needs, &criteria.accounts, context.store()?, context)?;
        let policy = Policy { min_ttl: SignedDuration::ZERO, ..criteria.policy() };
        let verdict = judge(needs, &stored.holdings(), policy);
        let (brokered, parties) = (None, RefCell::default());
        Ok(Preflight { launch: self, stored, verdict, brokered, parties })
    }

    fn entry(&self, entry: LogEntry, verdict: &Verdict<'_>) -> Result<LogEntry> {
        let manifest = self.declared.source.name();
        let entry = judged(entry, manifest, self.needs, verdict).with_argv0(&self.options.argv0());
        let supervision = &self.options.supervision;
        Ok(if supervision.broker.is_some() {
            // Nothing is handed over below it.
            entry.with_broker()
        } else if supervision.keep_fresh {
            Ways::of(*self)?.recorded(entry)
        } else {
            entry
        })
    }
}

impl<'a> Preflight<'a> {
    /// Returns the grants that serve a key, in the manifest's order.
    pub(crate) fn serving(&self) -> Vec<(&'a Provider, &SealedGrant)> {
        let serving = self.verdict.serving().into_iter();
        serving.filter_map(|(provider, id)| Some((provider, self.stored.grants.get(id)?))).collect()
    }

    /// Returns the same without those that never expire, which nothing keeps fresh.
    pub(crate) fn expiring(&self) -> Vec<(&'a Provider, &SealedGrant)> {
        let serving = self.serving().into_iter();
        serving.filter(|(_, grant)| !grant.metadata.kind.never_expires()).collect()
    }

    /// Returns the authority of the launch: its credentials, with new placeholders.
    ///
    /// # Errors
    ///
    /// A client of theirs cannot be read.
    pub(crate) fn authority(&self) -> Result<Authority> {
        let serving = self.serving().into_iter().map(|(provider, sealed)| {
            let (id, metadata) = (sealed.metadata.id(), &sealed.metadata);
            let keys = self.verdict.keys.iter();
            let served = keys.filter(|outcome| outcome.covered_by.as_ref() == Some(&id));
            let requirements = served.map(|outcome| SatisfiedRequirement {
                key: outcome.need.requirement.key.clone(),
                scopes: outcome.alternative.clone(),
            });
            let account = metadata.account_id.as_deref();
            let client = metadata
                .client
                .clone()
                .map(|name| ClientName { provider: provider.slug.clone(), name });
            let client = client.map(|name| self.stored.store().client(&name)).transpose()?;
            let url_values = client.flatten().map(|client| client.metadata.url_values.clone());
            Ok(BrokeredCredential {
                placeholder: Placeholder::random(provider, id.kind, &id.part, account),
                requirements: requirements.collect(),
                url_values: url_values.unwrap_or_default(),
                id,
            })
        });
        Ok(Authority { credentials: serving.collect::<Result<_>>()? })
    }

    /// Returns whether there is anything for the agent that is sealed.
    pub(crate) fn has_something_to_open(&self) -> bool {
        !self.serving().is_empty() || !self.secrets().is_empty()
    }

    /// Fails if a restart must not follow.
    ///
    /// # Errors
    ///
    /// [`Code::RequirementsUnmet`], which names the gaps; it is recorded.
    pub(crate) fn is_still_met(&self) -> Result<()> {
        if self.verdict.is_satisfied() {
            return Ok(());
        }
        let entry = LogEntry::undone(LoggedEvent::Restart, Code::RequirementsUnmet);
        self.launch.context.record_done(|_| self.launch.entry(entry, &self.verdict));
        let gaps = self.verdict.gaps.iter().filter(|gap| gap.required);
        let gaps: Vec<_> = gaps.map(|gap| gap.message.as_str()).collect();
        Err(Error::new(
            Code::RequirementsUnmet,
            format!("a requirement is unmet, and the agent is not restarted: {}", gaps.join("; ")),
        ))
    }

    /// Opens what the agent gets, and decides on its environment. The identities are asked for if there
    /// is something to open.
    pub(crate) fn plan(
        &self,
        identities: impl FnOnce() -> Result<Arc<Identities>>,
        channels: Channels,
    ) -> Result<Plan> {
        let Launch { options, context, catalog, needs, .. } = self.launch;
        let (serving, secrets) = (self.serving(), self.secrets());
        let given = if serving.is_empty() && secrets.is_empty() {
            Handover { channels, ..Handover::default() }
        } else {
            let given = given(&serving, self, &secrets, &*identities()?, channels)?;
            if let Some(audit) = context.audit()?
                && !options.dry_run
            {
                self.parties.replace(match self.brokered {
                    // The agent gets no token, of which there could be a fingerprint.
                    Some(_) => serving.iter().map(|(_, it)| Party::sealed(&it.metadata)).collect(),
                    None => parties(&audit, &serving, &given)?,
                });
            }
            given
        };
        Ok(environment::plan(&context.env, catalog, needs, &self.verdict, given, options.pristine))
    }

    /// Tells what a launch by a plan has to do without.
    pub(crate) fn tell(&self, plan: &Plan) -> Result<()> {
        self.launch.tell(&self.verdict, plan)
    }

    /// Tells the same of a launch that is only shown.
    pub(crate) fn preview(&self, plan: &Plan) -> Result<()> {
        self.launch.preview(&self.verdict, plan)
    }

    /// Records that the last plan is about to be carried out, be it for the first time or as
    /// [`LoggedEvent::Restart`].
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`]: nothing may be launched.
    pub(crate) fn record(&self, event: LoggedEvent) -> Result<()> {
        self.launch.context.record(|_| {
            let entry = self.launch.entry(LogEntry::done(event), &self.verdict)?;
            Ok(entry.with_grants(self.parties.borrow().iter().cloned()))
        })
    }

    /// Returns the secrets that the agent gets from here.
    fn secrets(&self) -> Vec<&SealedSecret> {
        let secrets = self.launch.needs.secrets.iter();
        let secrets = secrets.filter(|_| self.launch.options.starts_agent());
        secrets.filter_map(|secret| self.stored.secrets.get(&secret.name)).collect()
    }
}

/// Returns the grants that serve an agent, with the tokens that it is given.
fn parties(
    audit: &Audit,
    serving: &[(&Provider, &SealedGrant)],
    given: &Handover<'_>,
) -> Result<Vec<Party>> {
    let grants = serving.iter().zip(&given.tokens);
    let party = |((_, grant), token): (&(&Provider, &SealedGrant), &Token<'_>)| {
        let party = audit.party(&grant.metadata, &token.access_token)?;
        let gets_it = token.others.iter().any(|(it, _)| *it == VariableContent::ConsumerSecret);
        Ok(if gets_it { party.with_client_secret() } else { party })
    };
    grants.map(party).collect()
}

/// Records that an agent was not launched, unless that was done where it was decided.
pub(crate) fn record_failure(options: &LaunchOptions, error: &Error, context: &Context) {
    let is_recorded = matches!(error.code(), Code::RequirementsUnmet | Code::AuditFailed);
    if is_recorded || options.dry_run {
        return;
    }
    context.record_undone(error, || {
        let entry =
            LogEntry::undone(LoggedEvent::Launch, error.code()).with_argv0(&options.argv0());
        match locate(options.manifest.as_deref(), context) {
            Ok(place) => entry.with_manifest(&display_name(&place.path)),
            Err(_) => entry,
        }
    });
}

/// Returns what a credential has beside its token.
fn others(metadata: &GrantMetadata) -> Vec<(VariableContent, Value)> {
    let number = metadata.minting.as_ref().and_then(|minting| minting.project_number.clone());
    number
        .map(|number| (VariableContent::ProjectNumber, Value::Public(number)))
        .into_iter()
        .collect()
}

/// Returns the token of a credential that a broker holds: its placeholder.
fn brokered<'a>(
    provider: &'a Provider,
    sealed: &SealedGrant,
    authority: &Authority,
    variables: Vec<(String, VariableContent)>,
) -> Option<Token<'a>> {
    let credential = sealed.metadata.id();
    let placeholder = &authority.credentials.iter().find(|it| it.id == credential)?.placeholder;
    let texts = placeholder.texts().iter();
    let texts = texts.map(|(content, text)| (*content, Value::Secret(text.clone().into())));
    Some(Token {
        provider,
        credential,
        access_token: placeholder.token().to_owned().into(),
        expires_at: None,
        others: others(&sealed.metadata).into_iter().chain(texts).collect(),
        variables,
    })
}

fn given<'a>(
    serving: &[(&'a Provider, &SealedGrant)],
    preflight: &Preflight<'_>,
    sealed_secrets: &[&SealedSecret],
    identities: &Identities,
    channels: Channels,
) -> Result<Handover<'a>> {
    let mut tokens = Vec::new();
    for (provider, sealed) in serving {
        let credential = sealed.metadata.id();
        if let Some(authority) = &preflight.brokered {
            let variables = preflight.verdict.variables_of(&credential);
            tokens.extend(brokered(provider, sealed, authority, variables));
            continue;
        }
        tokens.push(Token {
            provider,
            variables: preflight.verdict.variables_of(&credential),
            others: {
                let store = preflight.stored.store();
                let signing = signing_parts::of(provider, sealed, store, identities)?;
                others(&sealed.metadata).into_iter().chain(signing).collect()
            },
            credential,
            access_token: sealed.access_token(identities)?,
            expires_at: sealed.metadata.expires_at,
        });
    }
    let mut secrets = Vec::new();
    for sealed in sealed_secrets {
        let secret = sealed.unseal(identities)?;
        secrets.push(SecretVariable {
            name: secret.metadata().name.to_string(),
            value: secret.value().clone(),
        });
    }
    Ok(Handover { tokens, secrets, channels })
}
