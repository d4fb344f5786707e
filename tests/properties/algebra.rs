//! The algebra of scopes, held against a model that tries everything: small sets of numbers.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Value, json};
use xreq::catalog::{Catalog, Provider, Wanted};
use xreq::model::alternatives::Alternatives;
use xreq::model::scope::ScopeSet;

/// The number of scopes. The other name of scope 0 is `zero`.
const SCOPES: usize = 7;

type Set = BTreeSet<usize>;
/// Sets of which one is enough.
type Sets = Vec<Set>;

/// What a provider's file says.
#[derive(Clone, Debug)]
struct Model {
    /// For each scope those that it includes, all of them higher.
    implies: Vec<Set>,
    narrow: Set,
    /// What operations demand that no key is for.
    operations: Vec<Sets>,
}

impl Model {
    fn closed(&self, scopes: &Set) -> Set {
        let mut closed = scopes.clone();
        for scope in 0..SCOPES {
            if closed.contains(&scope) {
                closed.extend(&self.implies[scope]);
            }
        }
        closed
    }

    fn covers(&self, granted: &Set, wanted: &Sets) -> bool {
        let granted = self.closed(granted);
        wanted.iter().any(|set| set.is_subset(&granted))
    }

    /// Whether it is covered by scopes that are not narrow, but for those that are meant.
    fn covers_whole(&self, granted: &Set, wanted: &Sets) -> bool {
        let mut whole = &self.closed(granted) & &(&self.narrow & &wanted[0]);
        whole.extend(granted - &self.narrow);
        self.covers(&whole, wanted)
    }

    /// The alternatives that may be asked for.
    fn intended(&self, wanted: &Sets) -> Sets {
        let is_intended = |set: &&Set| (*set & &self.narrow).is_subset(&wanted[0]);
        wanted.iter().filter(is_intended).cloned().collect()
    }

    fn unlocked(&self, scopes: &Set) -> usize {
        self.operations.iter().filter(|wanted| self.covers(scopes, wanted)).count()
    }

    /// The scopes without those that others of them include.
    fn reduced(&self, scopes: &Set) -> Set {
        let is_included = |scope: usize| {
            let mut others = scopes.iter().filter(|other| **other != scope);
            others.any(|other| self.closed(&[*other].into()).contains(&scope))
        };
        scopes.iter().copied().filter(|scope| !is_included(*scope)).collect()
    }

    /// Operations that are unlocked, then scopes that are had, then those that are asked for.
    fn price(&self, scopes: &Set) -> (usize, usize, usize) {
        (self.unlocked(scopes), self.closed(scopes).len(), self.reduced(scopes).len())
    }

    /// The least price of all combinations of alternatives.
    fn least_price(&self, wanted: &[Sets], besides: &Set) -> (usize, usize, usize) {
        let Some((first, rest)) = wanted.split_first() else { return self.price(besides) };
        let prices =
            self.intended(first).into_iter().map(|set| self.least_price(rest, &(besides | &set)));
        prices.min().expect("the first is always intended")
    }

    fn provider(&self) -> Catalog {
        let scopes = (0..SCOPES).map(|scope| {
            let mut definition = json!({
                "text": "S",
                "implies": self.implies[scope].iter().map(|it| name(*it)).collect::<Vec<_>>(),
            });
            if self.narrow.contains(&scope) {
                definition["narrow"] = "sees less".into();
            }
            (name(scope), definition)
        });
        let operations = self.operations.iter().enumerate().map(|(at, wanted)| {
            let any_of: Vec<Vec<_>> =
                wanted.iter().map(|set| set.iter().map(|it| name(*it)).collect()).collect();
            let user = json!({ "any_of": any_of });
            json!({"method": "GET", "path": format!("/{at}"), "summary": "s", "user": user})
        });
        let file = json!({
            "provider": "p", "title": "P", "env_prefix": "P",
            "endpoints": {
                "authorize_url": "https://p.example/a", "token_url": "https://p.example/t",
                "api_url": "https://p.example",
            },
            "client_authentication": {"public": "none"}, "pkce": "S256",
            "redirect_uri": "http://127.0.0.1:8080/callback",
            "scopes": scopes.collect::<serde_json::Map<_, Value>>(),
            "scope_aliases": {"zero": name(0)},
            "capabilities": {},
            "operations": operations.collect::<Vec<_>>(),
        });
        let mut catalog = Catalog::builtin();
        let text = file.to_string();
        catalog.add_file(Path::new("p.json"), text.as_bytes()).expect("the file is right");
        catalog
    }
}

