use crate::error::wording;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::catalog::Catalog;
use crate::findings::{Level, Source};
use crate::manifest::{self, Requirements};
use crate::model::credential_id::CredentialId;
use crate::model::name::Label;
use crate::policy::needs::resolve;
use crate::policy::verdict::{HeldCredential, Holdings, Policy, judge};

fn requirements(text: &str) -> Requirements {
    let source = Source::new("xreq.yaml", text.to_owned());
    let (requirements, findings) = manifest::read(&source);
    assert!(findings.iter().all(|finding| finding.rule == Rule::Empty), "{findings:?}");
    requirements
}

/// Returns the result of `told` for the change between two manifests.
fn between<T>(old: &str, new: &str, told: impl FnOnce(&Change<'_>) -> T) -> T {
    let catalog = Catalog::builtin();
    let (old, new) = (requirements(old), requirements(new));
    let old = resolve(&old, &catalog).expect("the catalog has all of it");
    let new = resolve(&new, &catalog).expect("the catalog has all of it");
    told(&change(&old, &new))
}

fn messages(old: &str, new: &str) -> Vec<String> {
    between(old, new, |change| {
        let mut findings = change.old_findings();
        findings.extend(change.findings(&[]));
        let line = |finding: Diagnostic| {
            let label = finding.label.map_or_else(String::new, |label| format!(" ({label})"));
            format!("{}: {}{label}", finding.rule.name(), finding.message)
        };
        findings.into_iter().map(line).collect()
    })
}

#[test]
fn what_is_new_is_told_in_words() {
    assert_eq!(
        messages(
            "integrations: [x.tweet.write, x.like.read]\nsecrets: [OLD_KEY]",
            "integrations: [x.tweet.read, {key: x.dm.write, optional: true}]\nsecrets: [FAL_KEY]"
        ),
        [
            "authority/removed: the agent can no longer create, repost and delete posts \
             (scopes that go: tweet.write)",
            "authority/removed: the agent can no longer see what was liked, and by whom \
             (scopes that go: like.read)",
            "authority/removed: the agent no longer gets the secret `OLD_KEY`",
            "authority/added: the agent can now send direct messages \
             (new scopes: dm.write (optional))",
            "authority/added: the agent now gets the secret `FAL_KEY`",
            "authority/same: `x.tweet.read` is new, and asks for nothing that was not asked for \
             before",
        ]
    );
}

#[test]
fn another_word_for_the_same_is_no_authority() {
    for (old, new, expected) in [
        ("[x.tweet.read]", "[{key: x.tweet.read, optional: true}]", "is now optional"),
        ("[{key: x.tweet.read, optional: true}]", "[x.tweet.read]", "is now required"),
        ("[x.tweet.write]", "[x.tweet.write, x.user.read]", "asks for nothing that was not"),
        ("[x.tweet.write]", "[x.tweet.write, x]", "asks for nothing that was not"),
        ("[x.tweet.write, x.user.read]", "[x.tweet.write]", "is gone, and all that it asked for"),
    ] {
        let all = messages(&format!("integrations: {old}"), &format!("integrations: {new}"));
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("authority/same") && all[0].contains(expected), "{all:?}");
    }
}

#[test]
fn what_is_published_is_authority_too() {
    let all = messages("integrations: [x.dm.write]", "integrations: [x.dm.write, x.tweet.read]");
    assert_eq!(
        all,
        ["authority/added: the agent can now read posts, timelines and search results \
          (new scopes: tweet.read)"]
    );
    let all = messages("integrations: [x.dm.write, x.tweet.read]", "integrations: [x.dm.write]");
    assert!(
        all.len() == 1 && all[0].contains("all that it asked for is still asked for"),
        "{all:?}"
    );
}

#[test]
fn a_provider_itself_leaves_open_what_is_lost() {
    let all = messages("integrations: [x.tweet.write]", "integrations: [x]");
    assert!(all.iter().all(|message| message.starts_with("authority/same")), "{all:?}");
}

#[test]
fn secrets_turn_as_keys_do() {
    let all = messages("secrets: [{key: A, optional: true}, B]", "secrets: [A, B]");
    assert_eq!(all, ["authority/same: `A` was optional, and is now required"]);
}

#[test]
fn a_provider_is_authority_by_itself() {
    let all = messages("secrets: [A]", "integrations: [x]\nsecrets: [A]");
    assert_eq!(
        all,
        ["authority/added: the agent can now act on an account of X, as far as this was granted"]
    );
    let all = messages("integrations: [x]", "integrations: [x, x.media.write]");
    assert_eq!(
        all,
        [
            "authority/added: the agent can now upload images, videos and subtitles (new scopes: media.write)"
        ]
    );
}

/// Manifests with every choice among six keys, and some in which the first is optional.
fn manifests() -> Vec<Requirements> {
    let keys = ["x.tweet.read", "x.tweet.write", "x.user.read", "x.dm.write", "x.media.write", "x"];
    let manifest = |chosen: u32, first_is_optional: bool| {
        let of_chosen = keys.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
        let entries = of_chosen.enumerate().map(|(at, (_, key))| {
            format!("{{key: {key}, optional: {}}}", at == 0 && first_is_optional)
        });
        let entries: Vec<_> = entries.collect();
        requirements(&format!("integrations: [{}]", entries.join(", ")))
    };
    (1..1_u32 << keys.len())
        .flat_map(|chosen| [manifest(chosen, false), manifest(chosen, true)])
        .collect()
}

