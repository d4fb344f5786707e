//! The device authorization grant (RFC 8628): consent by a code that the account's owner types on a page
//! of the provider, in any browser.

pub mod authorization;
pub mod poll;
