//! The step that follows a new credential, as the terminal and the last page say it alike.

use crate::app::connect::options::ConnectOptions;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::setup::{SetupPlan, SetupStep, Subject, survey};
use crate::model::account_choice::AccountChoice;
use crate::store::GrantMetadata;

/// Returns the launch that a new credential is for: that of its account.
pub(crate) fn launch_with(grant: &GrantMetadata, options: &ConnectOptions) -> Subject {
    let choice = AccountChoice {
        provider: Some(grant.provider.to_string()),
        label: grant.account.to_string(),
    };
    let accounts = choice.unless_default().into_iter().collect();
    Subject {
        manifest: options.manifest.clone(),
        catalog: options.catalog.clone(),
        criteria: Criteria { accounts, ..Criteria::default() },
        ..Subject::default()
    }
}

/// Returns the step that comes next on the way to that launch; `None` where there is no telling.
pub(super) fn next_step(
    grant: &GrantMetadata,
    options: &ConnectOptions,
    context: &Context,
) -> Option<SetupStep> {
    survey(&launch_with(grant, options), context).ok().flatten().map(SetupPlan::into_next)
}
