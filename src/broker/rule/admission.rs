//! A request that goes out.

use super::body_rule::BodyRule;
use crate::broker::BrokeredCredential;
use crate::catalog::{Operation, Provider};

/// A request that goes out, and as what.
#[derive(Clone, Debug)]
pub struct Admission<'a> {
    /// The provider whose API is meant.
    pub provider: &'a Provider,
    /// The operation that is meant.
    pub operation: &'a Operation,
    /// The credential that is added; `None` where the operation needs none.
    pub credential: Option<&'a BrokeredCredential>,
    /// The key that gives the operation; the provider's name where raw scopes do.
    pub key: Option<&'a str>,
    /// The URL to which it goes, with its query.
    pub url: String,
    /// The rule for its body, which is not judged yet.
    pub body: BodyRule<'a>,
}