fn name(scope: usize) -> String {
    format!("s{scope}")
}

/// The scopes, of which the first may go by its other name.
fn named(scopes: &Set, other_name: bool) -> ScopeSet {
    let name = |it: &usize| if *it == 0 && other_name { "zero".to_owned() } else { name(*it) };
    scopes.iter().map(name).collect()
}

/// The numbers of scopes.
fn numbers(scopes: &ScopeSet) -> Set {
    scopes.iter().map(|scope| scope[1..].parse().expect("a scope of the model")).collect()
}

fn set(size: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Set> {
    subsequence((0..SCOPES).collect::<Vec<_>>(), size).prop_map(|set| set.into_iter().collect())
}

fn sets() -> impl Strategy<Value = Sets> {
    prop::collection::vec(set(1..=3), 1..=3)
}

fn model() -> impl Strategy<Value = Model> {
    let implies = prop::collection::vec(set(0..=2), SCOPES);
    let operations = prop::collection::vec(sets(), 0..6);
    (implies, set(0..=2), operations).prop_map(|(implies, narrow, operations)| {
        let higher =
            |(scope, set): (usize, Set)| set.into_iter().filter(|it| *it > scope).collect();
        let mut implies: Vec<Set> = implies.into_iter().enumerate().map(higher).collect();
        // Closed, so that the model closes a set in one step.
        for scope in (0..SCOPES).rev() {
            let below: Set = implies[scope].iter().flat_map(|it| implies[*it].clone()).collect();
            implies[scope].extend(below);
        }
        Model { implies, narrow, operations }
    })
}

/// The alternatives in the words of the program.
struct Demanded(Vec<ScopeSet>);

impl Demanded {
    fn of(wanted: &Sets) -> Self {
        Self(wanted.iter().map(|set| named(set, false)).collect())
    }

    fn alternatives(&self) -> Alternatives<'_> {
        Alternatives::new(&self.0[0], &self.0[1..])
    }
}

