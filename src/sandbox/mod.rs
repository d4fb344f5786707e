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
//! | `face` | the providers that it can look like |
//! | `state`, `dispatch` | what is shared, and which endpoint a request is for |
//! | `client`, `grants`, `token` | who may ask; what was granted; what tokens look like |
//! | `authorize`, `consent_request`, `page` | the consent of an account's owner |
//! | `token_endpoint` | tokens, and their end |
//! | `oauth1`, `request_proof`, `oauth1_tokens` | OAuth 1.0a: its endpoints, whose a request is, its tokens |
//! | `minting`, `service_accounts` | service accounts: endpoints, keys and tokens |
//! | `federation` | tokens of other identity providers, which are exchanged (RFC 8693) |
//! | `api`, `world` | the operations, and what they act on |
//! | `fault`, `log` | what goes wrong on request, and what was asked |
//! | `control`, `remote` | changing all that from a test, and from outside the process |
//! | `owner` | an account's owner without a browser |
//!
//! A request is judged under one lock, in no time: what it does and what is noted of it are one
//! step, whatever happens to the answer.

mod api;
mod app_only;
mod app_tokens;
mod authorize;
mod client;
mod consent_request;
mod control;
mod device;
mod device_endpoint;
mod dispatch;
mod face;
mod fault;
mod federation;
mod grants;
mod http;
mod log;
mod minting;
mod oauth1;
mod oauth1_tokens;
mod options;
mod owner;
mod page;
mod refusal;
mod remote;
mod request_proof;
mod server;
mod service_accounts;
mod state;
mod token;
mod token_endpoint;
mod world;

pub use client::{ClientAuth, RegisteredClient};
pub use control::{Control, IssuedOauth1Token, IssuedTokens};
pub use face::{FACES, Face};
pub use fault::{Endpoint, Fault, PlannedFault};
pub use grants::{Ended, GrantState};
pub use log::{LogEntry, fingerprint};
pub use options::{Options, PROVIDER};
pub use owner::{Decision, LastPage, decide};
pub use world::{OWNERS, Post, SentMessage};

use crate::error::Result;
use server::Server;

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
        let [client, public_client] = [0, 1].map(|at| server.shared().state().clients[at].clone());
        Ok(Self { server, client, public_client })
    }

    /// Returns the URL at which it listens, as `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.server.shared().base_url.clone()
    }

    /// Returns the fields of a configuration that lead the provider's endpoints here, each with its URL.
    pub fn endpoints(&self) -> Vec<(&'static str, String)> {
        let (base_url, paths) = (self.base_url(), self.server.shared().state().paths.clone());
        let mut endpoints = vec![
            ("authorize_url", format!("{base_url}{}", paths.authorize)),
            ("token_url", format!("{base_url}{}", paths.token)),
        ];
        endpoints.extend(paths.revoke.map(|path| ("revoke_url", format!("{base_url}{path}"))));
        endpoints.push(("api_url", base_url));
        endpoints
    }

    /// Returns the names of the services that the provider has.
    pub fn services(&self) -> Vec<String> {
        self.server.shared().state().provider().services.keys().cloned().collect()
    }

    /// Returns the provider that it looks like.
    pub fn face(&self) -> &'static Face {
        self.server.shared().state().options.face
    }

    /// Returns the client that has a secret. It is registered in every sandbox under the same id.
    pub fn client(&self) -> &RegisteredClient {
        &self.client
    }

    /// Returns the client that has none.
    pub fn public_client(&self) -> &RegisteredClient {
        &self.public_client
    }

    /// Returns a handle for changing and asking what the sandbox has in memory.
    pub fn control(&self) -> Control {
        Control::new(self.server.shared())
    }
}
