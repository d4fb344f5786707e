//! A limit for an account, and the name under which calls of the account are counted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pace::Pace;
use crate::broker::reach::Reach;
use crate::model::credential_id::CredentialId;
use crate::model::name::{Label, Slug};

/// A limit on a key of a provider, for one account or for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountLimit {
    /// The calls that it counts.
    pub(crate) reach: Reach,
    /// The label of the account; none is each that the run has.
    pub(crate) account: Option<Label>,
    /// The calls that it may give.
    pub(crate) pace: Pace,
}

impl AccountLimit {
    /// Returns whether it is for the account of a credential.
    pub(super) fn is_for(&self, credential: &CredentialId) -> bool {
        self.reach.provider == credential.provider
            && self.account.as_ref().is_none_or(|account| *account == credential.account)
    }
}

/// Returns the name under which calls of an account are counted, which is fit for a file: by its id at the
/// provider, so that two labels of one account share it, else by its label.
pub(crate) fn owner(provider: &Slug, account_id: Option<&str>, label: &Label) -> String {
    const LONGEST: usize = 64;
    let (what, name) = match account_id {
        Some(id) => ("id", id),
        None => ("label", label.as_str()),
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !name.is_empty() && name.len() <= LONGEST && name.bytes().all(is_plain) {
        return format!("{provider}.{what}-{name}");
    }
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(name));
    format!("{provider}.{what}-sha256-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_name_whatever_its_label() {
        let slug: Slug = "x".parse().expect("a name");
        let of = |id, label: &str| owner(&slug, id, &label.parse().expect("a label"));
        assert_eq!(of(Some("42"), "default"), "x.id-42");
        assert_eq!(of(Some("42"), "work"), "x.id-42");
        assert_eq!(of(None, "work"), "x.label-work");
        let odd = of(Some("../../a b"), "work");
        assert!(odd.starts_with("x.id-sha256-") && !odd.contains('/'), "{odd}");
        assert_ne!(odd, of(Some("../../a c"), "work"));
        assert_ne!(of(Some("work"), "x"), of(None, "work"));
    }
}
