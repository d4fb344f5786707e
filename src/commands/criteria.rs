//! The criteria of `check`, `explain` and `run`, from the command line.

use crate::app::criteria::Criteria;
use crate::cli::Against;

impl From<&Against> for Criteria {
    fn from(Against { accounts, strict, min_ttl }: &Against) -> Self {
        Self { accounts: accounts.clone(), strict: *strict, min_ttl: *min_ttl }
    }
}
