//! The rules for implications: no scope includes itself, and no chain is long.

use std::collections::{HashMap, VecDeque};

use super::Check;
use crate::catalog::locate::Place;

/// The most steps from a scope to one that it includes.
const MOST_STEPS: usize = 8;

/// The scopes that each scope includes by itself, and that are defined.
type Implied<'p> = HashMap<&'p str, Vec<&'p str>>;

impl Check<'_> {
    /// Checks that no scope includes itself by way of others, and that a person can follow each chain.
    pub(super) fn implications(&mut self) {
        let provider = self.provider;
        let known = |scope: &str| provider.scopes.get_key_value(provider.wire_name(scope));
        let mut implied: Implied<'_> = HashMap::new();
        for (scope, definition) in &provider.scopes {
            let defined = definition.implies.iter().filter_map(|scope| known(scope));
            implied.insert(scope, defined.map(|(name, _)| name.as_str()).collect());
        }
        let mut depths = depths(&implied);
        while depths.len() < implied.len() && !self.is_full() {
            let circle = self.circle(&implied, &depths);
            let (Some(&from), Some(&to)) = (circle.first(), circle.last()) else { break };
            let stated = &provider.scopes[to].implies;
            let stated = stated.iter().find(|scope| provider.wire_name(scope) == from);
            let place = Place::top("scopes").field(to).field("implies");
            let way = circle.join(" → ");
            self.report(
                place.item(stated.map_or(from, String::as_str)),
                format!("has `{from}`, and so includes itself: {way} → {from}"),
            );
            implied.entry(to).or_default().retain(|scope| *scope != from);
            depths = self::depths(&implied);
        }
        for scope in provider.scopes.keys() {
            if depths.get(scope.as_str()) == Some(&(MOST_STEPS + 1)) {
                let place = Place::top("scopes").field(scope).field("implies");
                let what = format!("leads on for more than {MOST_STEPS} steps: state them shorter");
                self.report(place, what);
            }
        }
    }

    /// Returns a circle of scopes that have no depth, each including the next, beginning with that which
    /// stands first in the file.
    fn circle<'p>(&self, implied: &Implied<'p>, depths: &HashMap<&'p str, usize>) -> Vec<&'p str> {
        let place = |scope: &&str| self.provider.scopes.get_index_of(*scope);
        let endless = |scope: &&&'p str| !depths.contains_key(**scope);
        let Some(first) = implied.keys().filter(endless).min_by_key(|scope| place(scope)) else {
            return Vec::new();
        };
        let mut way = vec![*first];
        loop {
            let last = way.last().copied().unwrap_or_default();
            let Some(next) = implied[last].iter().find(endless) else { return Vec::new() };
            if let Some(at) = way.iter().position(|scope| scope == next) {
                let mut circle = way.split_off(at);
                let first = (0..circle.len()).min_by_key(|at| place(&circle[*at]));
                circle.rotate_left(first.unwrap_or_default());
                return circle;
            }
            way.push(next);
        }
    }
}

/// Returns for each scope that leads into no circle the most steps to one that it includes.
fn depths<'p>(implied: &Implied<'p>) -> HashMap<&'p str, usize> {
    let mut including: Implied<'_> = HashMap::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (scope, included) in implied {
        for other in included {
            including.entry(other).or_default().push(scope);
        }
        open.insert(scope, included.len());
    }
    let mut depths = HashMap::new();
    let ends = open.iter().filter(|(_, left)| **left == 0);
    let mut settled: VecDeque<_> = ends.map(|(scope, _)| *scope).collect();
    while let Some(scope) = settled.pop_front() {
        let below = implied[scope].iter().filter_map(|included| depths.get(included));
        let depth = below.max().map_or(0, |depth| depth + 1);
        depths.insert(scope, depth);
        for other in including.get(scope).into_iter().flatten() {
            let left = open.entry(other).or_default();
            *left -= 1;
            if *left == 0 {
                settled.push_back(other);
            }
        }
    }
    depths
}
