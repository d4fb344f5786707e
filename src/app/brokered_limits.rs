//! The limits of a launch: those of its command line, and those of `config.yaml`.

use crate::app::known_keys::{keys, provider_of};
use crate::app::launch::Brokering;
use crate::broker::limits::AccountLimit;
use crate::broker::reach::Reach;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::text::nearest::suggestion;

/// Returns the limits that hold a launch, whichever accounts it has.
///
/// # Errors
///
/// [`Code::LimitUnknown`]: no provider has the key. [`Code::InvalidConfig`]: the same of one in
/// `config.yaml`, or there is no such provider.
pub(super) fn of(
    brokering: &Brokering,
    config: &Config,
    catalog: &Catalog,
) -> Result<Vec<AccountLimit>> {
    let mut limits = Vec::new();
    for limit in &brokering.limits {
        let provider = provider_of(&limit.key, catalog).map_err(|meant| {
            let message =
                format!("a limit is on `{}`, and no provider has this key{meant}", limit.key);
            Error::new(Code::LimitUnknown, message)
        })?;
        let reach = Reach { provider: provider.slug.clone(), key: limit.key.clone() };
        limits.push(AccountLimit { reach, account: None, pace: limit.pace });
    }
    for (slug, accounts) in &config.limits {
        let invalid = |what: String| {
            Error::new(Code::InvalidConfig, format!("`limits` in config.yaml {what}"))
        };
        let provider = catalog
            .provider(slug)
            .ok_or_else(|| invalid(format!("has `{slug}`, which is no provider")))?;
        for (account, (key, pace)) in
            accounts.iter().flat_map(|(account, keys)| keys.iter().map(move |it| (account, it)))
        {
            if provider.capability(key).is_none() {
                let meant = suggestion(key, keys(provider));
                let what = format!("has `{key}`, which is no key of {}{meant}", provider.title);
                return Err(invalid(what));
            }
            let reach = Reach { provider: provider.slug.clone(), key: key.clone() };
            limits.push(AccountLimit { reach, account: Some(account.clone()), pace: *pace });
        }
    }
    Ok(limits)
}
