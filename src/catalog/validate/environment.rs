//! The rules for the variables that a provider file names.

use super::Check;
use crate::catalog::environment::VariableContent;
use crate::catalog::locate::Place;
use crate::model::variable;
use crate::model::variable::Steering;

impl Check<'_> {
    pub(super) fn environment(&mut self) {
        let provider = self.provider;
        let prefix = &provider.env_prefix;
        let tokens: Vec<_> = provider.token_variables().map(|(name, _)| name).collect();
        let is_named = |name: &String| provider.env.contains_key(name);
        let usual: Vec<_> = tokens.iter().filter(|name| !is_named(name)).cloned().collect();
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
        for name in provider.env.keys() {
            let place = Place::top("env").name(name);
            let of_client = [format!("{prefix}_CLIENT_ID"), format!("{prefix}_CLIENT_SECRET")];
            if !is_variable(name) || is_reserved(name) || of_client.contains(name) {
                self.report(place, "is no name of a variable that an agent can get");
            } else if let Some(steering) = variable::steering(name) {
                self.report(place, format!("decides {}", steering.decides));
            } else if has_prefix && !name.starts_with(&format!("{prefix}_")) {
                let what = format!("is not the provider's: it must begin with `{prefix}_`");
                self.report(place, what);
            }
        }
        let has_token = provider.env.values().any(|it| *it == VariableContent::AccessToken);
        if !provider.env.is_empty() && !has_token {
            self.report(Place::top("env"), "must have a variable for the `access_token`");
        }
        for (index, removed) in provider.remove_env.iter().enumerate() {
            let place = Place::top("remove_env").index(index);
            if !is_variable(&removed.name) || is_reserved(&removed.name) {
                self.report(place.field("name"), "is no name of a variable that can be removed");
            } else if tokens.contains(&removed.name) {
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
