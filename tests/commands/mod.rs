//! The commands, one file for each that has much to say.

mod catalog;
mod changed;
mod check;
mod diff;
mod diff_git;
mod documents;
mod import;
mod manifests;
mod others;
mod reseal;
mod validate;
mod verify;
