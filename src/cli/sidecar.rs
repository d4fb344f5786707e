//! Arguments of a broker that serves agents which xreq does not launch.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::arguments::{Against, CatalogFiles, ManifestFile, address};
use super::launching::{Brokering, OnDead};
use crate::broker::canonical_host;

/// How a broker serves, and whom.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("brokered").args(["listen", "socket"]).required(true).multiple(true)))]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
pub(crate) struct Sidecar {
    /// Serve at an address, as a proxy and a base URL; a port alone is one of 127.0.0.1, and 0 is a free one
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// Serve on a Unix socket of this user alone
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// A name by which agents call the address, such as that of a container; the first one is in their variables
    #[arg(long = "name", value_name = "HOST", value_parser = host, requires = "listen")]
    pub names: Vec<String>,
    /// Serve the address by TLS, with a certificate of this broker's own authority
    #[arg(long, requires = "listen")]
    pub tls: bool,
    /// Serve an address that other machines reach without TLS: whoever reads that network can call as the agent
    #[arg(long, requires = "listen", conflicts_with = "tls")]
    pub insecure_plain_http: bool,
    /// The file for the certificates that agents have to trust [default: one in the runtime folder]
    #[arg(long, value_name = "FILE", requires = "listen")]
    pub certificates: Option<PathBuf>,
    /// The form in which the variables of agents are printed
    #[arg(long, value_enum, value_name = "shell|dotenv|json", default_value_t)]
    pub format: ExportFormat,
    /// Write a line to this open file once it serves
    #[arg(long, value_name = "NUMBER")]
    pub ready_fd: Option<u32>,
    /// What to do when a grant dies: end, or wait until its account is connected anew
    #[arg(long, value_enum, value_name = "exit|wait", default_value_t)]
    pub on_dead: OnDead,
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    #[command(flatten)]
    pub brokering: Brokering,
}

/// The form of variables that somebody else sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Lines for a shell: export NAME=VALUE.
    #[default]
    Shell,
    /// Lines of a file of variables, such as docker and systemd read: NAME=VALUE.
    Dotenv,
    /// A JSON object.
    Json,
}

/// Reads a host without a port.
fn host(text: &str) -> Result<String, &'static str> {
    canonical_host(text).ok_or("it is a name or an address without a port")
}
