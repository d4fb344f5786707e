//! Scopes that are had by another name, or through others: the chain from what was granted.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use super::provider::Provider;
use crate::model::scope::ScopeSet;

/// The way in which a wanted scope is had that was not granted by its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The wanted scope, by its wire name.
    pub scope: String,
    /// The granted scope, as it was granted.
    pub granted: String,
    /// The scopes between, each included by the one before.
    pub through: Vec<String>,
    /// `true` if the granted scope is the wanted one by another name.
    pub is_alias: bool,
}

impl fmt::Display for Inclusion {
    /// Writes "granted gmail.modify, which includes it".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "granted {}", self.granted)?;
        for scope in &self.through {
            write!(f, ", which includes {scope}")?;
        }
        f.write_str(if self.is_alias { ", which is the same" } else { ", which includes it" })
    }
}

impl Provider {
    /// Returns how each wanted scope is had that was not granted by its own name: on the shortest way
    /// from a granted scope, if possible from none that is narrow; of equals, the first in the file.
    pub fn inclusions(&self, wanted: &ScopeSet, granted: &ScopeSet) -> Vec<Inclusion> {
        let wanted = self.by_wire_names(wanted);
        let mut missing = wanted.iter().filter(|scope| !granted.contains(scope)).peekable();
        if missing.peek().is_none() {
            return Vec::new();
        }
        let ways = self.ways(granted);
        missing.filter_map(|scope| inclusion(scope, &ways)).collect()
    }

    /// Returns for each scope that is had the step that leads to it.
    fn ways<'a>(&'a self, granted: &'a ScopeSet) -> Ways<'a> {
        let mut granted: Vec<&str> = granted.iter().collect();
        granted.sort_by_key(|scope| {
            let wire = self.wire_name(scope);
            let place = self.scopes.get_index_of(wire).unwrap_or(usize::MAX);
            (self.is_narrow(wire), place, wire != *scope)
        });
        let mut ways = Ways::new();
        // What can be had from scopes that are not narrow is not had from one that is.
        let parts = granted.split_at(
            granted.iter().take_while(|scope| !self.is_narrow(self.wire_name(scope))).count(),
        );
        for part in [parts.0, parts.1] {
            let mut open = VecDeque::new();
            for scope in part {
                let wire = self.wire_name(scope);
                if !ways.contains_key(wire) {
                    ways.insert(wire, Step::Granted(scope));
                    open.push_back(wire);
                }
            }
            while let Some(scope) = open.pop_front() {
                for included in self.included_by(scope) {
                    if !ways.contains_key(included) {
                        ways.insert(included, Step::Included(scope));
                        open.push_back(included);
                    }
                }
            }
        }
        ways
    }
}

/// Returns the inclusion of a scope to which a way leads.
fn inclusion(scope: &str, ways: &Ways<'_>) -> Option<Inclusion> {
    let mut step = ways.get(scope)?;
    let mut through = Vec::new();
    let granted = loop {
        match step {
            Step::Granted(name) => break (*name).to_owned(),
            Step::Included(by) => {
                through.push((*by).to_owned());
                step = ways.get(by)?;
            }
        }
    };
    let is_alias = through.is_empty();
    // The last one is the granted scope itself.
    through.pop();
    through.reverse();
    Some(Inclusion { scope: scope.to_owned(), granted, through, is_alias })
}

/// The steps that lead to scopes.
type Ways<'a> = HashMap<&'a str, Step<'a>>;

/// A step to a scope.
enum Step<'a> {
    /// It was granted, by this name.
    Granted(&'a str),
    /// This scope includes it.
    Included(&'a str),
}
