//! The rules for the variables that a provider file names.

use super::Check;
use crate::catalog::environment::Variables;
use crate::catalog::locate::Place;
use crate::model::credential_id::Kind;
use crate::model::variable;
use crate::model::variable::Steering;
use crate::model::variable_content::VariableContent;

impl Check<'_> {
    pub(super) fn environment(&mut self) {
        let provider = self.provider;
        let prefix = &provider.env_prefix;
        let own: Vec<_> = provider.variables_of(Kind::Oauth2);
        let own: Vec<_> = own.into_iter().map(|(name, _)| name).collect();
        let of_parts = || provider.parts.values().map(|data| &data.env);
        let is_named = |name: &String| {
            provider.env.contains_key(name) || of_parts().any(|env| env.contains_key(name))
        };
        let usual: Vec<_> = own.iter().filter(|name| !is_named(name)).cloned().collect();
        let before = self.problems.len();
        if !is_variable(prefix) || prefix.ends_with('_') {
            self.report(
                Place::top("env_prefix"),
                "must be like `ACME`: upper case letters, digits, `_` between them",
            );
        } else if is_reserved(prefix) {
            self.report(
                Place::top("env_prefix"),
                "must not be `XREQ`: these variables are xreq's own",
            );
        } else if let Some((name, steering)) = steered(&usual) {
            let what = format!("gives `{name}`, which decides {}", steering.decides);
            self.report(Place::top("env_prefix"), what);
        }
        let has_prefix = self.problems.len() == before;
        if provider.has_consent() && !provider.env.is_empty() {
            self.variables(&Place::top("env"), Kind::Oauth2, &provider.env, has_prefix);
        } else if let Some(name) = provider.env.keys().next() {
            let what = "is of grants, and no account consents: see `kinds`";
            self.report(Place::top("env").name(name), what);
        }
        for (part, data) in provider.parts.iter().filter(|(_, data)| !data.env.is_empty()) {
            let place = Place::top("parts").field(part.as_str()).field("env");
            self.variables(&place, Kind::Oauth2, &data.env, has_prefix);
        }
        for kind in Kind::ALL {
            if let Some(named) = provider.kinds.variables(kind) {
                let place = Place::top("kinds").field(kind.name()).field("env");
                self.variables(&place, kind, named, has_prefix);
            }
        }
        self.removed_variables(&own, has_prefix);
    }

    /// Checks the variables through which an agent gets a credential of a kind.
    fn variables(&mut self, place: &Place, kind: Kind, named: &Variables, has_prefix: bool) {
        let prefix = &self.provider.env_prefix;
        let contents = VariableContent::of(kind);
        for (name, content) in named {
            let of_client = [format!("{prefix}_CLIENT_ID"), format!("{prefix}_CLIENT_SECRET")];
            let at = place.name(name);
            if !is_variable(name) || is_reserved(name) || of_client.contains(name) {
                self.report(at, "is no name of a variable that an agent can get");
            } else if let Some(steering) = variable::steering(name) {
                self.report(at, format!("decides {}", steering.decides));
            } else if has_prefix && !name.starts_with(&format!("{prefix}_")) {
                let what = format!("is not the provider's: it must begin with `{prefix}_`");
                self.report(at, what);
            } else if !contents.contains(content) {
                let what =
                    format!("is `{}`, which `{}` does not have", content.name(), kind.name());
                self.report(place.field(name), what);
            }
        }
        if !named.values().any(|it| *it == VariableContent::AccessToken) {
            self.report(place.clone(), "must have a variable for the `access_token`");
        }
    }

    fn removed_variables(&mut self, own: &[String], has_prefix: bool) {
        let prefix = &self.provider.env_prefix;
        for (index, removed) in self.provider.remove_env.iter().enumerate() {
            let place = Place::top("remove_env").index(index);
            if !is_variable(&removed.name) || is_reserved(&removed.name) {
                self.report(place.field("name"), "is no name of a variable that can be removed");
            } else if own.contains(&removed.name) {
                self.report(
                    place.field("name"),
                    format!("is `{}`, which the agent is to get", removed.name),
                );
            } else if let Some(steering) = variable::steering(&removed.name) {
                let what = format!("is `{}`, which decides {}", removed.name, steering.decides);
                self.report(place.field("name"), what);
            } else if has_prefix && !removed.name.starts_with(&format!("{prefix}_")) {
                let what = format!(
                    "is `{}`, which is not the provider's: it must begin with `{prefix}_`",
                    removed.name
                );
                self.report(place.field("name"), what);
            }
            self.text(place.field("reason"), &removed.reason);
        }
    }
}

fn is_variable(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(inside) && text.starts_with(|first: char| first.is_ascii_uppercase())
}

/// Returns the first of some variables that steers programs.
fn steered(names: &[String]) -> Option<(&str, &'static Steering)> {
    names.iter().find_map(|name| Some((name.as_str(), variable::steering(name)?)))
}

/// Returns whether a variable, or all that begin with a prefix, are xreq's own.
fn is_reserved(name: &str) -> bool {
    name == "XREQ" || variable::is_own(name)
}
