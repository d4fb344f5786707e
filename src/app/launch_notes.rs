//! The words of a launch before it begins: what the agent has to do without, and what may keep it from
//! the variables that it is given.

use crate::app::broker_notes;
use crate::app::dotenv_files;
use crate::app::launch::Launch;
use crate::error::{Advice, Remedy, Result, advice};
use crate::findings::Rule;
use crate::launch::detour;
use crate::launch::environment::{Plan, Value};
use crate::policy::dotenv;
use crate::policy::verdict::{Verdict, report};

impl Launch<'_> {
    /// Warns of optional requirements that are unmet, at each launch. What stays as it is comes once:
    /// scopes that the API wants, variables that are not inherited, and losses of variables.
    pub(crate) fn tell(self, verdict: &Verdict<'_>, plan: &Plan) -> Result<()> {
        let reporter = &self.context.reporter;
        for warning in report::gap_warnings(verdict) {
            reporter.warning(warning);
        }
        let removed = plan.removed.iter().filter(|removed| removed.surprising).map(|removed| {
            let name = removed.name.to_string_lossy();
            let reason = Remedy::from(removed.reason.clone());
            advice![format!("{name} is kept from the agent: "), reason]
        });
        for warning in report::scope_warnings(verdict).chain(removed) {
            if self.declared.is_news(&warning, self.context) {
                reporter.warning(warning);
            }
        }
        for note in self.displacements().chain(self.losses(plan)?).chain(broker_notes::of(self)?) {
            if self.declared.is_news(&note, self.context) {
                reporter.note(note);
            }
        }
        Ok(())
    }

    /// Tells all of that for a launch that is only shown, but for the variables that the plan shows.
    pub(crate) fn preview(self, verdict: &Verdict<'_>, plan: &Plan) -> Result<()> {
        let reporter = &self.context.reporter;
        for warning in report::gap_warnings(verdict).chain(report::scope_warnings(verdict)) {
            reporter.warning(warning);
        }
        for note in self.displacements().chain(self.losses(plan)?).chain(broker_notes::of(self)?) {
            reporter.note(note);
        }
        Ok(())
    }

    /// Returns notes on provider files that count in the place of built-in providers.
    fn displacements(self) -> impl Iterator<Item = Advice> {
        let needed = self.needs.providers();
        let is_needed = move |origin: &str| needed.iter().any(|it| it.origin() == origin);
        let displacements = self.catalog.displacements().iter();
        displacements.filter(move |it| is_needed(&it.by)).map(|it| it.to_string().into())
    }

    /// Returns notes on `.env` files that set the same variables, and on a program that hands none on.
    fn losses(self, plan: &Plan) -> Result<Vec<Advice>> {
        let Launch { options, context, declared, needs, .. } = self;
        let overrides = dotenv_files::overrides(declared, needs);
        let secret = plan.set.iter().filter(|set| matches!(set.value, Value::Secret(_)));
        let lost = detour::advice(&options.command, secret.map(|set| set.name.as_str()));
        if overrides.is_empty() && lost.is_none() {
            return Ok(Vec::new());
        }
        let levels = context.own_levels()?;
        let overrides = dotenv_files::unwanted(overrides, declared, &levels);
        let mut notes: Vec<_> = dotenv::note(&overrides).into_iter().collect();
        if let Some(lost) = lost
            && !levels.allows(Rule::NotHandedOn)
        {
            let rule = Remedy::ShowRule { rule: Rule::NotHandedOn.name() };
            notes.push(advice![Remedy::from(lost), "; ", rule]);
        }
        Ok(notes)
    }
}
