//! Writers of a store: who wrote each record, and whether this machine trusts them.
//!
//! | module | subject |
//! | --- | --- |
//! | `own_key` | the key that this user signs with on this machine |
//! | `register` | the writers that are trusted, and the mark of `xreq reseal` |
//! | `generations` | the generation of each record that was seen last |
//! | `notice` | events worth telling |
//! | `signer` | the signer of a record |
//! | `judgement` | the judgement of a record, and its signature |
//!
//! All of it lies in the state folder: whoever can write home or store can write none of it. A user
//! without a state folder signs nothing and takes every record.

mod generations;
mod judgement;
mod notice;
mod own_key;
mod register;
mod signer;

pub(crate) use self::judgement::Writers;
pub(crate) use self::notice::Notice;
pub(crate) use self::register::TrustedWriter;
pub(crate) use self::signer::Signer;
