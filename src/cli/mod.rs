//! The command line: what can be typed, and nothing of what it does.

mod arguments;
mod audit;
mod broker;
mod daemon;
mod format;
mod grants;
mod habits;
mod help;
mod launch_line;
mod launching;
mod manifests;
mod others;
mod parser;
mod program;
mod sandbox;
mod sidecar;

pub(crate) use arguments::Against;
pub(crate) use audit::AuditLog;
pub(crate) use broker::{Broker, BrokerCommand};
pub(crate) use daemon::Daemon;
pub(crate) use grants::{
    Client, ClientSet, Connect, Disconnect, Import, Refresh, Reseal, ServiceAccountSource, Status,
    Token, TokenFormat,
};
pub(crate) use help::{Help, Manual, manual_of};
pub(crate) use launch_line::LaunchLine;
pub(crate) use launching::{
    Brokering, Egress, Isolation, OnDead, Run, Staying, Trust, refresh_actions,
};
pub(crate) use manifests::{Check, Diff, Explain, Validate};
pub(crate) use others::{
    Catalog, Ci, Completions, Demo, Init, Man, Rules, Schema, SchemaName, SecretCommand,
    SecretImport, Writer,
};
pub(crate) use parser::Unparsed;
pub(crate) use program::{Cli, Colour, Command, Everywhere};
pub(crate) use sandbox::{Sandbox, SandboxCommand, SandboxServe};
pub(crate) use sidecar::{ExportFormat, Sidecar};
