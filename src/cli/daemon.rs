//! Arguments of the daemon.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use super::arguments::{CatalogFiles, address};
use crate::text::time::duration;

/// Keep every grant fresh, for as long as it runs
#[derive(Args, Debug)]
pub(crate) struct Daemon {
    /// Refresh access tokens that were issued so long ago, such as 90m
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub older_than: Option<SignedDuration>,
    /// The Unix socket for /health and /metrics [default: `$XDG_RUNTIME_DIR/xreq/daemon.sock`, else
    /// `run/daemon.sock` beside the grants]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Answer on an address as well; a port alone is one of 127.0.0.1
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    pub metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// An age that does not make every token too old as soon as it is there.
fn age(text: &str) -> Result<SignedDuration, String> {
    duration(text).and_then(|age| {
        let is_long = age >= SignedDuration::from_mins(1);
        is_long.then_some(age).ok_or_else(|| "it has to be a minute at least".to_owned())
    })
}
