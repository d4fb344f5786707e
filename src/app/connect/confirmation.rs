//! The confirmation of the account that consented.
//!
//! Neither the state nor the code challenge tells: anyone who gets at the address of a consent, and is
//! faster, can consent with an account of their own, and its code fits the attempt. So the account is
//! named by the provider's API, and confirmed by a person in the dialog, or compared with what was said
//! before, before the label's grant is touched.

use crate::app::connect::options::ConnectOptions;
use crate::app::context::Context;
use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::oauth::account::{self, Owner};
use crate::oauth::expectation::Expectation;
use crate::store::{CredentialId, GrantMetadata};

/// The way in which the account that consented is confirmed.
pub(super) enum Confirmation {
    /// It is compared with the account that was named beforehand.
    Expected {
        account: Expectation,
        /// The place of that name: the request, or a key of `config.yaml`.
        said_by: String,
        /// Whether the person of the dialog can be asked where the account cannot be looked up.
        can_ask: bool,
    },
    /// The person of the dialog is asked.
    Asked,
}

/// The account that consented, and what is known of the label's account until now.
pub(crate) struct ConsentedAccount<'a> {
    /// The label.
    pub(crate) name: &'a CredentialId,
    /// The account; or why it is not known.
    pub(crate) owner: Result<&'a Owner, &'a str>,
    /// The grant that the label has.
    pub(super) before: Option<&'a GrantMetadata>,
    /// Whether the label may pass to another account.
    pub(super) may_replace: bool,
    /// The account that was expected, if one was.
    pub(crate) expected: Option<String>,
    /// The stored grants that the consent ended, whatever is confirmed.
    pub(crate) ended: Vec<CredentialId>,
    /// Those that it ended if they are of the same account.
    pub(crate) maybe_ended: Vec<CredentialId>,
}

impl Confirmation {
    /// Returns the account that is expected, if one is.
    pub(super) fn expected(&self) -> Option<String> {
        match self {
            Self::Expected { account, .. } => Some(account.to_string()),
            Self::Asked => None,
        }
    }

    /// Chooses the way, before anybody is asked to consent.
    ///
    /// # Errors
    ///
    /// [`Code::ConfirmationNeeded`]: nobody can.
    pub(super) fn of(
        options: &ConnectOptions,
        provider: &Provider,
        name: &CredentialId,
        context: &Context,
        can_ask: bool,
    ) -> Result<Self> {
        let label = &name.account;
        let expected = match &options.expect {
            Some(account) => Some((account.clone(), "the request".to_owned())),
            None => context.config()?.expected(name).map(|account| {
                (account.clone(), format!("`accounts.{}.{label}` in config.yaml", name.provider))
            }),
        };
        match expected {
            Some((_, said_by)) if provider.account.is_none() => Err(Error::new(
                Code::ConfirmationNeeded,
                format!(
                    "{said_by} names an account, and the file of {} does not say how to ask whose a \
                     token is",
                    provider.title
                ),
            )
            .with_hint("without it, you confirm at the terminal that the consent was yours")),
            Some((account, said_by)) => Ok(Self::Expected { account, said_by, can_ask }),
            None if can_ask => Ok(Self::Asked),
            None => Err(Error::new(
                Code::ConfirmationNeeded,
                "nobody is at the terminal to confirm who will have consented",
            )
            .with_hint(advice![
                "name the account that is expected: ",
                Parameter::Expect.value("@HANDLE"),
                " or ",
                Parameter::Expect.value("ID"),
                format!(
                    ", or `accounts: {{{}: {{{label}: \"@HANDLE\"}}}}` in config.yaml",
                    name.provider
                )
            ])),
        }
    }
}

impl Confirmation {
    /// Returns the account to propose to the provider: the one that is expected, else the one that the
    /// label has.
    pub(super) fn hint(&self, before: Option<&GrantMetadata>) -> Option<String> {
        match self {
            Self::Expected { account, .. } => Some(account.bare().to_owned()),
            Self::Asked => before?.handle.clone().or_else(|| before?.account_id.clone()),
        }
    }
}

