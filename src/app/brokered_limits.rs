//! The limits of a launch: those of its command line, and those of `config.yaml`.

use crate::app::launch::Brokering;
use crate::broker::limits::AccountLimit;
use crate::catalog::{Catalog, Provider};
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
        let found = catalog.providers().find(|it| it.capability(&limit.key).is_some());
        let provider = found.ok_or_else(|| {
            let keys = catalog.providers().flat_map(keys);
            let meant = suggestion(&limit.key, keys);
            let message =
                format!("a limit is on `{}`, and no provider has this key{meant}", limit.key);
            Error::new(Code::LimitUnknown, message)
        })?;
        let (provider, key) = (provider.slug.clone(), limit.key.clone());
        limits.push(AccountLimit { provider, account: None, key, pace: limit.pace });
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
            let (provider, account) = (provider.slug.clone(), Some(account.clone()));
            limits.push(AccountLimit { provider, account, key: key.clone(), pace: *pace });
        }
    }
    Ok(limits)
}

fn keys(provider: &Provider) -> impl Iterator<Item = &str> {
    provider.capabilities.keys().map(String::as_str)
}
