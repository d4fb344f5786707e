//! An explanation: what requirements mean, and which grants cover them.

use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::stored_credentials::StoredCredentials;
use crate::error::Result;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Verdict, judge};

/// Holds needs against the grants as they are: those that a launch would refresh count as fresh.
pub(crate) fn explain<'a>(
    needs: &'a Needs<'a>,
    criteria: &Criteria,
    context: &Context,
) -> Result<Verdict<'a>> {
    let stored = StoredCredentials::find(needs, &criteria.accounts, context.store()?, context)?;
    Ok(judge(needs, &stored.renewable_holdings(context.now), criteria.policy()))
}
