//! Tokens that live shortly, from a source that lasts: the key of a service account, the credentials of a
//! user that a program keeps, a program that prints a token, or a file that has one.
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
//! | [`program`], [`printed`] | programs and files that have a token |

pub mod assertion;
pub mod credential_file;
pub mod minting;
pub mod printed;
pub mod private_key;
pub mod program;
pub mod source;
