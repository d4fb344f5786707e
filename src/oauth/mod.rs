//! OAuth 2.0: from asking an account's owner for consent to the end of the grant.
//!
//! | module | what it is for | touches the world |
//! | --- | --- | --- |
//! | [`redirect_uri`] | where the browser comes back to | |
//! | [`pkce`] | binds an authorization code to who asked for it | random numbers |
//! | [`authorization`] | one request for consent, and the judgement of what comes back | random numbers |
//! | [`paste`] | what a person pastes instead | |
//! | [`callback`] | the address on this machine that the browser comes back to | yes |
//! | [`consent`] | the wait for the browser or the person | yes |
//! | [`page`] | what the browser shows in the end | |
//! | [`opening`] | the page that leads the browser to the request | |
//! | [`browser`] | opens it | yes |
//! | [`http`] | the way to a provider | yes |
//! | `resolver` | names of hosts, without a pool of threads | yes |
//! | `proxy`, `trust` | the proxy and the certificate authorities that the environment names | variables, files |
//! | `unanswered`, `wait` | why there is no answer, and when to ask again | |
//! | [`client`] | who asks, and how that is proved | |
//! | [`token_endpoint`] | requests for tokens, and for their end | yes |
//! | [`token_file`] | tokens as other programs keep them | |
//! | [`token_response`], [`failure`] | what a token endpoint answers, and what it means | |
//! | [`account`] | whose access token it is | yes |
//! | [`expectation`] | whose it is expected to be | |
//! | [`issue`] | token responses turned into grants | |
//! | [`keep`] | storing tokens that exist nowhere else | yes |
//! | [`decision`] | whether to refresh a grant | |
//! | [`standing`] | the state that users see | |
//! | [`refresh`] | refreshing it, one process at a time | yes |
//! | [`trouble`] | why a grant is not fresh, and what to do | |

pub mod account;
pub mod client;
pub mod consent;
pub mod expectation;
pub mod token;
pub mod token_file;

#[cfg(test)]
mod tests;
