//! A provider in the shape of X, on the loopback interface and in memory: for building and testing
//! agents offline, for `xreq demo`, and for the tests of xreq itself.
//!
//! It is strict where X is known to be strict, and where nobody knows, it does what a client has
//! the most trouble with. Refresh tokens are good once, and one that is used again ends the whole
//! grant; an authorization code lives 30 seconds; redirect URIs are compared as they are written; a
//! client has one grant an account; errors are worded as X words them.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `server` | the thread that listens, and HTTP |
//! | `state` | what is shared, and which endpoint a request is for |
//! | `client`, `grants`, `token` | who may ask; what was granted; what tokens look like |
//! | `authorize`, `page` | the consent of an account's owner |
//! | `token_endpoint` | tokens, and their end |
//! | `api`, `world` | the operations, and what they act on |
//! | `fault`, `log` | what goes wrong on request, and what was asked |
//! | `control`, `remote` | changing all that from a test, and from outside the process |
//! | `owner` | an account's owner without a browser |
//!
//! A request is judged under one lock, in no time: what it does and what is noted of it are one
//! step, whatever happens to the answer.

mod api;
mod authorize;
mod client;
mod control;
mod fault;
mod grants;
mod http;
mod log;
mod owner;
mod page;
mod remote;
mod server;
mod state;
mod token;
mod token_endpoint;
mod world;

use std::time::Duration;

pub use client::{ClientAuth, RegisteredClient};
pub use control::{Control, IssuedTokens};
pub use fault::{Endpoint, Fault, PlannedFault};
pub use grants::{Ended, GrantState};
pub use log::{Logged, fingerprint};
pub use owner::{Decision, LastPage, decide};
pub use world::{OWNERS, Post, SentMessage};

use crate::error::Result;
use server::Server;

/// The provider of the built-in catalog whose shape the sandbox has.
const PROVIDER: &str = "x";

/// How a sandbox behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The port of 127.0.0.1 to listen on; 0 is a free one.
    pub port: u16,
    /// How many seconds an access token lives.
    pub expires_in: u64,
    /// How long an authorization code can be exchanged.
    pub code_lives: Duration,
    /// For how long a spent refresh token still works, as some providers have it. X has nothing
    /// of the kind.
    pub grace: Duration,
    /// Whether a refresh ends the access tokens that were issued before it. What X does is not
    /// known.
    pub refresh_ends_access: bool,
    /// How often one account may call one operation of the API in 15 minutes.
    pub rate_limit: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            expires_in: 7_200,
            code_lives: Duration::from_secs(30),
            grace: Duration::ZERO,
            refresh_ends_access: false,
            rate_limit: 900,
        }
    }
}

/// A sandbox that serves from a thread of its own until it is dropped.
pub struct Sandbox {
    server: Server,
    client: RegisteredClient,
    public_client: RegisteredClient,
}

impl Sandbox {
    /// Starts a sandbox.
    ///
    /// # Errors
    ///
    /// [`Code::SandboxFailed`](crate::error::Code::SandboxFailed): the port is taken.
    pub fn start(options: Options) -> Result<Self> {
        let server = Server::start(options)?;
        let (client, public_client) =
            (RegisteredClient::confidential(), RegisteredClient::public());
        Ok(Self { server, client, public_client })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.server.shared().base_url.clone()
    }

    /// The client that has a secret. It is registered in every sandbox under the same id.
    pub fn client(&self) -> &RegisteredClient {
        &self.client
    }

    /// The client that has none.
    pub fn public_client(&self) -> &RegisteredClient {
        &self.public_client
    }

    /// A handle for changing and asking what the sandbox has in memory.
    pub fn control(&self) -> Control {
        Control::new(self.server.shared())
    }
}
