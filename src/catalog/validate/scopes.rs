//! The rules for scopes: their names and texts, and that whatever names one names one that exists.

use super::Check;
use crate::catalog::demand::Demand;
use crate::catalog::locate::Place;
use crate::model::scope::ScopeSet;
use crate::text::nearest::suggestion;

impl Check<'_> {
    /// Checks what is defined: scopes, and their other names.
    pub(super) fn scopes(&mut self) {
        for (scope, definition) in &self.provider.scopes {
            let place = Place::top("scopes");
            self.scope_name(place.name(scope), scope);
            let place = place.field(scope);
            let more = [&definition.narrow, &definition.wide];
            let is_long = !definition.implies.is_empty() || more.iter().any(|it| it.is_some());
            let text = if is_long { place.field("text") } else { place.clone() };
            self.text(text, &definition.text);
            for implied in &definition.implies {
                self.scope_exists(place.field("implies").item(implied), implied);
            }
            for (name, text) in [("narrow", &definition.narrow), ("wide", &definition.wide)] {
                if let Some(text) = text {
                    self.text(place.field(name), text);
                }
            }
        }
        for (alias, scope) in &self.provider.scope_aliases {
            let place = Place::top("scope_aliases");
            self.scope_name(place.name(alias), alias);
            let known = &self.provider.scopes;
            if known.contains_key(alias) {
                self.report(place.name(alias), "is a scope itself: it is under `scopes`");
            } else if !known.contains_key(scope) {
                let suggestion = suggestion(scope, known.keys().map(String::as_str));
                let what = format!("is `{scope}`, which is not under `scopes`{suggestion}");
                self.report(place.field(alias), what);
            }
        }
    }

    fn scope_name(&mut self, place: Place, scope: &str) {
        // RFC 6749 section 3.3, without the comma, which some servers put between scopes.
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"\\,".contains(&byte);
        if scope.is_empty() || !scope.bytes().all(allowed) {
            self.report(place, "is no scope: it has a character that scopes cannot have");
        }
    }

    /// Checks what an operation demands.
    pub(super) fn demand(&mut self, place: &Place, demand: &Demand) {
        let alternatives = demand.alternatives();
        if alternatives.others().is_empty() {
            // One list, with or without `any_of` around it.
            self.scopes_exist(place, alternatives.first());
            return;
        }
        for (at, scopes) in alternatives.iter().enumerate() {
            self.alternative(&place.field("any_of").index(at), scopes);
        }
    }

    /// Checks one list of several.
    pub(super) fn alternative(&mut self, place: &Place, scopes: &ScopeSet) {
        if scopes.is_empty() {
            self.report(place.clone(), "must name at least one scope");
        }
        self.scopes_exist(place, scopes);
    }

    pub(super) fn scopes_exist(&mut self, place: &Place, scopes: &ScopeSet) {
        for scope in scopes.iter() {
            self.scope_exists(place.item(scope), scope);
        }
    }

    pub(super) fn scope_exists(&mut self, place: Place, scope: &str) {
        let (known, aliases) = (&self.provider.scopes, &self.provider.scope_aliases);
        if known.contains_key(scope) || aliases.contains_key(scope) || self.is_full() {
            return;
        }
        let names = known.keys().chain(aliases.keys()).map(String::as_str);
        let suggestion = suggestion(scope, names);
        self.report(place, format!("has `{scope}`, which is not under `scopes`{suggestion}"));
    }
}
