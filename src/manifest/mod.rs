//! The requirements of an app: manifest text in, [`Requirements`] and findings out.
//!
//! [`yaml`] reads the text into a [tree](node) that knows its places, [`spelling`] turns each of the
//! spellings in use into one form. Neither knows the catalog: whether a key exists is for
//! [`resolve`](crate::policy::needs) to say.

pub mod allow;
pub mod delivery;
mod key;
mod look_alike;
pub mod node;
mod read;
mod requirements;
mod section;
pub mod spelling;
mod syntax;
mod unread;
mod value;
mod word;
pub mod yaml;

pub use read::read;
pub use requirements::{
    Description, Integration, Requirements, Scope, SecretRequirement, Spanned, VariableName,
};
