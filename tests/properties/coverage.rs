//! A verdict is satisfied just when what is required is granted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use xreq::catalog::{Catalog, Provider};
use xreq::manifest::{Integration, Requirements, Scope, SecretRequirement};
use xreq::model::credential_id::{CredentialId, Kind};
use xreq::model::name::Label;
use xreq::model::scope::ScopeSet;
use xreq::policy::needs::resolve;
use xreq::policy::verdict::{GapKind, HeldCredential, Holdings, Policy, judge};

/// A second provider, so that no verdict can take the scopes of one for those of the other: its
/// scopes have names that X has too.
const ACME: &str = "\
provider: acme
title: Acme
env_prefix: ACME
endpoints:
  authorize_url: https://login.acme.example/authorize
  token_url: https://login.acme.example/token
  api_url: https://api.acme.example
client_authentication: {public: none}
pkce: S256
redirect_uri: http://127.0.0.1:8080/callback
scopes: {tweet.read: Read orders, users.read: Read customers, order.write: Place orders}
capabilities:
  acme.order.read:
    {title: Read orders, allows: read orders, published: [tweet.read]}
  acme.order.write:
    {title: Place orders, allows: place orders, published: [order.write], api: [order.write, users.read]}
";

const SECRETS: [&str; 3] = ["FAL_KEY", "OTHER_KEY", "THIRD_KEY"];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    let file = folder.path().join("acme.yaml");
    std::fs::write(&file, ACME).expect("it can be written");
    xreq::provider_files::catalog(None, &[file]).expect("the provider file is right")
});

/// Everything that can be required of a grant, without its scopes.
fn keys() -> Vec<String> {
    // Coverage is set inclusion where no scope stands for another.
    let is_plain = |slug: &str| ["x", "acme"].contains(&slug);
    let providers = CATALOG.providers().filter(|provider| is_plain(provider.slug.as_str()));
    let of = |provider: &'static Provider| {
        let grants = |kinds: &[Kind]| kinds.contains(&Kind::Oauth2);
        let keys = provider.capabilities.iter().filter(move |(_, it)| grants(it.kinds()));
        keys.map(|(key, _)| key.clone()).chain([provider.slug.to_string()])
    };
    providers.flat_map(of).collect()
}

fn scopes_of(provider: &str) -> Vec<String> {
    CATALOG.provider(provider).expect("it is there").scopes.keys().cloned().collect()
}

fn optional() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.3)
}

/// Keys, each once; some of them are raw scopes of a provider; some are optional.
fn requirements() -> impl Strategy<Value = Requirements> {
    let keys = keys();
    let count = keys.len();
    let integrations = subsequence(keys, 0..=count.min(6)).prop_shuffle();
    let manners =
        prop::collection::vec((optional(), prop::collection::vec(any::<Index>(), 0..4)), 6);
    let secrets = subsequence(SECRETS.to_vec(), 0..=2);
    (integrations, manners, secrets, prop::collection::vec(optional(), 2)).prop_map(
        |(keys, manners, secrets, secret_manners)| {
            let integrations = keys.into_iter().zip(manners).map(|(key, (optional, indices))| {
                let names: BTreeSet<_> = match CATALOG.provider(&key) {
                    Some(_) => {
                        let all = scopes_of(&key);
                        indices.iter().map(|index| index.get(&all).clone()).collect()
                    }
                    None => BTreeSet::new(),
                };
                let scopes = names.into_iter().map(|name| Scope { name, span: 0..0 }).collect();
                Integration {
                    key,
                    scopes,
                    description: None,
                    kinds: Vec::new(),
                    parts: Vec::new(),
                    env: Vec::new(),
                    optional,
                    span: 0..0,
                }
            });
            let secrets = secrets.into_iter().zip(secret_manners).map(|(name, optional)| {
                SecretRequirement { name: name.to_owned(), description: None, optional, span: 0..0 }
            });
            Requirements {
                integrations: integrations.collect(),
                secrets: secrets.collect(),
                ..Requirements::default()
            }
        },
    )
}

