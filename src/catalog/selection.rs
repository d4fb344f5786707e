//! The scopes that consent is asked for: of each requirement's alternatives the one that lets the agent
//! do the least beyond what is required.

use super::provider::Provider;
use crate::model::alternatives::Alternatives;
use crate::model::scope::ScopeSet;

/// The most combinations of alternatives that are all tried. Of more, one alternative after the other is
/// improved until none can be.
const MOST_TRIED: usize = 1_024;

/// A requirement that consent is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The integration key; the provider's name where it stands with raw scopes.
    pub key: &'a str,
    /// The scopes of which one alternative is enough.
    pub scopes: Alternatives<'a>,
}

/// The scopes that consent is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection<'a> {
    /// The alternative of each requirement, in the order of these.
    pub chosen: Vec<&'a ScopeSet>,
    /// The scopes to ask for: without those that others of them include.
    pub scopes: ScopeSet,
}

impl Provider {
    /// Returns the scopes that a consent to requirements is asked for, `besides` among them: what was
    /// granted before, what is always asked for.
    ///
    /// Of each requirement's alternatives one is chosen: never one that is narrower than what is meant;
    /// by which the fewest operations are unlocked; then by which the fewest scopes are had, included ones
    /// among them; then with the fewest scopes; then the first in the file. The order of the requirements
    /// does not matter.
    pub fn select<'a>(&self, wanted: &[Wanted<'a>], besides: &ScopeSet) -> Selection<'a> {
        let mut chosen: Vec<&ScopeSet> = wanted.iter().map(|it| it.scopes.first()).collect();
        let mut given = besides.clone();
        let mut open: Vec<Choice<'a>> = Vec::new();
        for (at, wanted) in wanted.iter().enumerate() {
            let intended = wanted.scopes.iter();
            let options: Vec<_> =
                intended.filter(|scopes| !self.is_narrower(scopes, wanted.scopes)).collect();
            match options.as_slice() {
                [] | [_] => given.add_all(wanted.scopes.first()),
                _ => open.push(Choice { at, key: wanted.key, options }),
            }
        }
        // In an order that is not that of the manifest.
        open.sort_by_key(|choice| {
            let place = self.capabilities.get_index_of(choice.key);
            (place.unwrap_or(usize::MAX), choice.options.clone())
        });
        // An alternative that is had anyway adds nothing.
        while let Some((at, option)) = open.iter().enumerate().find_map(|(at, choice)| {
            let had = choice.options.iter().find(|scopes| self.covers(&given, scopes))?;
            Some((at, *had))
        }) {
            chosen[open.remove(at).at] = option;
            given.add_all(option);
        }
        if !open.is_empty() {
            let search = Search::new(self, &given, &open);
            for (choice, option) in open.iter().zip(search.best()) {
                chosen[choice.at] = choice.options[option];
                given.add_all(choice.options[option]);
            }
        }
        Selection { chosen, scopes: self.reduced(&given) }
    }
}

/// A requirement with several alternatives.
struct Choice<'a> {
    /// The requirement, counted from the first.
    at: usize,
    key: &'a str,
    options: Vec<&'a ScopeSet>,
}

/// The search for the best option of each choice.
struct Search<'s, 'a> {
    provider: &'s Provider,
    /// The scopes that are asked for in any case.
    given: &'s ScopeSet,
    open: &'s [Choice<'a>],
    /// What operations demand that may be unlocked, with how many demand it. Those that a requirement is for
    /// are unlocked by each of its alternatives, as the catalog checks, and so tell no two of them apart.
    excess: Vec<(Alternatives<'s>, usize)>,
}

/// The price of a combination: the operations that are unlocked, then the scopes that are had,
/// then those that are asked for.
type Price = (usize, usize, usize);

impl<'s, 'a> Search<'s, 'a> {
    fn new(provider: &'s Provider, given: &'s ScopeSet, open: &'s [Choice<'a>]) -> Self {
        let mut excess: Vec<(Alternatives<'s>, usize)> = Vec::new();
        for operation in provider.operations() {
            for (_, demand) in operation.demands() {
                let demand = demand.alternatives();
                match excess.iter_mut().find(|(known, _)| *known == demand) {
                    Some((_, count)) => *count += 1,
                    None => excess.push((demand, 1)),
                }
            }
        }
        let mut most = given.clone();
        open.iter().flat_map(|choice| &choice.options).for_each(|scopes| most.add_all(scopes));
        let most = provider.closed(&most);
        excess.retain(|(demand, _)| provider.have_any(&most, *demand));
        Self { provider, given, open, excess }
    }

    /// Returns the option of each choice.
    fn best(&self) -> Vec<usize> {
        let combinations = self.open.iter().try_fold(1_usize, |product, choice| {
            product.checked_mul(choice.options.len()).filter(|product| *product <= MOST_TRIED)
        });
        match combinations {
            Some(combinations) => self.best_of_all(combinations),
            None => self.improved(),
        }
    }

    /// Tries all combinations, the first in the file first.
    fn best_of_all(&self, combinations: usize) -> Vec<usize> {
        let options = |mut number: usize| {
            let mut options = vec![0; self.open.len()];
            for (option, choice) in options.iter_mut().zip(self.open).rev() {
                *option = number % choice.options.len();
                number /= choice.options.len();
            }
            options
        };
        let best = (0..combinations).min_by_key(|number| self.price(&options(*number)));
        options(best.unwrap_or_default())
    }

    /// Improves one choice after the other until none can be.
    fn improved(&self) -> Vec<usize> {
        let mut options = vec![0; self.open.len()];
        let mut price = self.price(&options);
        loop {
            let before = price;
            for (at, choice) in self.open.iter().enumerate() {
                for option in 0..choice.options.len() {
                    let old = std::mem::replace(&mut options[at], option);
                    let new = self.price(&options);
                    if new < price {
                        price = new;
                    } else {
                        options[at] = old;
                    }
                }
            }
            if price == before {
                return options;
            }
        }
    }

    fn price(&self, options: &[usize]) -> Price {
        let mut scopes = self.given.clone();
        for (choice, option) in self.open.iter().zip(options) {
            scopes.add_all(choice.options[*option]);
        }
        let closed = self.provider.closed(&scopes);
        let unlocked =
            self.excess.iter().filter(|(demand, _)| self.provider.have_any(&closed, *demand));
        let excess = unlocked.map(|(_, count)| count).sum();
        (excess, closed.len(), self.provider.reduced(&scopes).len())
    }
}
