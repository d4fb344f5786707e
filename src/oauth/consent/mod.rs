//! The consent of the owner of an account: the request, the browser, and the redirect that comes back.
//!
//! | module | subject | touches the world |
//! | --- | --- | --- |
//! | [`redirect_uri`] | the address that the browser comes back to | |
//! | [`pkce`] | the binding of an authorization code to the process that asked for it | random numbers |
//! | [`awaited`] | the answers that may come, and the request that judges them | |
//! | [`authorization`] | one request for consent, and the judgement of its answer | random numbers |
//! | [`paste`] | an address or code that a person pastes instead | |
//! | [`callback`] | the listener for the browser | yes |
//! | [`wait`] | the wait for the browser or the person | yes |
//! | [`page`] | the pages that the browser shows in the end | |
//! | [`opening`] | the page that leads the browser to the request | |
//! | [`browser`] | its start | yes |

pub mod authorization;
pub mod awaited;
pub mod browser;
pub mod callback;
pub mod opening;
pub mod page;
pub mod paste;
pub mod pkce;
pub mod redirect_uri;
pub mod wait;