impl ConsentedAccount<'_> {
    /// Refuses an account that was not expected, and one that the label is not to pass to.
    ///
    /// # Errors
    ///
    /// [`Code::AccountUnconfirmed`], [`Code::AccountMismatch`], [`Code::AccountChanged`].
    pub(super) fn judge(&self, confirmation: &Confirmation) -> Result<()> {
        let owner = match (confirmation, self.owner) {
            (Confirmation::Asked | Confirmation::Expected { can_ask: true, .. }, Err(_)) => {
                return Ok(());
            }
            (Confirmation::Asked, Ok(owner)) => owner,
            (Confirmation::Expected { account, .. }, Err(why)) => {
                let message = format!(
                    "{account} was expected, and the account that consented could not be looked up: \
                     {why}"
                );
                return Err(Error::new(Code::AccountUnconfirmed, message).with_hint(
                    "run the command again, or at a terminal, where you confirm it yourself",
                ));
            }
            (Confirmation::Expected { account, said_by, .. }, Ok(owner)) => {
                if !account.is_met_by(owner) {
                    let message = format!(
                        "{} consented, and {account} was expected ({said_by})",
                        owner.named()
                    );
                    return Err(Error::new(Code::AccountMismatch, message).with_hint(
                        "log in as the expected account in the browser, then run the command again; \
                         if you did, somebody else on this machine consented in your place",
                    ));
                }
                owner
            }
        };
        self.judge_change_to(owner)
    }

    /// Refuses an account that the label is not to pass to, as far as it is known.
    ///
    /// # Errors
    ///
    /// [`Code::AccountChanged`].
    pub(super) fn judge_change(&self) -> Result<()> {
        self.owner.map_or(Ok(()), |owner| self.judge_change_to(owner))
    }

    fn judge_change_to(&self, owner: &Owner) -> Result<()> {
        match self.other_account(owner) {
            Some(other) if !self.may_replace => Err(self.changed(owner, &other)),
            _ => Ok(()),
        }
    }

    /// Returns whether it is the account that was named beforehand.
    pub(super) fn is_expected(&self, confirmation: &Confirmation) -> bool {
        match confirmation {
            Confirmation::Expected { account, .. } => {
                self.owner.is_ok_and(|owner| account.is_met_by(owner))
            }
            Confirmation::Asked => false,
        }
    }

    /// Returns whether an account that is not refused needs no further confirmation: it is the one
    /// that was expected, or already the label's.
    pub(super) fn is_settled(&self, confirmation: &Confirmation) -> bool {
        let is_the_labels = |owner: &Owner| {
            let id = self.before.and_then(|before| before.account_id.as_deref());
            id == Some(owner.id.as_str())
        };
        let is_expected = matches!(confirmation, Confirmation::Expected { .. });
        self.owner.is_ok_and(|owner| is_expected || is_the_labels(owner))
    }

    /// Returns the label's account until now, if it is another one.
    pub(crate) fn other_account(&self, owner: &Owner) -> Option<String> {
        let id = self.before?.account_id.as_deref()?;
        if id == owner.id { None } else { self.known_before() }
    }

    /// Returns the label's account until now, by its name.
    pub(crate) fn known_before(&self) -> Option<String> {
        let before = self.before?;
        account::named(before.account_id.as_deref(), before.handle.as_deref())
    }

    fn changed(&self, owner: &Owner, other: &str) -> Error {
        let provider = &self.name.provider;
        let message =
            format!("{} consented, and {} is the account of {other}", owner.named(), self.name);
        Error::new(Code::AccountChanged, message).with_hint(advice![
            "a second account takes a label of its own: ",
            Remedy::connect(provider.as_str(), Some("LABEL")).request(),
            "; ",
            connect(self.name).with(Parameter::ReplaceAccount),
            " puts it in the place of the first"
        ])
    }
}
