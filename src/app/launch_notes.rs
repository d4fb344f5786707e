//! Notes on what may keep an agent from the variables that it is given.

use std::slice;

use crate::app::dotenv_files;
use crate::app::launch::Launch;
use crate::error::{Remedy, Result, advice};
use crate::findings::{Rule, Setting};
use crate::launch::detour;
use crate::launch::environment::{Plan, Value};
use crate::policy::dotenv;

impl Launch<'_> {
    /// Notes `.env` files that set the same variables, and a program that hands none on.
    pub(crate) fn note_losses(self, plan: &Plan) -> Result<()> {
        let Launch { options, context, declared, needs, .. } = self;
        let mut overrides = dotenv_files::overrides(declared, needs);
        let secret = plan.set.iter().filter(|set| matches!(set.value, Value::Secret(_)));
        let lost = detour::advice(&options.command, secret.map(|set| set.name.as_str()));
        if overrides.is_empty() && lost.is_none() {
            return Ok(());
        }
        let levels =
            context.levels([Setting::Deny, Setting::Warn, Setting::Allow].map(|s| (s, &[][..])))?;
        overrides.retain(|over| {
            let found = dotenv::findings(slice::from_ref(over));
            !declared.findings(found, &[], &levels).shown.is_empty()
        });
        if let Some(note) = dotenv::note(&overrides) {
            context.reporter.note(note);
        }
        if let Some(lost) = lost {
            let rule = Remedy::ShowRule { rule: Rule::NotHandedOn.name() };
            if !levels.allows(Rule::NotHandedOn) {
                context.reporter.note(advice![Remedy::from(lost), "; ", rule]);
            }
        }
        Ok(())
    }
}
