//! The command line of the audit log.

use std::path::PathBuf;

use clap::Subcommand;

use super::format;
use crate::findings::Format;

/// Look at the audit log
#[derive(Debug, Subcommand)]
pub(crate) enum AuditLog {
    /// Prove that no line was changed, cut, moved or repeated
    #[command(after_help = "\
Examples:
  xreq audit-log verify
  xreq audit-log verify --format json
  xreq audit-log verify /var/log/archive/audit.jsonl.* --key audit.key

Without a FILE it is the log of this store, with the files that were moved on. That nothing was cut \
off its end is known from the state folder ($XDG_STATE_HOME/xreq, else ~/.local/state/xreq): files \
that are named are proved as far as they go. Lines are sealed with the key beside the log, audit.key.

Exit status: 1 there are findings, 2 there is no log, or a file cannot be read, 3 there is no key.")]
    Verify {
        /// The files, in any order
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The key that the lines are sealed with [default: that of this store]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// How to print what was found
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
}
