//! The commands, one file for each that has much to say.

mod catalog;
mod changed;
mod check;
mod diff;
mod diff_git;
mod documents;
mod hooks;
mod import;
mod linked_manifests;
mod manifests;
mod others;
mod reseal;
mod secret_import;
mod strange_git;
mod validate;
mod variables;
mod verify;
