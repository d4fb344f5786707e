//! The command line of brokers: one that serves by itself, and those that run.

use clap::{Args, Subcommand};

use super::format;
use super::sidecar::Sidecar;
use crate::findings::Format;

/// Serve the broker for agents that xreq does not launch, and decide on calls that wait
#[derive(Args, Debug)]
#[command(arg_required_else_help = true, args_conflicts_with_subcommands = true)]
#[command(subcommand_negates_reqs = true)]
pub(crate) struct Broker {
    #[command(subcommand)]
    pub command: Option<BrokerCommand>,
    #[command(flatten)]
    pub sidecar: Sidecar,
}

/// What to do with brokers that run.
#[derive(Debug, Subcommand)]
pub(crate) enum BrokerCommand {
    /// Show the calls that wait for an approval (`xreq run --ask KEY`)
    Pending {
        /// The call, as the list names it: all of it is shown
        #[arg(value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        which: WhichRun,
        /// The format of the output
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
    /// Let a call go out, once
    Approve {
        /// The call, as `xreq broker pending` names it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        which: WhichRun,
    },
    /// Refuse a call
    Deny {
        /// The call, as `xreq broker pending` names it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        which: WhichRun,
    },
    /// Show the brokers that run: their agents, limits and credentials
    Status {
        #[command(flatten)]
        which: WhichRun,
        /// The format of the output
        #[arg(long, value_parser = format::of_results(), default_value = "text")]
        format: Format,
    },
}

/// The run that is meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct WhichRun {
    /// The run, as `xreq broker status` names it, or the beginning of its name [default: all]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}
