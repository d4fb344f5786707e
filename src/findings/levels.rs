//! The levels of findings that somebody has set otherwise than the table of rules.

use std::collections::BTreeMap;

use super::{Diagnostic, Level, Rule, Stage};
use crate::error::{Code, Error, Inventory, Parameter, Remedy, Result, advice};

/// The name that stands for all findings that are warnings.
const WARNINGS: &str = "warnings";

/// A setting of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Its findings are errors.
    Deny,
    /// Its findings are warnings.
    Warn,
    /// Its findings are not shown.
    Allow,
}

/// The settings, by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    rules: BTreeMap<Rule, Setting>,
    warnings: Option<Setting>,
}

impl Levels {
    /// Sets a rule by its name, in the place of what was set before. `warnings` stands for all
    /// rules that warn and are not set by their own name. Denying an error changes nothing.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: no rule has the name, or it is an error by itself.
    pub fn set(&mut self, name: &str, setting: Setting) -> Result<()> {
        if name == WARNINGS {
            self.warnings = Some(setting);
            return Ok(());
        }
        let Some(rule) = Rule::named(name) else {
            let error = Error::new(Code::BadArgument, format!("no rule is called `{name}`"));
            return Err(match Rule::meant_by(name) {
                Some(meant) => error.with_hint(format!("did you mean `{}`?", meant.name())),
                None => error.with_remedy(Remedy::List(Inventory::Rules)),
            });
        };
        if !rule.is_adjustable() {
            // What is optional may be missing: findings of these rules may be warnings.
            if setting == Setting::Deny && rule.stage() != Stage::Store {
                return Ok(());
            }
            return Err(Error::new(Code::BadArgument, format!("`{name}` is always an error"))
                .with_remedy(way_out(rule.stage())));
        }
        self.rules.insert(rule, setting);
        Ok(())
    }

    /// Returns whether a rule is denied by its own name, which no comment of a manifest undoes.
    pub fn denies(&self, rule: Rule) -> bool {
        self.rules.get(&rule) == Some(&Setting::Deny)
    }

    /// Returns whether findings of a rule that are notes or worse are not to be shown.
    pub fn allows(&self, rule: Rule) -> bool {
        self.of(&Diagnostic::new(rule, 0..0, String::new())) == Some(Setting::Allow)
    }

    /// Puts what was set into effect: some findings get another level, some go.
    pub fn apply(&self, findings: &mut Vec<Diagnostic>) {
        findings.retain_mut(|finding| match self.of(finding) {
            Some(Setting::Allow) => false,
            Some(Setting::Deny) => {
                finding.level = Level::Error;
                true
            }
            Some(Setting::Warn) => {
                finding.level = Level::Warning;
                true
            }
            None => true,
        });
    }

    fn of(&self, finding: &Diagnostic) -> Option<Setting> {
        if !finding.rule.is_adjustable() {
            return None;
        }
        let of_warnings = self.warnings.filter(|_| finding.level == Level::Warning);
        self.rules.get(&finding.rule).copied().or(of_warnings)
    }
}

/// Returns the way out of an error that cannot be set otherwise.
fn way_out(stage: Stage) -> Remedy {
    match stage {
        Stage::Manifest | Stage::Lint | Stage::Launch => {
            "nothing can be done with such a file".into()
        }
        Stage::Store => "what the app can do without is `optional: true` in its manifest".into(),
        Stage::Change => {
            advice![Remedy::Compare.with(Parameter::AllowWidening), " accepts it"].into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(set: &[(&str, Setting)], rule: Rule, level: Level) -> Option<Level> {
        let mut levels = Levels::default();
        for (name, setting) in set {
            levels.set(name, *setting).expect("it can be set");
        }
        let mut findings = vec![Diagnostic::new(rule, 0..0, "it").level(level)];
        levels.apply(&mut findings);
        findings.first().map(|finding| finding.level)
    }

    #[test]
    fn the_name_of_a_rule_beats_all_warnings() {
        use Level::{Error, Note, Warning};
        use Setting::{Allow, Deny, Warn};
        let (raw, covered) = (Rule::RawScopes, Rule::CoveredKey);
        for (set, rule, level, expected) in [
            (&[][..], raw, Warning, Some(Warning)),
            (&[("scope/raw", Deny)], raw, Warning, Some(Error)),
            (&[("scope/raw", Allow)], raw, Warning, None),
            (&[("scope/raw", Allow), ("scope/raw", Warn)], raw, Warning, Some(Warning)),
            (&[("warnings", Deny)], raw, Warning, Some(Error)),
            (&[("warnings", Deny)], covered, Note, Some(Note)),
            (&[("warnings", Allow)], raw, Warning, None),
            (&[("warnings", Allow)], covered, Note, Some(Note)),
            (&[("warnings", Deny), ("scope/raw", Allow)], raw, Warning, None),
            (&[("warnings", Deny), ("scope/raw", Warn)], raw, Warning, Some(Warning)),
            (&[("warnings", Allow), ("scope/raw", Warn)], raw, Warning, Some(Warning)),
            (&[("key/covered", Warn)], covered, Note, Some(Warning)),
            (&[("warnings", Deny), ("key/covered", Warn)], covered, Note, Some(Warning)),
            (&[("warnings", Deny)], Rule::MissingScope, Warning, Some(Warning)),
        ] {
            assert_eq!(applied(set, rule, level), expected, "{set:?} {}", rule.name());
        }
    }

    #[test]
    fn what_cannot_be_set_is_said() {
        let mut levels = Levels::default();
        for (name, part) in [
            ("scope/rwa", "did you mean `scope/raw`?"),
            ("nothing", "`xreq rules`"),
            ("manifest/syntax", "nothing can be done"),
            ("scope/missing", "`optional: true`"),
            ("authority/added", "`xreq diff --allow-widening`"),
        ] {
            let said = levels.set(name, Setting::Allow).expect_err("it cannot be set");
            assert!(said.hint().is_some_and(|hint| hint.contains(part)), "{said:?}");
        }
        assert!(levels.set("scope/missing", Setting::Deny).is_err());
        for error in ["manifest/syntax", "authority/added"] {
            levels.set(error, Setting::Deny).expect("it holds already");
        }
        assert_eq!(levels, Levels::default());
    }

    #[test]
    fn a_rule_is_denied_by_its_name_alone() {
        let mut levels = Levels::default();
        for (name, setting) in [
            ("warnings", Setting::Deny),
            ("scope/raw", Setting::Deny),
            ("key/covered", Setting::Warn),
        ] {
            levels.set(name, setting).expect("it can be set");
        }
        let denied: Vec<_> = Rule::ALL.iter().filter(|rule| levels.denies(**rule)).collect();
        assert_eq!(denied, [&Rule::RawScopes]);
    }
}
