//! The choice of an account: its label, and the provider that it is of.

use std::str::FromStr;

use crate::error::{Code, Error, Result};
use crate::model::name::named_account;

/// An account that was chosen: `work`, or `x=work` where the provider is stated, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChoice {
    /// The provider; none is the one that a request is about.
    pub provider: Option<String>,
    /// The label of the account.
    pub label: String,
}

impl AccountChoice {
    /// Returns the provider of a request, and the label, which may state it or has to agree with it.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: two different providers are stated.
    pub fn within(
        choice: Option<Self>,
        provider: Option<String>,
    ) -> Result<(Option<String>, Option<String>)> {
        let Some(Self { provider: stated, label }) = choice else { return Ok((provider, None)) };
        match (provider, stated) {
            (Some(provider), Some(stated)) if provider != stated => {
                let message = format!("the account is one of {stated}, and {provider} was named");
                Err(Error::new(Code::BadArgument, message))
            }
            (provider, stated) => Ok((provider.or(stated), Some(label))),
        }
    }

    /// Returns the choice if it has to be stated: without one, it is the account `default`.
    pub fn unless_default(&self) -> Option<Self> {
        named_account(&self.label).map(|_| self.clone())
    }
}

impl FromStr for AccountChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (provider, label) = match text.split_once('=') {
            Some((provider, label)) => (Some(provider), label),
            None => (None, text),
        };
        if label.is_empty() || provider.is_some_and(str::is_empty) {
            return Err("write it as LABEL or PROVIDER=LABEL, such as work or x=work");
        }
        Ok(Self { provider: provider.map(str::to_owned), label: label.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_may_state_its_provider() {
        let within = |account: Option<&str>, provider: Option<&str>| {
            let choice = account.map(|text| text.parse().expect("a choice"));
            let (provider, label) =
                AccountChoice::within(choice, provider.map(str::to_owned)).ok()?;
            Some(format!("{} {}", provider.unwrap_or_default(), label.unwrap_or_default()))
        };
        for (account, provider, expected) in [
            (None, None, Some(" ")),
            (None, Some("x"), Some("x ")),
            (Some("work"), None, Some(" work")),
            (Some("work"), Some("x"), Some("x work")),
            (Some("x=work"), None, Some("x work")),
            (Some("x=work"), Some("x"), Some("x work")),
            (Some("x=work"), Some("google"), None),
        ] {
            assert_eq!(within(account, provider).as_deref(), expected, "{account:?} {provider:?}");
        }
        for text in ["", "=work", "x=", "="] {
            assert!(text.parse::<AccountChoice>().is_err(), "{text}");
        }
    }
}
