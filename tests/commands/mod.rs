//! The commands, one file for each that has much to say.

mod catalog;
mod check;
mod documents;
mod import;
mod others;
mod validate;
