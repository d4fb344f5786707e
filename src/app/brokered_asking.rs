//! The keys of a launch that a person is asked about.

use crate::app::known_keys::provider_of;
use crate::app::launch::Questions;
use crate::broker::approvals::Asking;
use crate::broker::reach::Reach;
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};

/// Returns what a broker asks about.
///
/// # Errors
///
/// [`Code::AskUnknown`]: no provider has a key.
pub(super) fn of(questions: &Questions, catalog: &Catalog) -> Result<Asking> {
    let reach = |key: &String| {
        let provider = provider_of(key, catalog).map_err(|meant| {
            let message =
                format!("approvals are asked for on `{key}`, and no provider has this key{meant}");
            Error::new(Code::AskUnknown, message)
        })?;
        Ok(Reach { provider: provider.slug.clone(), key: key.clone() })
    };
    let keys = questions.keys.iter().map(reach).collect::<Result<_>>()?;
    Ok(Asking { keys, wait: questions.wait, timeout: questions.timeout })
}
