use super::*;
use crate::catalog::Catalog;
use crate::diagnostic::{Level, Source};
use crate::manifest::{self, Requirements};
use crate::resolve::resolve;

fn requirements(text: &str) -> Requirements {
    let source = Source::new("xreq.yaml", text.to_owned());
    let (requirements, findings) = manifest::read(&source);
    assert!(findings.iter().all(|finding| finding.rule == Rule::Empty), "{findings:?}");
    requirements
}

/// What `told` makes of the change between two manifests.
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
             (new scopes: dm.write, where they are granted: it is optional)",
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

#[test]
fn every_pair_of_manifests_is_told_as_sets_say() {
    let keys = ["x.tweet.read", "x.tweet.write", "x.user.read", "x.dm.read", "x.media.write", "x"];
    let manifests: Vec<_> = (1..1_u32 << keys.len())
        .map(|chosen| {
            let of_chosen = keys.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
            let list: Vec<_> = of_chosen.map(|(_, key)| *key).collect();
            requirements(&format!("integrations: [{}]", list.join(", ")))
        })
        .collect();
    let catalog = Catalog::builtin();
    let all: Vec<_> = manifests
        .iter()
        .map(|requirements| resolve(requirements, &catalog).expect("the catalog has all of it"))
        .collect();
    let scopes = |needs: &Needs<'_>| {
        let mut scopes = ScopeSet::default();
        for need in &needs.integrations {
            scopes.add_all(&need.api_scopes);
        }
        scopes
    };
    for old in &all {
        for new in &all {
            let (there, back) = (change(old, new), change(new, old));
            let more = scopes(new).minus(&scopes(old));
            assert_eq!(there.is_widening(), !more.is_empty());
            let mut told = ScopeSet::default();
            for step in &there.gained {
                told.add_all(&step.scopes);
            }
            assert_eq!(told, more);
            let keys = |steps: &[Step<'_>]| -> Vec<String> {
                steps.iter().map(|step| step.need.requirement.key.clone()).collect()
            };
            assert_eq!(keys(&there.gained), keys(&back.lost));
            let has_error = there.findings(&[]).iter().any(|finding| finding.level == Level::Error);
            assert_eq!(has_error, there.is_widening());
        }
    }
}

#[test]
fn who_has_not_granted_it_has_to_consent() {
    let granted = |account: &str, scopes: &str| Granted {
        provider: "x".to_owned(),
        account: account.to_owned(),
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
            (all, said.next().map(|finding| finding.help.expect("a way out")))
        })
    };
    let (all, help) = told(&[]);
    assert_eq!(all, [(None, "dm.write like.write".to_owned())]);
    assert_eq!(
        help.as_deref(),
        Some("run `xreq connect x`; the new grant takes the place of the old one")
    );
    let (all, help) = told(&[
        granted("default", "tweet.read users.read dm.write like.write"),
        granted("work", "tweet.read users.read like.write"),
    ]);
    assert_eq!(all, [(Some("work".to_owned()), "dm.write".to_owned())]);
    assert!(help.expect("a way out").starts_with("run `xreq connect x --account work`"));
    let other = Granted { provider: "y".to_owned(), ..granted("default", "dm.write like.write") };
    assert_eq!(told(&[other]).0.len(), 1);
    assert!(between(new, old, |change| change.consents(&[]).is_empty()));
}
