//! Providers that depart from the standards, as their files say.

mod builtin;
mod builtin_consent;
mod consent;
mod documents;
mod hosts;
mod libraries;
mod parts;
mod parts_killed;
mod revoking;
mod tokens;
mod urls;
mod variables;