fn select(provider: &Provider, wanted: &[Demanded], besides: &ScopeSet) -> ScopeSet {
    let wanted: Vec<_> =
        wanted.iter().map(|it| Wanted { key: "p", scopes: it.alternatives() }).collect();
    provider.select(&wanted, besides).scopes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn coverage_is_what_the_model_says(
        model in model(), wanted in sets(), granted in set(0..=SCOPES), other_name: bool,
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let demanded = Demanded::of(&wanted);
        let given = named(&granted, other_name);
        let coverage = provider.coverage(demanded.alternatives(), &given);
        prop_assert_eq!(coverage.is_covered(), model.covers(&granted, &wanted));
        prop_assert_eq!(
            coverage.missing_of_whole.is_empty(), model.covers_whole(&granted, &wanted)
        );
        let closed = model.closed(&granted);
        if coverage.is_covered() {
            prop_assert!(numbers(coverage.alternative).is_subset(&closed));
            prop_assert!(numbers(&coverage.narrow).is_subset(&(&granted & &model.narrow)));
            // With these and all that is not narrow, it is covered.
            let mut told = &(&granted - &model.narrow) | &numbers(&coverage.narrow);
            told.extend(&closed & &(&model.narrow & &wanted[0]));
            prop_assert!(model.covers(&told, &wanted));
        } else {
            let lacking = model.intended(&wanted).into_iter().map(|set| &set - &closed);
            let least = lacking.min_by_key(BTreeSet::len).expect("the first is intended");
            prop_assert_eq!(numbers(&coverage.missing), least);
        }
        // With what is said to be missing, it is had.
        prop_assert!(model.covers(&(&granted | &numbers(&coverage.missing)), &wanted));
        let more = &granted | &numbers(&coverage.missing_of_whole);
        prop_assert!(model.covers_whole(&more, &wanted));
    }

    #[test]
    fn coverage_is_monotone_in_the_grant(
        model in model(), wanted in sets(), granted in set(0..=SCOPES), more in set(0..=SCOPES),
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let demanded = Demanded::of(&wanted);
        let coverage = |granted: &Set| {
            let granted = named(granted, false);
            let found = provider.coverage(demanded.alternatives(), &granted);
            (found.is_covered(), found.missing_of_whole.is_empty())
        };
        let (less, more) = (coverage(&granted), coverage(&(&granted | &more)));
        prop_assert!(less.0 <= more.0 && less.1 <= more.1, "{:?} {:?}", less, more);
    }

    #[test]
    fn what_is_asked_for_is_sufficient_minimal_and_the_cheapest(
        model in model(), wanted in prop::collection::vec(sets(), 0..4), besides in set(0..=2),
        other_name: bool,
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let demanded: Vec<_> = wanted.iter().map(Demanded::of).collect();
        let asked = numbers(&select(provider, &demanded, &named(&besides, other_name)));
        let closed = model.closed(&asked);
        prop_assert!(besides.is_subset(&closed));
        for wanted in &wanted {
            prop_assert!(model.intended(wanted).iter().any(|set| set.is_subset(&closed)));
        }
        prop_assert_eq!(&model.reduced(&asked), &asked);
        prop_assert_eq!(model.price(&asked), model.least_price(&wanted, &besides));
    }

    #[test]
    fn what_is_asked_for_does_not_depend_on_the_order(
        model in model(), wanted in prop::collection::vec(sets(), 2..9), besides in set(0..=2),
        by in any::<Index>(),
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let besides = named(&besides, false);
        let mut demanded: Vec<_> = wanted.iter().map(Demanded::of).collect();
        let asked = select(provider, &demanded, &besides);
        let by = by.index(demanded.len());
        demanded.rotate_left(by);
        prop_assert_eq!(&select(provider, &demanded, &besides), &asked);
        demanded.reverse();
        prop_assert_eq!(&select(provider, &demanded, &besides), &asked);
    }

    /// A server may leave out of its answer what a scope includes.
    #[test]
    fn what_is_left_out_of_an_answer_because_it_is_included_is_not_missed(
        model in model(), granted in set(0..=SCOPES), wanted in sets(),
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let (all, answered) = (named(&granted, false), named(&model.reduced(&granted), true));
        prop_assert!(provider.covers(&answered, &all));
        prop_assert!(provider.missing(&all, &answered).is_empty());
        let demanded = Demanded::of(&wanted);
        let is_covered = |granted| provider.covers_any(granted, demanded.alternatives());
        prop_assert_eq!(is_covered(&answered), is_covered(&all));
    }

    #[test]
    fn what_is_granted_beyond_the_needed_is_what_the_model_says(
        model in model(), granted in set(0..=SCOPES), needed in set(0..=3),
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let surplus = provider.surplus(&named(&granted, false), &named(&needed, false));
        let all = model.closed(&needed);
        let beyond = granted.iter().filter(|scope| !all.contains(scope));
        let used = |scope: &&usize| !(&model.closed(&[**scope].into()) & &needed).is_empty();
        let (broad, unneeded): (Vec<usize>, Vec<usize>) = beyond.partition(used);
        prop_assert_eq!(numbers(&surplus.unneeded), unneeded.into_iter().collect::<Set>());
        let found: Vec<_> = surplus.broad.iter().map(|it| it.scope.clone()).collect();
        prop_assert_eq!(found, broad.into_iter().map(name).collect::<Vec<_>>());
        for broad in &surplus.broad {
            let scope = [broad.scope.as_str()].into_iter().collect();
            prop_assert!(provider.covers(&scope, &broad.enough) && !broad.enough.is_empty());
            prop_assert!(!provider.covers(&broad.enough, &scope));
        }
    }

    /// Each chain begins with a granted scope, and each step is one of the file.
    #[test]
    fn chains_lead_from_granted_scopes_to_all_that_is_included(
        model in model(), granted in set(0..=SCOPES),
    ) {
        let catalog = model.provider();
        let provider = catalog.provider("p").expect("it is there");
        let all: Set = (0..SCOPES).collect();
        let given = named(&granted, false);
        let found = provider.inclusions(&named(&all, false), &given);
        let told: Set = found.iter().map(|it| it.scope[1..].parse().expect("a number")).collect();
        prop_assert_eq!(told, &model.closed(&granted) - &granted);
        for inclusion in found {
            prop_assert!(given.contains(&inclusion.granted) && !inclusion.is_alias);
            let ends = [inclusion.granted].into_iter().chain(inclusion.through);
            let way: Vec<_> = ends.chain([inclusion.scope]).collect();
            for step in way.windows(2) {
                let stated = &provider.scopes[&step[0]].implies;
                prop_assert!(stated.contains(&step[1]), "{:?}", way);
            }
        }
    }
}
