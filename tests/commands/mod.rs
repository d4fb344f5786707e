//! The commands, one file for each that has much to say.

mod catalog;
mod changed;
mod check;
mod completions;
mod demo;
mod diff;
mod diff_git;
mod documents;
mod habits;
mod hooks;
mod import;
mod linked_manifests;
mod manifest_above;
mod manifests;
mod naming;
mod others;
mod reseal;
mod strange_git;
mod validate;
mod variables;
mod verify;