fn union(needs: &Needs<'_>, of: for<'n> fn(&'n Need<'_>) -> &'n ScopeSet) -> ScopeSet {
    let mut scopes = ScopeSet::default();
    for need in &needs.integrations {
        scopes.add_all(of(need));
    }
    scopes
}

#[test]
fn every_pair_of_manifests_is_told_as_sets_say() {
    let (manifests, catalog) = (manifests(), Catalog::builtin());
    let all: Vec<_> = manifests
        .iter()
        .map(|requirements| resolve(requirements, &catalog).expect("the catalog has all of it"))
        .collect();
    for old in &all {
        for new in &all {
            let change = change(old, new);
            let mut more = union(new, |need| &need.api_scopes);
            more = more.minus(&union(old, |need| &need.api_scopes));
            let published = union(new, |need| &need.scopes);
            more.add_all(&published.minus(&union(old, |need| &need.scopes)));
            assert_eq!(change.is_widening(), !more.is_empty());
            let mut told = ScopeSet::default();
            for step in &change.gained {
                told.add_all(&step.scopes);
            }
            assert_eq!(told, more);
            let has_error = change.findings(&[]).iter().any(|f| f.level == Level::Error);
            assert_eq!(has_error, change.is_widening());
            let asked = union(new, |need| &need.api_scopes);
            assert!(change.lost.iter().all(|step| step.scopes.minus(&asked) == step.scopes));
        }
        assert!(change(old, old).findings(&[]).is_empty());
        assert!(change(old, old).old_findings().is_empty());
    }
}

/// An account that could launch the older manifest and not the newer one is told to consent: the
/// verdict itself is the judge.
#[test]
fn nobody_who_is_no_longer_enough_is_left_out() {
    let (manifests, catalog) = (manifests(), Catalog::builtin());
    let all: Vec<_> = manifests
        .iter()
        .map(|requirements| resolve(requirements, &catalog).expect("the catalog has all of it"))
        .collect();
    let scopes = ["tweet.read", "tweet.write", "users.read", "dm.write", "media.write"];
    let policy =
        Policy { now: Timestamp::UNIX_EPOCH, min_ttl: SignedDuration::ZERO, strict: false };
    for chosen in 0..1_u32 << scopes.len() {
        let of_chosen = scopes.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
        let scopes: ScopeSet = of_chosen.map(|(_, scope)| *scope).collect();
        let held = HeldCredential {
            minting: None,
            scopes: scopes.clone(),
            level: None,
            has_keys: true,
            expires_at: None,
            lifetime: None,
            is_renewed: false,
            doubt: None,
        };
        let id = CredentialId::grant("x".parse().unwrap(), Label::default());
        let holdings = Holdings { credentials: [(id, held)].into(), ..Holdings::default() };
        let granted = Granted {
            provider: "x".parse().unwrap(),
            account: "default".to_owned(),
            part: Part::default(),
            scopes,
        };
        let enough: Vec<_> =
            all.iter().map(|needs| judge(needs, &holdings, policy).is_satisfied()).collect();
        for (old, was_enough) in all.iter().zip(&enough) {
            for (new, is_enough) in all.iter().zip(&enough).filter(|(_, is)| *was_enough && !**is) {
                assert!(!is_enough);
                let consents = change(old, new).consents(std::slice::from_ref(&granted));
                assert_eq!(consents.len(), 1, "{old:?} {new:?} {granted:?}");
            }
        }
    }
}

#[test]
fn who_has_not_granted_it_has_to_consent() {
    let granted = |account: &str, scopes: &str| Granted {
        provider: "x".parse().unwrap(),
        account: account.to_owned(),
        part: Part::default(),
        scopes: ScopeSet::parse(scopes),
    };
    let old = "integrations: [x.tweet.read]";
    let new = "integrations: [x.tweet.read, x.dm.write, x.like.write]";
    let told = |stored: &[Granted]| {
        between(old, new, |change| {
            let consents = change.consents(stored);
            let all = consents
                .iter()
                .map(|consent| (consent.account.clone(), consent.missing.to_string()));
            let all: Vec<_> = all.collect();
            let findings = change.findings(&consents);
            let mut said = findings.into_iter().filter(|f| f.rule == Rule::ConsentNeeded);
            (all, said.next().map(|finding| wording::help(&finding.help.expect("a way out"))))
        })
    };
    let (all, help) = told(&[]);
    assert_eq!(all, [(None, "dm.write like.write".to_owned())]);
    assert_eq!(
        help.as_deref(),
        Some("run `xreq connect x`\nthe new grant takes the place of the old one")
    );
    let (all, help) = told(&[
        granted("default", "tweet.read users.read dm.write like.write"),
        granted("work", "tweet.read users.read like.write"),
    ]);
    assert_eq!(all, [(Some("work".to_owned()), "dm.write".to_owned())]);
    assert!(
        help.expect("a way out")
            .starts_with("run `xreq connect x --account work --add-scope dm.write`")
    );
    let other =
        Granted { provider: "y".parse().unwrap(), ..granted("default", "dm.write like.write") };
    assert_eq!(told(&[other]).0.len(), 1);
    assert!(between(new, old, |change| change.consents(&[]).is_empty()));
}
