//! The way to a launch: the steps that lead there, in order, each done or not.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::catalog::Provider;
use crate::error::{Argument, Parameter, Remedy};
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::Slug;
use crate::policy::dotenv;
use crate::policy::dotenv::Override;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, GapKind, Verdict};

/// The steps of the way, the launch last.
pub(crate) struct SetupPlan {
    pub(crate) steps: Vec<SetupStep>,
}

/// A step of the way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SetupStep {
    pub(crate) milestone: Milestone,
    pub(crate) is_done: bool,
    /// What takes the step.
    pub(crate) remedy: Remedy,
    /// The arguments that this takes besides.
    pub(crate) arguments: Vec<Argument>,
}

/// The thing that a step brings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Milestone {
    /// An identity, a store, and a manifest.
    Home,
    /// A client of a provider.
    Client {
        provider: Slug,
        title: String,
        /// The place at the provider where its id and secret are.
        place: Option<String>,
        redirect_uri: String,
        /// Whether a sandbox is in the place of the provider.
        is_played: bool,
        /// A sandbox that could be in its place.
        sandbox: Option<SandboxOffer>,
    },
    /// The consent of an account's owner.
    Consent {
        provider: Slug,
        title: String,
        /// Whether a sandbox is in the place of the provider.
        is_played: bool,
    },
    /// A credential of a kind beside grants.
    Credential {
        provider: Slug,
        title: String,
        kind: Kind,
        /// The place at the provider where it is.
        place: Option<String>,
    },
    /// A secret.
    Secret { name: String },
    /// The launch.
    Launch {
        /// Whether it was asked for already.
        is_repeated: bool,
    },
}

/// A sandbox that could be in the place of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SandboxOffer {
    /// What puts it there.
    pub(crate) request: Remedy,
    /// The address of one that serves and cannot be used, since it made no home.
    pub(crate) homeless: Option<String>,
}

/// The things that are there, and the parts of the command line that each request has to repeat.
pub(super) struct Facts {
    pub(super) has_home: bool,
    /// The providers that a client is known of.
    pub(super) clients: HashSet<Slug>,
    /// The sandboxes that could be in the place of providers.
    pub(super) sandboxes: HashMap<Slug, SandboxOffer>,
    /// The providers that a sandbox is in the place of.
    pub(super) played: HashSet<Slug>,
    /// The accounts that were chosen, by provider.
    pub(super) accounts: Vec<(String, String)>,
    /// Whether the launch was asked for already.
    pub(super) is_launched: bool,
    /// The lines of `.env` files that hold secrets of the manifest.
    pub(super) dotenv: Vec<Override>,
    /// The manifest and the provider files that were named.
    pub(super) files: Vec<Argument>,
    /// The keys that were named.
    pub(super) keys: Vec<Argument>,
}

impl SetupPlan {
    /// Lays out the way. It is that of what is required: what is optional and missing is no step.
    pub(super) fn of(needs: &Needs<'_>, verdict: &Verdict<'_>, facts: &Facts) -> Self {
        let mut steps = vec![SetupStep {
            milestone: Milestone::Home,
            is_done: facts.has_home,
            remedy: Remedy::Init,
            arguments: Vec::new(),
        }];
        let mut ttl = None;
        for provider in needs.providers() {
            let gaps = verdict.gaps.iter();
            let gaps = gaps.filter(|gap| gap.required && is_of(gap, provider, needs));
            // No consent gives a token that lives longer: the launch asks for less.
            let (too_short, gaps): (Vec<_>, Vec<_>) =
                gaps.partition(|gap| gap.beyond_reach.is_some());
            ttl = ttl.or_else(|| too_short.iter().find_map(|gap| gap.attainable_ttl()));
            let gaps = gaps.into_iter();
            let (of_kinds, of_grant): (Vec<_>, Vec<_>) =
                gaps.partition(|gap| matches!(gap.kind, GapKind::Kind(_)));
            let gaps: Vec<_> = of_grant.iter().map(|gap| &gap.action).collect();
            let is_its_grant = |(known, id): &(&Provider, &CredentialId)| {
                known.slug == provider.slug && id.kind == Kind::Oauth2
            };
            let is_met = verdict.serving().iter().any(is_its_grant) || !too_short.is_empty();
            if !gaps.is_empty() || is_met {
                steps.extend(client(provider, !gaps.is_empty(), facts));
                steps.push(consent(provider, &gaps, facts));
            }
            steps.extend(of_kinds.into_iter().filter_map(|gap| credential(provider, gap, facts)));
        }
        for secret in needs.secrets.iter().filter(|secret| !secret.optional) {
            let by_hand = Remedy::AddSecret { name: secret.name.clone() };
            let is_done = !verdict.gaps.iter().any(|gap| gap.action == by_hand);
            let file =
                facts.dotenv.iter().find(|line| line.has_value && line.variable == secret.name);
            steps.push(SetupStep {
                milestone: Milestone::Secret { name: secret.name.clone() },
                is_done,
                remedy: file.map_or(by_hand, |line| dotenv::import(&line.file)),
                arguments: Vec::new(),
            });
        }
        let chosen = facts.accounts.iter();
        let accounts = chosen.map(|(of, label)| Parameter::Account.value(format!("{of}={label}")));
        steps.push(SetupStep {
            milestone: Milestone::Launch { is_repeated: facts.is_launched },
            is_done: false,
            remedy: Remedy::Launch,
            arguments: facts.files.iter().cloned().chain(accounts).chain(ttl).collect(),
        });
        Self { steps }
    }

