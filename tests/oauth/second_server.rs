//! A second authorization server, which nobody here wrote: `oidc-provider` for Node, a certified one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::provider::{Connecting, free_redirect_uri, split};
use crate::support::{Home, node};

const CLIENT_ID: &str = "an-app";
const CLIENT_SECRET: &str = "not-a-secret";

/// The server, until this is dropped.
struct Server {
    process: Child,
    base_url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts it with one client; `None` where it is not installed.
    fn start(redirect_uri: &str) -> Option<Self> {
        node::installed("oidc-provider/package.json")?;
        let client = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/authorization_server.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(client.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("node starts");
        let mut base_url = String::new();
        let mut lines = BufReader::new(process.stdout.take().expect("it is a pipe"));
        lines.read_line(&mut base_url).expect("it says where it is");
        let base_url = base_url.trim().to_owned();
        assert!(base_url.starts_with("http://"), "it does not start");
        Some(Self { process, base_url })
    }

    /// Asks for consent as a browser does, and gives where that sends the browser back to.
    fn consents(&self, url: &str) -> String {
        let mut cookies = BTreeMap::new();
        let mut url = url.to_owned();
        while url.starts_with(&self.base_url) {
            let (base, path) = split(&url);
            let sent: Vec<_> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = Request::get(path).header("cookie", &sent.join("; ")).send(base);
            let answer = answer.expect("the server answers");
            for cookie in answer.headers("set-cookie") {
                let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
                let (name, value) = pair.expect("a cookie has a value");
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let next = answer.header("location");
            next.unwrap_or_else(|| panic!("it does not consent: {answer:?}")).clone_into(&mut url);
        }
        url
    }

    fn provider_file(&self) -> String {
        let base = &self.base_url;
        format!(
            "provider: other
title: The other server
env_prefix: OTHER
endpoints:
  authorize_url: {base}/auth
  token_url: {base}/token
  revoke_url: {base}/token/revocation
  api_url: {base}
client_authentication:
  confidential: client_secret_basic
pkce: S256
redirect_uri: http://127.0.0.1:8080/callback
offline_scope: offline_access
account:
  path: /me
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
        let answer = Request::get("/me").bearer(token).send(&self.base_url);
        answer.expect("the server answers").status == 200
    }

    fn refresh(&self, token: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let basic = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        let request =
            Request::form("/token", &form).header("authorization", &format!("Basic {basic}"));
        let answer = request.send(&self.base_url).expect("it answers");
        (answer.status, answer.json())
    }
}

/// The refresh token that is stored.
fn refresh_token(home: &Home) -> String {
    use age::secrecy::ExposeSecret;
    use xreq::store::{self, FolderStore, Identities, Nobody};

    let store = FolderStore::new(store::Home::at(home.store()));
    let identities = Identities::load(store.home(), &xreq::sys::env::Env::default(), &Nobody);
    let identities = identities.expect("the home was initialised");
    let provider = "other".parse().expect("a slug");
    let id = xreq::store::CredentialId::grant(provider, xreq::model::name::Label::default());
    let sealed = store.grant(&id).expect("readable").expect("it is stored");
    let grant = sealed.unseal(&identities).expect("it is ours");
    grant.refresh_token.expect("there is one").expose_secret().to_owned()
}

/// A home with that client, and the manifest of an app that wants to read the profile.
fn home(server: &Server, redirect_uri: &str) -> Home {
    let home = Home::with_manifest("integrations: [other.profile.read]\n");
    home.write("home/providers/other.yaml", server.provider_file());
    let args = ["client", "set", "other", "--id", CLIENT_ID, "--redirect-uri", redirect_uri];
    home.xreq_with(&args, CLIENT_SECRET).succeeds();
    home
}

fn connect(home: &Home, server: &Server) {
    let connecting = Connecting::to("other", home, &["--expect", "test@example.com"]);
    let page = connecting.comes_back(&server.consents(&connecting.url));
    assert!(page.contains("test@example.com"), "{page}");
    connecting.end().succeeds().prints("connected other (default) as @test@example.com");
}

fn token(home: &Home) -> String {
    home.xreq(&["token", "other"]).succeeds().stdout.trim().to_owned()
}

#[test]
fn another_server_is_connected_refreshed_and_revoked() {
    let redirect_uri = free_redirect_uri();
    let Some(server) = Server::start(&redirect_uri) else { return };
    let home = home(&server, &redirect_uri);
    connect(&home, &server);
    let first = token(&home);
    assert!(server.knows(&first));
    let script = "printf %s \"$OTHER_ACCESS_TOKEN\"";
    assert_eq!(home.xreq(&["run", "--", "sh", "-c", script]).succeeds().stdout, first);

    let spent = refresh_token(&home);
    home.xreq(&["refresh", "other", "--force"]).succeeds().prints("is refreshed");
    let (second, live) = (token(&home), refresh_token(&home));
    assert!(first != second && server.knows(&second) && spent != live);
    home.xreq(&["disconnect", "other"]).succeeds();
    assert!(!server.knows(&second), "the access token is revoked");
    assert_eq!(server.refresh(&live).0, 400, "and so is the refresh token");

    connect(&home, &server);
    let spent = refresh_token(&home);
    home.xreq(&["refresh", "other", "--force"]).succeeds().prints("is refreshed");
    assert!(server.knows(&token(&home)));
    let (status, answer) = server.refresh(&spent);
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "it is spent");
    let ran = home.xreq(&["refresh", "other", "--force"]).exits(1);
    ran.complains("error[reconnect_required]").complains("xreq connect other");
}

#[test]
fn a_replay_that_another_server_refuses_asks_for_a_new_consent() {
    let redirect_uri = free_redirect_uri();
    let Some(server) = Server::start(&redirect_uri) else { return };
    let home = home(&server, &redirect_uri);
    let response = json!({
        "access_token": "at", "refresh_token": "never-issued", "expires_in": 1,
        "scope": "openid profile email", "token_type": "Bearer",
    });
    home.xreq_with(&["import", "other"], response.to_string()).succeeds();
    let ran = home.xreq(&["refresh", "other", "--force"]).exits(1);
    ran.complains("error[reconnect_required]").complains("xreq connect other");
}
