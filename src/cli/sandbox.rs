//! Arguments of the sandbox.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use crate::sandbox::{FACES, Face, PlannedFault};
use crate::text::time::duration;

/// Serve a provider in the shape of X or another one, to build and test agents offline
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Sandbox {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
    #[command(flatten)]
    pub serve: SandboxServe,
}

/// How to serve.
#[derive(Args, Debug)]
pub(crate) struct SandboxServe {
    /// The provider that it looks like: x, discord, gcp, github, google, linkedin, microsoft, notion, reddit
    /// or slack; repeated, each of them
    #[arg(long = "provider", default_value = "x", value_name = "PROVIDER", value_parser = face)]
    pub providers: Vec<&'static Face>,
    /// The port of 127.0.0.1; 0 is a free one [default: 8181, or a free one where that is taken]
    #[arg(long)]
    pub port: Option<u16>,
    /// How long an access token lives, such as 5m; else as long as the provider's (x: 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub expires_in: Option<SignedDuration>,
    /// How often an account may call an operation in 15 minutes
    #[arg(long, default_value_t = 900, value_name = "CALLS")]
    pub rate_limit: u32,
    /// Make an endpoint fail: ENDPOINT=FAULT, or ENDPOINT=FAULT:TIMES
    #[arg(long = "fault", value_name = "FAULT", value_parser = str::parse::<PlannedFault>)]
    pub faults: Vec<PlannedFault>,
    /// Register another redirect URI, beside the provider's usual one; the client of the home has it, and
    /// of several providers each its own, in order
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// Make this folder an `XREQ_HOME` in which the provider is the sandbox
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
}

fn face(text: &str) -> Result<&'static Face, String> {
    Face::of(text).ok_or_else(|| {
        let known: Vec<_> = FACES.iter().map(|face| face.provider).collect();
        format!("the sandbox looks like {} alone", known.join(", "))
    })
}

/// What there is to do with a sandbox that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Decide on a request for consent, in the place of an account's owner with a browser
    Approve {
        /// The URL of the request for consent, or that of the file that leads to it
        url: String,
        /// Whose account it is: alice or bob
        #[arg(long = "as", value_name = "ACCOUNT")]
        account: Option<String>,
        /// Grant only this scope, of those that are asked for
        #[arg(long, value_name = "SCOPE")]
        only: Vec<String>,
        /// Refuse
        #[arg(long, conflicts_with_all = ["only", "account"])]
        deny: bool,
    },
    /// Post a text, in the place of an agent: with `X_ACCESS_TOKEN`, to `X_API_BASE_URL`
    Post {
        /// The text
        text: String,
    },
}
