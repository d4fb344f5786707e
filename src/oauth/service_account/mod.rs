//! Tokens that live shortly, from a source that lasts: the key of a service account, the credentials of a
//! user that a program keeps, a program that prints a token, a file that has one, or either of these with the
//! token of another identity provider, which is exchanged.
//!
//! Nothing in a file of credentials says where anything is sent, or what is run: the token endpoint is the
//! provider's, and programs and files are those that a person named.
//!
//! | module | subject |
//! | --- | --- |
//! | [`source`] | the sources, as the store seals them |
//! | [`credential_file`] | files of credentials, as a provider hands them out |
//! | [`private_key`], [`assertion`] | the key, and what it signs (RFC 7523) |
//! | [`minting`] | the request for a token |
//! | [`federation`] | the exchange of another identity provider's token (RFC 8693) |
//! | [`program`], [`printed`] | programs and files that have a token |

pub mod assertion;
pub mod credential_file;
pub mod federation;
pub mod minting;
pub mod printed;
pub mod private_key;
pub mod program;
pub mod source;
