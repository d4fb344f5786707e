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
//! | `face`, `faces`, `paths` | the providers that it can look like, and where their endpoints are |
//! | `state`, `dispatch` | what is shared, and which endpoint a request is for |
//! | `client`, `grants`, `rules`, `token` | who may ask; what was granted, and how it ends; what tokens look like |
//! | `authorize`, `consent_request`, `page` | the consent of an account's owner |
//! | `token_endpoint` | tokens, and their end |
//! | `oauth1`, `request_proof`, `oauth1_tokens` | OAuth 1.0a: its endpoints, whose a request is, its tokens |
//! | `minting`, `service_accounts` | service accounts: endpoints, keys and tokens |
//! | `federation` | tokens of other identity providers, which are exchanged (RFC 8693) |
//! | `slack` | all of Slack's face |
//! | `api`, `call`, `world` | the operations, and what they act on |
//! | `metadata` | the endpoints, for libraries that look for them |
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
mod call;
mod client;
mod consent_request;
mod control;
mod device;
mod device_endpoint;
mod dispatch;
mod face;
mod faces;
mod fault;
mod federation;
mod grant_state;
mod grants;
mod http;
mod log;
mod metadata;
mod minting;
mod oauth1;
mod oauth1_tokens;
mod options;
mod owner;
mod page;
mod paths;
mod refusal;
mod remote;
mod request_proof;
mod rules;
mod server;
mod service_accounts;
mod slack;
mod state;
mod token;
mod token_endpoint;
mod world;

pub use client::{ClientAuth, RegisteredClient};
pub use control::{Control, IssuedOauth1Token, IssuedTokens};
pub use face::Face;
pub use faces::FACES;
pub use fault::{Endpoint, Fault, PlannedFault};
pub use grant_state::{Ended, GrantState};
pub use log::{LogEntry, fingerprint};
pub use options::{Options, PROVIDER};
pub use owner::{Decision, LastPage, decide};
pub use world::{OWNERS, Post, SentMessage};

use std::sync::Arc;

use crate::error::Result;
use paths::EndpointPath;
use server::Server;
use state::Shared;

/// A sandbox that serves from a thread of its own until it is dropped, with all that serve beside it.
pub struct Sandbox {
    _server: Arc<Server>,
    shared: Arc<Shared>,
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
        Self::start_together(vec![options]).map(|mut started| started.remove(0))
    }

    /// Starts several sandboxes at one address, the port of the first: each is below a path of its
    /// provider's name.
    ///
    /// # Errors
    ///
    /// [`Code::SandboxFailed`](crate::error::Code::SandboxFailed): the port is taken.
    pub fn start_together(options: Vec<Options>) -> Result<Vec<Self>> {
        let (server, faces) = Server::start(options)?;
        let server = Arc::new(server);
        let started = faces.into_iter().map(|shared| {
            let [client, public_client] = [0, 1].map(|at| shared.state().clients[at].clone());
            Self { _server: Arc::clone(&server), shared, client, public_client }
        });
        Ok(started.collect())
    }

    /// Returns the URL below which it is, as `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// Returns the URL to which the paths of the API's operations are appended.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.base_url(), self.shared.state().paths.root)
    }

    /// Returns the fields of a configuration that lead the provider's endpoints here, each with its value.
    pub fn endpoints(&self) -> Vec<(&'static str, String)> {
        let state = self.shared.state();
        let (base_url, paths, provider) = (self.base_url(), &state.paths, state.provider());
        let has_codes = provider.endpoints.device_authorization_url.is_some();
        let of_consent = |path: &EndpointPath| provider.has_consent().then(|| path.usual.clone());
        let paths = [
            ("authorize_url", of_consent(&paths.authorize)),
            ("token_url", of_consent(&paths.token)),
            (
                "device_authorization_url",
                paths.device.as_ref().filter(|_| has_codes).map(|it| it.usual.clone()),
            ),
            ("revoke_url", paths.revoke.as_ref().map(|it| it.usual.clone())),
            ("api_url", Some(paths.root.clone())),
        ];
        let stated = paths.into_iter().filter_map(|(name, path)| Some((name, path?)));
        let urls = stated.map(|(name, path)| (name, format!("{base_url}{path}")));
        let kinds = provider.kinds.service_account.as_ref().map(|_| {
            let urls = service_accounts::urls(&base_url);
            let urls = urls.map(|(field, url)| format!("{field}: \"{url}\""));
            ("kinds", format!("{{service_account: {{{}}}}}", urls.join(", ")))
        });
        urls.chain(kinds).collect()
    }

    /// Returns the names of the services that the provider has.
    pub fn services(&self) -> Vec<String> {
        self.shared.state().provider().services.keys().cloned().collect()
    }

    /// Returns the provider that it looks like.
    pub fn face(&self) -> &'static Face {
        self.shared.state().face()
    }

    /// Returns the client that has a secret. It is registered in every sandbox under the same id.
    pub fn client(&self) -> &RegisteredClient {
        &self.client
    }

    /// Returns the client that has none.
    pub fn public_client(&self) -> &RegisteredClient {
        &self.public_client
    }

    /// Returns the token of its app that no account consents to; it is the
    /// same in every sandbox, and opens nothing else.
    pub fn static_token(&self) -> Option<&'static str> {
        self.face().static_token
    }

    /// Returns the URL of the key of its service account and the number of that one's project, where the
    /// provider has such accounts; the key is the same in every sandbox, and opens nothing else.
    pub fn service_account(&self) -> Option<(String, &'static str)> {
        let state = self.shared.state();
        state.provider().kinds.service_account.as_ref()?;
        let url = format!("{}/sandbox/service_account.json", self.base_url());
        Some((url, service_accounts::own_key::PROJECT_NUMBER))
    }

    /// Returns whether accounts consent to it.
    pub fn has_consent(&self) -> bool {
        self.shared.state().provider().has_consent()
    }

    /// Returns a handle for changing and asking what the sandbox has in memory.
    pub fn control(&self) -> Control {
        Control::new(&self.shared)
    }
}