    /// Returns the first step that is not done.
    pub(crate) fn next(&self) -> &SetupStep {
        self.steps.iter().find(|step| !step.is_done).expect("the launch is never done")
    }

    /// Returns the same step alone.
    pub(crate) fn into_next(self) -> SetupStep {
        self.steps.into_iter().find(|step| !step.is_done).expect("the launch is never done")
    }

    /// Returns the first step that is not done and concerns an account of a provider: the home does, too.
    pub(crate) fn next_of(&self, slug: &str) -> &SetupStep {
        let is_its = |step: &&SetupStep| match &step.milestone {
            Milestone::Home => true,
            Milestone::Client { provider, .. }
            | Milestone::Consent { provider, .. }
            | Milestone::Credential { provider, .. } => provider.as_str() == slug,
            Milestone::Secret { .. } | Milestone::Launch { .. } => false,
        };
        let open = self.steps.iter().filter(|step| !step.is_done);
        open.into_iter().find(is_its).unwrap_or_else(|| self.next())
    }

    /// Returns whether nothing is left but the launch.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.next().milestone, Milestone::Launch { .. })
    }

    /// Returns whether an account of a provider is on the way.
    pub(crate) fn leads_through(&self, slug: &str) -> bool {
        self.steps.iter().any(|step| {
            matches!(
                &step.milestone,
                Milestone::Consent { provider, .. } | Milestone::Credential { provider, .. }
                    if provider.as_str() == slug
            )
        })
    }
}

/// Returns the step to a client; none where a grant is met that came without one.
fn client(provider: &Provider, is_asked_by: bool, facts: &Facts) -> Option<SetupStep> {
    let is_done = facts.clients.contains(&provider.slug);
    if !is_asked_by && !is_done {
        return None;
    }
    Some(SetupStep {
        milestone: Milestone::Client {
            provider: provider.slug.clone(),
            title: provider.title.clone(),
            place: provider.help.client.clone(),
            redirect_uri: provider.redirect_uri().to_owned(),
            is_played: facts.played.contains(&provider.slug),
            sandbox: facts.sandboxes.get(&provider.slug).cloned(),
        },
        is_done,
        remedy: Remedy::set_client(provider.slug.as_str()),
        arguments: catalogs(facts),
    })
}

/// Returns the step that takes all actions of a provider at once.
fn consent(provider: &Provider, actions: &[&Remedy], facts: &Facts) -> SetupStep {
    let account = actions.first().and_then(|action| match action {
        Remedy::Connect { account, .. }
        | Remedy::Reconnect { account, .. }
        | Remedy::AddScopes { account, .. } => account.as_deref(),
        _ => None,
    });
    let part_of = |action: &&Remedy| match action {
        Remedy::AddScopes { part, .. } => part.clone(),
        _ => None,
    };
    let part = actions.first().and_then(part_of);
    let added = actions.iter().map(|action| match action {
        Remedy::AddScopes { scopes, .. } if part_of(action) == part => Some(scopes.as_slice()),
        _ => None,
    });
    let remedy = match added.collect::<Option<Vec<_>>>() {
        Some(added) if !added.is_empty() => {
            let scopes: BTreeSet<_> = added.concat().into_iter().collect();
            Remedy::AddScopes {
                provider: provider.slug.to_string(),
                account: account.map(str::to_owned),
                part,
                scopes: scopes.into_iter().collect(),
            }
        }
        _ => Remedy::connect(provider.slug.as_str(), account),
    };
    SetupStep {
        milestone: Milestone::Consent {
            provider: provider.slug.clone(),
            title: provider.title.clone(),
            is_played: facts.played.contains(&provider.slug),
        },
        is_done: actions.is_empty(),
        remedy,
        arguments: facts.keys.iter().chain(&facts.files).cloned().collect(),
    }
}

/// Returns the step to a credential of another kind.
fn credential(provider: &Provider, gap: &Gap, facts: &Facts) -> Option<SetupStep> {
    let GapKind::Kind(kind) = gap.kind else { return None };
    Some(SetupStep {
        milestone: Milestone::Credential {
            provider: provider.slug.clone(),
            title: provider.title.clone(),
            kind,
            place: place_of(provider, kind).map(str::to_owned),
        },
        is_done: false,
        remedy: gap.action.clone(),
        arguments: catalogs(facts),
    })
}

/// Returns the place at the provider where a credential of a kind is.
fn place_of(provider: &Provider, kind: Kind) -> Option<&str> {
    let kinds = &provider.kinds;
    match kind {
        Kind::Static => kinds.static_token.as_ref()?.help.as_deref(),
        Kind::ServiceAccount => kinds.service_account.as_ref()?.help.as_deref(),
        _ => None,
    }
}

/// Returns whether a gap is one of a provider: of its grant, or of the scopes of one of its keys.
fn is_of(gap: &Gap, provider: &Provider, needs: &Needs<'_>) -> bool {
    let keys = needs.of(provider);
    gap.key == provider.slug.as_str()
        || keys.into_iter().any(|need| need.requirement.key == gap.key)
}

/// Returns the provider files that were named.
fn catalogs(facts: &Facts) -> Vec<Argument> {
    let is_catalog = |argument: &&Argument| argument.parameter == Parameter::Catalog;
    facts.files.iter().filter(is_catalog).cloned().collect()
}
