//! The faces of the sandbox beside X's.

use xreq::sandbox::{Decision, Face, Options, Sandbox, decide};

use crate::support::provider::{Connecting, free_redirect_uri};
use crate::support::{Home, Ran};

/// A sandbox with a face, and a home that knows it.
struct Faced {
    provider: &'static str,
    home: Home,
    sandbox: Sandbox,
}

impl Faced {
    fn new(provider: &'static str, manifest: &str) -> Self {
        let face = Face::of(provider).expect("there is such a face");
        let sandbox = Sandbox::start(Options { face, ..Options::default() });
        let sandbox = sandbox.expect("the loopback interface has a free port");
        let home = Home::with_manifest(manifest);
        let urls =
            sandbox.endpoints().into_iter().map(|(name, url)| format!("    {name}: {url}\n"));
        let urls = urls.collect::<Vec<_>>().concat();
        home.write("home/config.yaml", format!("providers:\n  {provider}:\n{urls}"));
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

    fn status(&self) -> serde_json::Value {
        self.home.xreq(&["status", "--format", "json"]).json()
    }
}

const SEND: &str = "https://www.googleapis.com/auth/gmail.send";
const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

#[test]
fn google_grants_what_was_ticked_and_merges_the_rest() {
    let faced = Faced::new("google", "integrations: [google.gmail.send, google.calendar]\n");
    faced.connect(&["openid", EMAIL, SEND]).exits(1).complains("auth/calendar");
    faced.home.xreq(&["check"]).exits(1);
    faced.connect(&[]).succeeds();
    faced.home.xreq(&["check"]).succeeds();
    // A refresh token stays, and is used again.
    for _ in 0..2 {
        faced.home.xreq(&["refresh", "google", "--force"]).succeeds();
    }
    let grant = &faced.sandbox.control().grants("alice")[1];
    assert_eq!((grant.refreshes, grant.refreshable), (2, true));
    faced.home.xreq(&["run", "--", "printenv", "GOOGLE_OAUTH_ACCESS_TOKEN"]).succeeds();
    faced.home.xreq(&["disconnect", "google"]).succeeds();
    assert_eq!(faced.sandbox.control().grants("alice")[1].access_tokens, 0);
}

#[test]
fn google_gives_no_refresh_token_unless_it_is_asked_for() {
    let faced = Faced::new("google", "integrations: [google.gmail.send]\n");
    let url = {
        let connecting = Connecting::to("google", &faced.home, &["--expect", "@alice"]);
        connecting.url.clone()
    };
    let asked = |url: &str| {
        let decision = Decision::Grant { account: Some("alice".to_owned()), only: Vec::new() };
        // Nobody listens any more: the decision is what counts.
        let _ = decide(url, &decision);
    };
    assert!(url.contains("access_type=offline") && url.contains("prompt=consent"), "{url}");
    asked(&url.replace("access_type=offline", "access_type=online"));
    faced.connect(&[]).succeeds();
    assert!(faced.status().to_string().contains("\"refreshable\":true"), "{}", faced.status());
}

#[test]
fn github_leaves_included_scopes_out_and_tokens_do_not_expire() {
    let faced = Faced::new(
        "github",
        "integrations: [github.repo.read, github.public.write, github.gist.write]\n",
    );
    faced.connect(&[]).succeeds().prints("gist").prints("repo");
    faced.home.xreq(&["check"]).succeeds();
    assert_eq!(faced.status()["accounts"][0]["scopes"], serde_json::json!(["gist", "repo"]));
    faced.home.xreq(&["run", "--", "printenv", "GITHUB_ACCESS_TOKEN"]).succeeds();
    // Several tokens of one account live beside one another.
    faced.connect(&[]).succeeds();
    let alive = |faced: &Faced| {
        let grants = faced.sandbox.control().grants("alice");
        grants.iter().filter(|grant| grant.access_tokens > 0).count()
    };
    assert_eq!(alive(&faced), 2);
    faced.home.xreq(&["disconnect", "github"]).succeeds();
    assert_eq!(alive(&faced), 1);
}

#[test]
fn a_face_that_is_not_there_is_refused() {
    let ran = Home::empty().xreq(&["sandbox", "--provider", "acme"]).exits(2);
    ran.complains("the sandbox looks like x, github, google alone");
}
