//! The consent of the owner of an account: the request, the browser, and the redirect that comes back.

pub mod authorization;
pub mod browser;
pub mod callback;
pub mod opening;
pub mod page;
pub mod paste;
pub mod pkce;
pub mod redirect_uri;
pub mod wait;
