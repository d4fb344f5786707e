//! The commands, one file for each that has much to say.

mod catalog;
mod check;
mod diff;
mod documents;
mod import;
mod others;
mod validate;
