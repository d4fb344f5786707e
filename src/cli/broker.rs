//! Arguments of a broker by itself.

use clap::Args;

use super::sidecar::Sidecar;

/// Serve the broker for agents that xreq does not launch
#[derive(Args, Debug)]
pub(crate) struct Broker {
    #[command(flatten)]
    pub sidecar: Sidecar,
}
