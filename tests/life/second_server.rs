//! A second authorization server, which nobody here wrote, used as it is.

use std::net::SocketAddr;
use std::thread;

use oauth2_test_server::{AppState, IssuerConfig};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::support::Home;
use crate::support::http::Request;
use crate::support::provider::{Connecting, free_redirect_uri, split};

/// The server, until this is dropped.
struct Server {
    base_url: String,
    client_id: String,
    client_secret: String,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Starts it with one client. (Its token endpoint checks no secret: what is sent is seen in the
    /// tests of the sandbox.)
    fn start(redirect_uri: &str) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let metadata = json!({
            "redirect_uris": [redirect_uri],
            "scope": "openid profile email offline_access",
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let state = AppState::new(IssuerConfig::default());
                let client = state.register_client(metadata).await.expect("it is registered");
                let (address, _) = state.start().await;
                tell.send((address, client)).expect("the test waits");
                let _ = stopped.await;
            });
        });
        let (address, client): (SocketAddr, _) = told.recv().expect("the server starts");
        Self {
            base_url: format!("http://{address}"),
            client_id: client.client_id,
            client_secret: client.client_secret.unwrap_or_else(|| "unused".to_owned()),
            _stop: stop,
        }
    }

    fn provider_file(&self) -> String {
        let base = &self.base_url;
        format!(
            "provider: other
title: The other server
env_prefix: OTHER
endpoints:
  authorize_url: {base}/authorize
  token_url: {base}/token
  revoke_url: {base}/revoke
  api_url: {base}
client_authentication:
  confidential: client_secret_basic
pkce: S256
redirect_uri: http://127.0.0.1:8080/callback
offline_scope: offline_access
account:
  path: /userinfo
  id: /sub
  handle: /email
quirks:
  rotates_refresh_tokens: true
scopes:
  openid: Know who the account is
  profile: Read its profile
  email: Read its address
  offline_access: Stay connected
capabilities:
  other.profile.read:
    title: Read the profile
    allows: read the profile
    published: [openid, profile, email]
"
        )
    }

    /// Whether a token is good, as the server itself says.
    fn knows(&self, token: &str) -> bool {
        let answer = Request::get("/userinfo").bearer(token).send(&self.base_url);
        answer.expect("the server answers").status == 200
    }

    fn refresh(&self, token: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let answer = Request::form("/token", &form).send(&self.base_url).expect("it answers");
        (answer.status, answer.json())
    }
}

/// The refresh token that is stored.
fn refresh_token(home: &Home) -> String {
    use age::secrecy::ExposeSecret;
    use xreq::store::{self, Identities, Nobody, Store};

    let store = Store::new(store::Home::at(home.store()));
    let identities = Identities::load(store.home(), &xreq::sys::env::Env::default(), &Nobody);
    let identities = identities.expect("the home was initialised");
    let (provider, account) =
        ("other".parse().expect("a slug"), xreq::model::name::Label::default());
    let sealed = store.grant(&provider, &account).expect("readable").expect("it is stored");
    let grant = sealed.unseal(&identities).expect("it is ours");
    grant.refresh_token.expect("there is one").expose_secret().to_owned()
}

#[test]
fn another_server_is_connected_refreshed_and_revoked() {
    let redirect_uri = free_redirect_uri();
    let server = Server::start(&redirect_uri);
    let home = Home::with_manifest("integrations: [other.profile.read]\n");
    home.write("home/providers/other.yaml", server.provider_file());
    let id = server.client_id.as_str();
    let args = ["client", "set", "other", "--id", id, "--redirect-uri", &redirect_uri];
    home.xreq_with(&args, &server.client_secret).succeeds();

    let connecting = Connecting::to("other", &home, &["--expect", "test@example.com"]);
    let (base, path) = split(&connecting.url);
    let consent = Request::get(path).send(base).expect("the server answers");
    let back = consent.header("location").expect("it consents at once").to_owned();
    let page = connecting.comes_back(&back);
    assert!(page.contains("test@example.com"), "{page}");
    connecting.end().succeeds().prints("connected other (default) as @test@example.com");

    let token = || home.xreq(&["token", "other"]).succeeds().stdout.trim().to_owned();
    let first = token();
    assert!(server.knows(&first));
    let script = "printf %s \"$OTHER_ACCESS_TOKEN\"";
    assert_eq!(home.xreq(&["run", "--", "sh", "-c", script]).succeeds().stdout, first);

    let spent = refresh_token(&home);
    home.xreq(&["refresh", "other", "--force"]).succeeds().prints("is refreshed");
    let (second, live) = (token(), refresh_token(&home));
    assert!(first != second && server.knows(&second) && spent != live);
    assert_eq!(server.refresh(&spent).0, 400, "a spent refresh token is no good there either");

    home.xreq(&["disconnect", "other"]).succeeds();
    assert!(!server.knows(&second), "the access token is revoked");
    assert_eq!(server.refresh(&live).0, 400, "and so is the refresh token");
}

#[test]
fn a_replay_that_another_server_refuses_asks_for_a_new_consent() {
    let redirect_uri = free_redirect_uri();
    let server = Server::start(&redirect_uri);
    let home = Home::with_manifest("integrations: [other.profile.read]\n");
    home.write("home/providers/other.yaml", server.provider_file());
    let response = json!({
        "access_token": "at", "refresh_token": "never-issued", "expires_in": 1,
        "scope": "openid profile email", "token_type": "Bearer",
    });
    home.xreq_with(&["import", "other"], response.to_string()).succeeds();
    let args = ["client", "set", "other", "--id", &server.client_id];
    home.xreq_with(&args, &server.client_secret).succeeds();
    let ran = home.xreq(&["refresh", "other", "--force"]).exits(1);
    ran.complains("error[reconnect_required]").complains("xreq connect other");
}
