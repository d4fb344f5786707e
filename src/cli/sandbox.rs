//! Arguments of the sandbox.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use crate::sandbox::PlannedFault;
use crate::text::time::duration;

/// Serve a provider in the shape of X on this machine, for building and testing agents offline
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  xreq sandbox --home /tmp/try       then, in another terminal, paste the lines that it prints, and
  xreq connect x                     asks for consent on the sandbox's page, as alice or bob
  BROWSER='xreq sandbox approve %s' xreq connect x        asks nobody: for scripts
  xreq sandbox --expires-in 60s      access tokens live for a minute: use `run --min-ttl 10s`
  xreq sandbox --fault token=drop-after --fault api=429-retry-60:3

The first line of standard output is the base URL and nothing else. What it serves: the consent page, \
the token and revocation endpoints, users, posts, direct messages, likes, follows and bookmarks, each \
operation with the scopes that X wants; for every other operation it judges the scopes and answers \
501. Everything is in memory and gone with it.

Faults: drop-after (does its work and closes the connection: a refresh is spent), drop-before, hang, \
slow-2s, truncated, garbage, garbage-after, html, redirect, 503 and any other status, 429-retry-60. \
They strike authorize, token, revoke, me (GET /2/users/me) or api; once, or as often as stands behind \
a colon, or `:always`.

While it runs, at its base URL:
  curl -X PUT --data 'token=503:2' $URL/sandbox/faults       DELETE takes them back
  curl -X POST $URL/sandbox/expire                           all access tokens die
  curl -X POST \"$URL/sandbox/revoke?account=alice\"         alice takes the access away
  curl $URL/sandbox/log                                      what was asked; also posts, messages"
)]
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
    /// The port of 127.0.0.1; 0 is a free one
    #[arg(long, default_value_t = 8181)]
    pub port: u16,
    /// How long an access token lives, such as 5m
    #[arg(long, default_value = "2h", value_name = "DURATION", value_parser = duration)]
    pub expires_in: SignedDuration,
    /// How often an account may call an operation in 15 minutes
    #[arg(long, default_value_t = 900, value_name = "CALLS")]
    pub rate_limit: u32,
    /// Make an endpoint fail: ENDPOINT=FAULT, or ENDPOINT=FAULT:TIMES
    #[arg(long = "fault", value_name = "FAULT", value_parser = str::parse::<PlannedFault>)]
    pub faults: Vec<PlannedFault>,
    /// Register another redirect URI, beside <http://127.0.0.1:8080/callback>
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// Make this folder an `XREQ_HOME` in which provider `x` is the sandbox
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// What there is to do with a sandbox that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Decide on a request for consent, in the place of an account's owner with a browser
    #[command(after_help = "\
Examples:
  BROWSER='xreq sandbox approve %s' xreq connect x
  BROWSER='xreq sandbox approve --as bob --only tweet.read %s' xreq connect x --account bob

Only a URL of this machine is taken, or the file that `xreq connect` gives a browser. Prints the status and the title of the page that the app shows \
in the end.")]
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
    #[command(after_help = "\
Examples:
  xreq run -- xreq sandbox post \"good morning\"")]
    Post {
        /// The text
        text: String,
    },
}
