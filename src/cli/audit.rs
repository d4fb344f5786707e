//! The command line of the audit log.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::SignedDuration;

use super::format;
use crate::findings::Format;
use crate::text::time::duration;

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
    /// Summarise the calls of brokers: who called what how often, what was refused, and which
    /// declared keys nobody used
    Summary {
        /// Only what is not older [default: all that the log has]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        since: Option<SignedDuration>,
        /// The format of the output
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
}
