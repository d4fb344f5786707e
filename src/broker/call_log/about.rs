//! What a line says of a call that does not go out yet.

/// The call that a decision is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) provider: &'a str,
    /// The label of the account.
    pub(crate) account: Option<&'a str>,
    /// The operation, by the template of its path.
    pub(crate) operation: &'a str,
    /// The key that gives it.
    pub(crate) key: Option<&'a str>,
}
