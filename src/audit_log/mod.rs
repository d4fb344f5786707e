//! The audit log: which agents were launched with which grants, and what became of the grants.
//!
//! It is off unless `config.yaml` turns it on. Each [`LogEntry`] is one line of JSON, as
//! `schemas/audit.schema.json` has it. No secret is ever in it: of a command line there is the first
//! word, and of a token an HMAC under a key that this store alone has. So two lines can be told to
//! be about the same token, and nobody who has the log can try tokens against it.
//!
//! [`log`] is how lines get into the file, `chain` what ties each to the one before it, `state` how far
//! the log has come, [`verify`] the proof of all that; [`settings`] is what can be set, `place` where
//! the file may be.

mod audit;
mod call_entry;
mod calls;
mod chain;
mod entry;
mod fault;
mod files;
mod key;
pub mod log;
mod party;
mod place;
mod seal;
pub mod settings;
mod state;
mod summary;
mod tail;
pub mod verify;

pub use audit::Audit;
pub use call_entry::CallEntry;
pub use calls::Calls;
pub use entry::{LogEntry, LoggedEvent, Outcome};
pub use files::{Verification, verify_files};
pub use party::Party;
pub(crate) use state::STATE;
pub use summary::{CallCount, RefusalCount, Summary, UnusedKey};
