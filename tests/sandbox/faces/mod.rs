//! The faces of the sandbox beside X's.

mod discord;
mod gcp;
mod github;
mod google;
mod linkedin;
mod microsoft;
mod notion;
mod reddit;
mod several;

use xreq::sandbox::{Decision, Endpoint, Face, GrantState, LogEntry, Options, Sandbox, decide};

use crate::support::http::Request;
use crate::support::provider::{Connecting, free_redirect_uri};
use crate::support::{Home, Ran};

/// A sandbox with a face, and a home that knows it.
pub struct Faced {
    pub provider: &'static str,
    pub home: Home,
    pub sandbox: Sandbox,
}

impl Faced {
    pub fn new(provider: &'static str, manifest: &str) -> Self {
        let face = Face::of(provider).expect("there is such a face");
        let sandbox = Sandbox::start(Options::of(face));
        let sandbox = sandbox.expect("the loopback interface has a free port");
        let home = Home::with_manifest(manifest);
        let urls =
            sandbox.endpoints().into_iter().map(|(name, url)| format!("    {name}: {url}\n"));
        let urls = urls.collect::<Vec<_>>().concat();
        home.write("home/config.yaml", format!("providers:\n  {provider}:\n{urls}"));
        if !sandbox.has_consent() {
            return Self { provider, home, sandbox };
        }
        let uri = free_redirect_uri();
        sandbox.control().add_redirect_uri(uri.clone());
        let client = sandbox.client();
        let args = ["client", "set", provider, "--id", &client.client_id, "--redirect-uri", &uri];
        home.xreq_with(&args, client.secret().expect("it has one")).succeeds();
        Self { provider, home, sandbox }
    }

    /// Connects where the account's owner grants these scopes alone; all of them, where none is named.
    fn connect(&self, only: &[&str]) -> Ran {
        let connecting = Connecting::to(self.provider, &self.home, &["--expect", "@alice"]);
        let only = only.iter().map(|scope| (*scope).to_owned()).collect();
        let decision = Decision::Grant { account: Some("alice".to_owned()), only };
        decide(&connecting.url, &decision).expect("the owner decides");
        connecting.end()
    }

    /// Connects where alice grants all.
    pub fn connected(provider: &'static str, manifest: &str) -> Self {
        let faced = Self::new(provider, manifest);
        faced.connect(&[]).succeeds();
        faced
    }

    /// What an agent gets in a variable.
    fn agent_gets(&self, variable: &str) -> String {
        let ran = self.home.xreq(&["run", "--", "printenv", variable]).succeeds();
        ran.stdout.trim().to_owned()
    }

    /// The answer to a request with a token, as JSON.
    fn asks(&self, path: &str, authorization: &str) -> (u16, serde_json::Value) {
        let request = Request::get(path).header("authorization", authorization);
        let answer = request.send(&self.sandbox.base_url()).expect("the sandbox answers");
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    /// The grants of alice, the newest last.
    fn grants(&self) -> Vec<GrantState> {
        self.sandbox.control().grants("alice")
    }

    /// The requests of an endpoint.
    fn requests(&self, endpoint: Endpoint) -> Vec<LogEntry> {
        let log = self.sandbox.control().log().into_iter();
        log.filter(|request| request.endpoint == endpoint).collect()
    }

    /// Stores the token of the app that no account consents to.
    pub fn import_static(&self) -> Ran {
        let token = self.sandbox.static_token().expect("the face has one");
        self.home.xreq_with(&["import", self.provider, "--kind", "static"], token)
    }

    /// Stores the key of the sandbox's service account, from a file.
    pub fn import_key(&self) -> Ran {
        let (url, number) = self.sandbox.service_account().expect("the face has one");
        let path = url.strip_prefix(&self.sandbox.base_url()).expect("it is the sandbox's");
        let key = Request::get(path).send(&self.sandbox.base_url()).expect("it answers");
        self.home.write("key.json", key.body);
        let import = ["import", self.provider, "--kind", "service_account"];
        self.home.xreq(&[&import[..], &["--project-number", number, "key.json"]].concat())
    }

    fn status(&self) -> serde_json::Value {
        self.home.xreq(&["status", "--format", "json"]).json()
    }
}

#[test]
fn a_face_that_is_not_there_is_refused() {
    let ran = Home::empty().xreq(&["sandbox", "--provider", "acme"]).exits(2);
    ran.complains("the sandbox looks like x, discord, gcp, github, google, linkedin, microsoft, notion, reddit, slack alone");
}
