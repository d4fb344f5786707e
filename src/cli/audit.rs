//! The command line of the audit log.

use std::path::PathBuf;

use clap::Subcommand;

use super::format;
use crate::findings::Format;

/// Look at the audit log
#[derive(Debug, Subcommand)]
pub(crate) enum AuditLog {
    /// Prove that no line was changed, cut, moved or repeated
    Verify {
        /// The files, in any order
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The key that the lines are sealed with [default: that of this store]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The format of the output
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
}
