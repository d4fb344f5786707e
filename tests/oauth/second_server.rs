//! Other authorization servers, which nobody here wrote: `oidc-provider` for Node, a certified one, and
//! `django-oauth-toolkit`, which reads requests for tokens as JSON if it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::http::{Request, Response};
use crate::support::provider::{Connecting, free_redirect_uri, split};
use crate::support::{Home, Ran, machine, node};

const CLIENT_ID: &str = "an-app";
const CLIENT_SECRET: &str = "not-a-secret";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The server, until this is dropped.
struct Server {
    process: Child,
    base_url: String,
    body: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts the certified one with one client; `None` where it is not installed.
    fn certified(redirect_uri: &str) -> Option<Self> {
        node::installed("oidc-provider/package.json")?;
        let client = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/authorization_server.mjs");
        let mut command = Command::new("node");
        Some(Self::start(command.arg(script).arg(client.to_string()), "form"))
    }

    /// Starts the one that reads JSON, with the same client.
    fn of_json(redirect_uri: &str) -> Option<Self> {
        let python = machine::python();
        let mut probe = Command::new(&python);
        if !Ran::of(probe.args(["-c", "import oauth2_provider"])).status.success() {
            machine::skips("there is no Python with django-oauth-toolkit: run tests/python/setup");
            return None;
        }
        let client =
            json!({"id": CLIENT_ID, "secret": CLIENT_SECRET, "redirect_uri": redirect_uri});
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/json_server.py");
        let mut command = Command::new(python);
        Some(Self::start(command.arg("-B").arg(script).arg(client.to_string()), "json"))
    }

    fn start(command: &mut Command, body: &'static str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("it starts");
        let mut base_url = String::new();
        let mut lines = BufReader::new(process.stdout.take().expect("it is a pipe"));
        lines.read_line(&mut base_url).expect("it says where it is");
        let base_url = base_url.trim().to_owned();
        assert!(base_url.starts_with("http://"), "it does not start");
        Self { process, base_url, body }
    }

    /// Asks for consent as a browser does, and gives where that sends the browser back to.
    fn consents(&self, url: &str) -> String {
        let mut browser = Browser::default();
        let mut url = url.to_owned();
        while url.starts_with(&self.base_url) {
            let (base, path) = split(&url);
            let answer = browser.sends(Request::get(path), base);
            let next = answer.header("location");
            next.unwrap_or_else(|| panic!("it does not consent: {answer:?}")).clone_into(&mut url);
        }
        url
    }

    /// Types the code that an address has, as a browser does, and allows what it is for.
    fn allows(&self, url: &str) {
        let mut browser = Browser::default();
        let (base, path) = (self.base_url.as_str(), split(url).1);
        let page = browser.sends(Request::get(path), base);
        let hidden = |name: &str| {
            let input = page.body.split("<input").find(|it| it.contains(&format!("\"{name}\"")));
            let value = input.and_then(|it| it.split_once("value=\"")).map(|(_, rest)| rest);
            value.and_then(|it| it.split('"').next()).unwrap_or_else(|| panic!("{page:?}"))
        };
        let code = path.split_once("user_code=").expect("it has a code").1;
        let fields = [("xsrf", hidden("xsrf")), ("user_code", code), ("confirm", "yes")];
        let mut answer = browser.sends(Request::form("/device", &fields), base);
        while let Some(next) = answer.header("location").map(str::to_owned) {
            let path = next.strip_prefix(base).unwrap_or(&next);
            answer = browser.sends(Request::get(path), base);
        }
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn provider_file(&self) -> String {
        let Self { base_url: base, body, .. } = self;
        format!(
            "provider: other
title: The other server
env_prefix: OTHER
endpoints:
  authorize_url: {base}/auth
  token_url: {base}/token
  device_authorization_url: {base}/device/auth
  revoke_url: {base}/token/revocation
  api_url: {base}
client_authentication:
  confidential: client_secret_basic
token: {{body: {body}}}
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
        let request = match self.body {
            "json" => Request::json("POST", "/token", &json!(BTreeMap::from(form))),
            _ => Request::form("/token", &form),
        };
        let request = request.header("authorization", &format!("Basic {basic}"));
        let answer = request.send(&self.base_url).expect("it answers");
        (answer.status, answer.json())
    }
}

/// What a browser remembers.
#[derive(Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn sends(&mut self, request: Request, base_url: &str) -> Response {
        let cookies: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", &cookies.join("; ")).send(base_url);
        let answer = answer.expect("the server answers");
        for cookie in answer.headers("set-cookie") {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie has a value");
            self.0.insert(name.to_owned(), value.to_owned());
        }
        answer
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
    let Some(server) = Server::certified(&redirect_uri) else { return };
    lives(&server, &redirect_uri);
}

#[test]
fn a_server_that_reads_json_alone_is_connected_refreshed_and_revoked() {
    let redirect_uri = free_redirect_uri();
    let Some(server) = Server::of_json(&redirect_uri) else { return };
    lives(&server, &redirect_uri);
}

#[test]
fn another_server_is_connected_by_a_code_that_is_typed_elsewhere() {
    let redirect_uri = free_redirect_uri();
    let Some(server) = Server::certified(&redirect_uri) else { return };
    let home = home(&server, &redirect_uri);
    let mut command = home.command();
    command.args([
        "connect",
        "other",
        "--device",
        "--expect",
        "test@example.com",
        "--timeout",
        "1m",
    ]);
    let connecting = Connecting::run(command.env("BROWSER", "/bin/false"));
    server.allows(&connecting.url);
    connecting.end().succeeds().prints("connected other (default) as @test@example.com");
    let first = token(&home);
    assert!(server.knows(&first));
    home.xreq(&["refresh", "other", "--force"]).succeeds().prints("is refreshed");
    assert!(server.knows(&token(&home)) && token(&home) != first);
}

/// An account is connected, refreshed, and revoked; then connected again, and refreshed by somebody else,
/// too.
fn lives(server: &Server, redirect_uri: &str) {
    let home = home(server, redirect_uri);
    connect(&home, server);
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

    connect(&home, server);
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
    let Some(server) = Server::certified(&redirect_uri) else { return };
    let home = home(&server, &redirect_uri);
    let response = json!({
        "access_token": "at", "refresh_token": "never-issued", "expires_in": 1,
        "scope": "openid profile email", "token_type": "Bearer",
    });
    home.xreq_with(&["import", "other"], response.to_string()).succeeds();
    let ran = home.xreq(&["refresh", "other", "--force"]).exits(1);
    ran.complains("error[reconnect_required]").complains("xreq connect other");
}