/// For each provider nothing, or a grant of some of its scopes and of one that nobody knows. Most
/// scopes are granted, else hardly anything would be satisfied.
fn grants() -> impl Strategy<Value = BTreeMap<String, BTreeSet<String>>> {
    let of = |provider: &'static str| {
        let mut all = scopes_of(provider);
        all.push("unknown.scope".to_owned());
        let count = all.len();
        let some = prop_oneof![
            3 => subsequence(all.clone(), count.saturating_sub(6)..=count),
            1 => subsequence(all, 0..=count),
        ];
        prop::option::weighted(0.9, some).prop_map(move |granted| (provider, granted))
    };
    (of("x"), of("acme")).prop_map(|(x, acme)| {
        let given = [x, acme].into_iter();
        let given = given.filter_map(|(provider, granted)| Some((provider.to_owned(), granted?)));
        given.map(|(provider, granted)| (provider, granted.into_iter().collect())).collect()
    })
}

/// The scopes that decide whether a requirement is met.
fn needed(requirement: &Integration, strict: bool) -> BTreeSet<String> {
    let of = |scopes: &ScopeSet| scopes.iter().map(str::to_owned).collect();
    let provider = CATALOG.provider(requirement.provider());
    match provider.and_then(|provider| provider.capability(&requirement.key)) {
        Some(capability) if strict => of(&capability.api()),
        Some(capability) => of(&capability.published),
        None => requirement.scopes.iter().map(|scope| scope.name.clone()).collect(),
    }
}

fn holdings(grants: &BTreeMap<String, BTreeSet<String>>, secrets: &[&str]) -> Holdings {
    let held = |granted: &BTreeSet<String>| HeldCredential {
        minting: None,
        scopes: granted.iter().map(String::as_str).collect(),
        level: None,
        has_keys: true,
        expires_at: None,
        lifetime: None,
        is_renewed: false,
        doubt: None,
    };
    let id = |provider: &str| {
        CredentialId::grant(provider.parse().expect("it is a name"), Label::default())
    };
    Holdings {
        credentials: grants.iter().map(|(name, scopes)| (id(name), held(scopes))).collect(),
        secrets: secrets.iter().map(ToString::to_string).collect(),
        ..Holdings::default()
    }
}

