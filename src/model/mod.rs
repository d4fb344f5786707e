//! The names and sets that every other part speaks of: slugs, labels, names of variables, scopes.

pub mod access_level;
pub mod account_choice;
pub mod alternatives;
pub mod credential_id;
pub mod name;
pub mod scope;
pub mod variable;
pub mod variable_content;
