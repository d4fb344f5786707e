//! X, formerly Twitter: its API v2 and OAuth 2.0, as data.

/// The provider without its operations: what every start of xreq needs.
pub(super) const PROVIDER: &str = include_str!("provider.json");

/// The operations, by path: one a line.
pub(super) const OPERATIONS: &str = include_str!("operations.json");

#[cfg(test)]
mod tests;