fn policy(strict: bool) -> Policy {
    Policy { now: Timestamp::UNIX_EPOCH, min_ttl: SignedDuration::from_mins(5), strict }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn satisfied_is_required_within_granted(
        requirements in requirements(),
        grants in grants(),
        stored in subsequence(SECRETS.to_vec(), 0..=3),
        strict: bool,
    ) {
        let covered = |r: &Integration| grants.get(r.provider())
            .is_some_and(|granted| needed(r, strict).is_subset(granted));
        let expected = requirements.integrations.iter().all(|r| r.optional || covered(r))
            && requirements.secrets.iter().all(|s| s.optional || stored.contains(&s.name.as_str()));

        let needs = resolve(&requirements, &CATALOG).expect("all of it exists");
        let verdict = judge(&needs, &holdings(&grants, &stored), policy(strict));
        prop_assert_eq!(verdict.is_satisfied(), expected);
        let met: Vec<_> = verdict.satisfied_keys().collect();
        let expected: Vec<_> =
            requirements.integrations.iter().filter(|r| covered(r)).map(|r| r.key.as_str()).collect();
        prop_assert_eq!(met, expected);
    }

    /// What is told is what is missing: with it granted, everything is met.
    #[test]
    fn gaps_are_what_is_missing(
        requirements in requirements(),
        grants in grants(),
        stored in subsequence(SECRETS.to_vec(), 0..=3),
        strict: bool,
    ) {
        let needs = resolve(&requirements, &CATALOG).expect("all of it exists");
        let verdict = judge(&needs, &holdings(&grants, &stored), policy(strict));
        let mut grants = grants;
        for outcome in &verdict.keys {
            let granted = grants.get(outcome.need.provider.slug.as_str()).cloned().unwrap_or_default();
            let missing: BTreeSet<_> = outcome.missing.iter().map(str::to_owned).collect();
            let expected: BTreeSet<_> =
                needed(outcome.need.requirement, strict).difference(&granted).cloned().collect();
            prop_assert_eq!(&missing, &expected, "{}", outcome.need.requirement.key);
        }
        for outcome in &verdict.keys {
            let granted = grants.entry(outcome.need.provider.slug.to_string()).or_default();
            granted.extend(outcome.missing.iter().map(str::to_owned));
        }
        let missing_secrets: HashSet<_> = verdict
            .gaps
            .iter()
            .filter(|gap| gap.kind == GapKind::Secret)
            .map(|gap| gap.key.as_str())
            .collect();
        let all: Vec<_> = stored.iter().copied().chain(missing_secrets.iter().copied()).collect();
        prop_assert_eq!(all.len(), stored.len() + missing_secrets.len(), "a stored one is missing");
        let verdict = judge(&needs, &holdings(&grants, &all), policy(strict));
        prop_assert!(verdict.gaps.is_empty(), "{:?}", verdict.gaps);
    }

    /// More scopes never make it worse, and what is optional never decides.
    #[test]
    fn satisfied_is_monotonic(
        requirements in requirements(),
        grants in grants(),
        strict: bool,
        more in any::<Index>(),
    ) {
        let needs = resolve(&requirements, &CATALOG).expect("all of it exists");
        let satisfied = |grants: &BTreeMap<String, BTreeSet<String>>, strict| {
            judge(&needs, &holdings(grants, &SECRETS), policy(strict)).is_satisfied()
        };
        let before = satisfied(&grants, strict);
        prop_assert!(!satisfied(&grants, true) || satisfied(&grants, false), "strict is stricter");

        let mut greater = grants.clone();
        for (provider, granted) in &mut greater {
            granted.insert(more.get(&scopes_of(provider)).clone());
        }
        prop_assert!(!before || satisfied(&greater, strict));

        let mut required = requirements.clone();
        required.integrations.retain(|integration| !integration.optional);
        required.secrets.retain(|secret| !secret.optional);
        let needs = resolve(&required, &CATALOG).expect("all of it exists");
        let verdict = judge(&needs, &holdings(&grants, &SECRETS), policy(strict));
        prop_assert_eq!(verdict.is_satisfied(), before);
    }

    /// A token that dies too soon is as good as none, and to whom it belongs does not matter.
    #[test]
    fn a_dying_token_serves_nobody(
        requirements in requirements(),
        grants in grants(),
        lives in prop::collection::vec(-10_000_i64..10_000, 2),
        min_ttl in prop_oneof![Just(0), 0_i64..10_000],
        exactly in prop_oneof![Just(None), Just(Some(0)), Just(Some(1))],
    ) {
        let needs = resolve(&requirements, &CATALOG).expect("all of it exists");
        let mut holdings = holdings(&grants, &SECRETS);
        let lives = lives.into_iter().map(|life| exactly.map_or(life, |factor| factor * min_ttl));
        let lives: HashMap<_, _> = ["x", "acme"].into_iter().zip(lives).collect();
        for (id, held) in &mut holdings.credentials {
            let life = SignedDuration::from_secs(lives[id.provider.as_str()]);
            held.expires_at = Some(Timestamp::UNIX_EPOCH + life);
        }
        let min_ttl = SignedDuration::from_secs(min_ttl);
        let policy = Policy { min_ttl, ..policy(false) };
        let verdict = judge(&needs, &holdings, policy);
        for outcome in &verdict.keys {
            let requirement = outcome.need.requirement;
            let life = SignedDuration::from_secs(lives[requirement.provider()]);
            let alive = life > SignedDuration::ZERO && life >= min_ttl;
            let expected = alive && grants.get(requirement.provider())
                .is_some_and(|granted| needed(requirement, false).is_subset(granted));
            prop_assert_eq!(outcome.covered_by.is_some(), expected);
        }
    }
}
