//! OAuth 1.0a: asking for a token, consent, calls that are signed, and the end of the token.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use age::secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use xreq::model::access_level::AccessLevel;
use xreq::model::scope::ScopeSet;
use xreq::oauth::oauth1::{self, RequestSigner};
use xreq::sandbox::{Decision, IssuedOauth1Token, decide};

use super::*;
use crate::support::{Ran, machine};

/// A client that signs.
struct Signing<'a> {
    app: App<'a>,
    token: Option<(String, SecretString)>,
    /// The origin that is signed.
    origin: String,
}

impl<'a> Signing<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        Self { app: App::of(sandbox), token: None, origin: sandbox.base_url() }
    }

    fn with(sandbox: &'a Sandbox, pair: &IssuedOauth1Token) -> Self {
        let token = pair.token.expose_secret().to_owned();
        Self { token: Some((token, pair.secret.clone())), ..Self::new(sandbox) }
    }

    fn header(
        &self,
        method: &str,
        path: &str,
        form: Option<&str>,
        more: &[(&str, &str)],
    ) -> String {
        let nonce = format!("{}{path}{more:?}", unix_nanoseconds());
        self.header_at(method, path, form, more, &nonce, unix_seconds())
    }

    fn header_at(
        &self,
        method: &str,
        path: &str,
        form: Option<&str>,
        more: &[(&str, &str)],
        nonce: &str,
        timestamp: u64,
    ) -> String {
        let (key, secret) = self.app.sandbox.client().consumer().expect("it has consumer keys");
        let token = self.token.as_ref().map(|(token, secret)| (token.as_str(), secret));
        let signer = RequestSigner { consumer_key: key, consumer_secret: secret, token };
        let url = format!("{}{path}", self.origin);
        let request = oauth1::SignedRequest { method, url: &url, form: form.map(str::as_bytes) };
        signer.authorization(&request, more, nonce, timestamp).expect("it is a URL of HTTP")
    }

    fn send(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Response {
        let header = self.header(method, path, None, more);
        self.app.send(&Request::new(method, path).header("authorization", &header))
    }

    fn post_json(&self, path: &str, body: &serde_json::Value) -> Response {
        let header = self.header("POST", path, None, &[]);
        self.app.send(&Request::json("POST", path, body).header("authorization", &header))
    }

    /// Asks for a token, with which it signs from then on.
    fn ask(&mut self, callback: &str) -> String {
        let answer = self.send("POST", "/oauth/request_token", &[("oauth_callback", callback)]);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(field(&answer, "oauth_callback_confirmed"), "true");
        self.keep(&answer)
    }

    fn exchange(&mut self, verifier: &str) -> Response {
        let answer = self.send("POST", "/oauth/access_token", &[("oauth_verifier", verifier)]);
        if answer.status == 200 {
            self.keep(&answer);
        }
        answer
    }

    fn keep(&mut self, answer: &Response) -> String {
        let token = field(answer, "oauth_token");
        self.token = Some((token.clone(), field(answer, "oauth_token_secret").into()));
        token
    }

    fn authorize_url(&self, token: &str) -> String {
        format!("{}/oauth/authorize?oauth_token={token}", self.app.sandbox.base_url())
    }

    /// The answer to a decision on the consent page.
    fn decide(&self, token: &str, decision: &[(&str, &str)]) -> Response {
        let page = self.app.send(&Request::get(&format!("/oauth/authorize?oauth_token={token}")));
        assert_eq!(page.status, 200, "{page:?}");
        let form_token = page.body.split("name=\"form_token\" value=\"").nth(1);
        let form_token = form_token.and_then(|rest| rest.split('"').next()).expect("a form");
        let mut fields = vec![("oauth_token", token), ("form_token", form_token)];
        fields.extend(decision);
        self.app.send(&Request::form("/oauth/authorize", &fields))
    }
}

fn unix_nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_nanos()
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

/// A field of an answer that is a form.
fn field(answer: &Response, name: &str) -> String {
    let mut fields = form_urlencoded::parse(answer.body.as_bytes());
    let found = fields.find(|(found, _)| found == name);
    found.unwrap_or_else(|| panic!("no {name} in {answer:?}")).1.into_owned()
}

const ALLOW: [(&str, &str); 2] = [("account", "alice"), ("decision", "authorize")];

#[test]
fn a_token_is_granted_by_pin() {
    let sandbox = sandbox();
    let mut client = Signing::new(&sandbox);
    let token = client.ask("oob");
    let page = client.decide(&token, &ALLOW);
    let pin = page.body.split("<code>").nth(1).and_then(|rest| rest.split('<').next());
    let pin = pin.expect("the page shows a PIN").to_owned();
    assert!(pin.len() == 7 && pin.bytes().all(|b| b.is_ascii_digit()), "{pin}");
    let answer = client.exchange(&pin);
    assert_eq!(
        (field(&answer, "user_id"), field(&answer, "screen_name")),
        ("1001".into(), "alice".into())
    );
    assert!(field(&answer, "oauth_token").starts_with("1001-"));

    let verified = client.send("GET", "/1.1/account/verify_credentials.json", &[]);
    assert_eq!(verified.header("x-access-level"), Some("read-write-directmessages"));
    assert_eq!(verified.json()["id_str"], "1001");
    assert_eq!(client.send("GET", "/2/users/me", &[]).text("/data/username"), "alice");
    let posted = client.post_json("/2/tweets", &json!({"text": "signed"}));
    assert_eq!(posted.status, 201, "{posted:?}");
    assert_eq!(sandbox.control().posts()[0].author, "alice");

    let ended = client.send("POST", "/1.1/oauth/invalidate_token", &[]);
    assert_eq!(ended.status, 200, "{ended:?}");
    assert_eq!(client.send("GET", "/2/users/me", &[]).status, 401);
}

#[test]
fn a_token_is_granted_by_callback() {
    let sandbox = sandbox();
    let mut client = Signing::new(&sandbox);
    let callback = sandbox.client().redirect_uris[0].clone();
    let token = client.ask(&callback);
    let answer = client.decide(&token, &ALLOW);
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.header("location").is_some_and(|to| to.starts_with(&callback)));
    assert_eq!(returned(&answer, "oauth_token"), Some(token.clone()));
    let verifier = returned(&answer, "oauth_verifier").expect("the decision gives a verifier");
    assert_eq!(client.decide(&token, &ALLOW).status, 400, "a decision is made once");
    assert_eq!(client.exchange(&verifier).status, 200);

    let token = Signing::new(&sandbox).ask(&callback);
    let refused = client.decide(&token, &[("decision", "cancel")]);
    assert_eq!(returned(&refused, "denied"), Some(token.clone()));
    let page = client.app.send(&Request::get(&format!("/oauth/authorize?oauth_token={token}")));
    assert_eq!(page.status, 400);

    let mut client = Signing::new(&sandbox);
    let token = client.ask(&callback);
    client.decide(&token, &ALLOW);
    assert_eq!(client.exchange("another verifier").status, 401);
    assert_eq!(client.exchange("another verifier").status, 401, "a request token is good once");
}

#[test]
fn an_owner_without_a_browser_decides() {
    let sandbox = sandbox();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let callback = format!("http://{}/back", listener.local_addr().expect("it has an address"));
    sandbox.control().add_redirect_uri(&callback);
    // The client of `sandbox` is a copy: the one inside has the new URI.
    let mut client = Signing::new(&sandbox);
    let url = {
        let token = client.ask(&callback);
        client.authorize_url(&token)
    };
    let waiting = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().expect("the browser comes back");
        let mut asked = [0; 2_000];
        let read = stream.read(&mut asked).expect("it asks");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<title>Back</title>")
            .expect("it listens");
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    let bob = Decision::Grant { account: Some("bob".to_owned()), only: Vec::new() };
    let page = decide(&url, &bob).expect("the page takes the decision");
    assert_eq!(page.title.as_deref(), Some("Back"));
    let asked = waiting.join().expect("it does not panic");
    let verifier = asked.split("oauth_verifier=").nth(1).and_then(|rest| rest.split(' ').next());
    let answer = client.exchange(verifier.expect("the browser brings a verifier"));
    assert_eq!(field(&answer, "screen_name"), "bob");
}

#[test]
fn what_is_not_signed_so_is_refused() {
    let sandbox = sandbox();
    let pair = sandbox.control().issue_oauth1_token("alice", AccessLevel::Read);
    let client = Signing::with(&sandbox, &pair);
    let (path, now) = ("/1.1/account/verify_credentials.json", unix_seconds());
    let get = |header: &str| client.app.send(&Request::get(path).header("authorization", header));
    let code = |answer: &Response| answer.json()["errors"][0]["code"].clone();

    let header = client.header_at("GET", path, None, &[], "a nonce", now);
    assert_eq!(get(&header).status, 200);
    let again = get(&header);
    assert_eq!((again.status, code(&again)), (401, json!(32)), "a nonce is good once");

    let old = get(&client.header_at("GET", path, None, &[], "b", now - 400));
    assert_eq!((old.status, code(&old)), (401, json!(135)));
    let other = get(&client.header_at("POST", path, None, &[], "c", now));
    assert_eq!((other.status, code(&other)), (401, json!(32)));
    let unsigned = client.app.send(&Request::get(path));
    assert_eq!((unsigned.status, code(&unsigned)), (400, json!(215)));

    let unknown = Signing {
        token: Some(("1001-unknown".to_owned(), pair.secret.clone())),
        ..Signing::new(&sandbox)
    };
    let unknown = unknown.send("GET", path, &[]);
    assert_eq!((unknown.status, code(&unknown)), (401, json!(89)));
    let asked = Signing::new(&sandbox).send("POST", "/oauth/request_token", &[]);
    assert_eq!((asked.status, code(&asked)), (403, json!(415)), "a callback is required");
    let foreign = [("oauth_callback", "https://elsewhere.example/")];
    let asked = Signing::new(&sandbox).send("POST", "/oauth/request_token", &foreign);
    assert_eq!((asked.status, code(&asked)), (403, json!(415)));

    sandbox.control().revoke_by_user("alice");
    assert_eq!(client.send("GET", path, &[]).status, 401);
    let noted = sandbox.control().log();
    let key = sandbox.client().consumer().expect("it has consumer keys").0;
    assert!(noted.iter().filter(|noted| noted.client_id.as_deref() == Some(key)).count() > 5);
    let noted = serde_json::to_string(&noted).expect("it is JSON");
    assert!(!noted.contains(pair.token.expose_secret()), "the log has a token");
}

#[test]
fn a_level_bounds_what_a_token_may_do() {
    let sandbox = sandbox();
    for (level, may_post, may_send) in [
        (AccessLevel::Read, 403, 403),
        (AccessLevel::ReadWrite, 201, 403),
        (AccessLevel::ReadWriteDirectMessages, 201, 201),
    ] {
        let client = Signing::with(&sandbox, &sandbox.control().issue_oauth1_token("alice", level));
        assert_eq!(client.send("GET", "/2/users/me", &[]).status, 200);
        assert_eq!(client.post_json("/2/tweets", &json!({"text": "signed"})).status, may_post);
        let path = "/2/dm_conversations/with/1002/messages";
        let sent = client.post_json(path, &json!({"text": "signed"}));
        assert_eq!(sent.status, may_send, "{sent:?}");
        if may_send == 403 {
            assert!(sent.text("/type").ends_with("/oauth1-permissions"), "{sent:?}");
        }
        let verified = client.send("GET", "/1.1/account/verify_credentials.json", &[]);
        assert_eq!(verified.header("x-access-level"), Some(level.name()));
        // No operation that wants a token of OAuth 2.0 takes a signature.
        let bookmarks = client.post_json("/2/users/1001/bookmarks", &json!({"tweet_id": "1"}));
        assert_eq!(bookmarks.json()["title"], "Unsupported Authentication", "{bookmarks:?}");
    }
    let narrow = [("oauth_callback", "oob"), ("x_auth_access_type", "read")];
    let mut client = Signing::new(&sandbox);
    let answer = client.send("POST", "/oauth/request_token", &narrow);
    let token = client.keep(&answer);
    let page = client.app.send(&Request::get(&format!("/oauth/authorize?oauth_token={token}")));
    assert!(page.body.contains("read what you can read") && !page.body.contains("direct messages"));
}

#[test]
fn a_form_is_signed_and_json_is_not() {
    let sandbox = sandbox();
    let pair = sandbox.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let client =
        Signing { origin: "https://api.twitter.com".to_owned(), ..Signing::with(&sandbox, &pair) };
    let path = "/1.1/oauth/invalidate_token.json?a=1";
    let form = encoded(&[("b c", "d+é")]);
    let send = |form: &str, signed: Option<&str>| {
        let header = client.header("POST", path, signed, &[]);
        let request = Request::new("POST", path).header("authorization", &header);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        client.app.send(&request.body(form)).status
    };
    assert_eq!(send(&form, None), 401);
    assert_eq!(send("b+c=e", Some(&form)), 401);
    assert_eq!(send(&form, Some(&form)), 200);
}

#[test]
fn tweepy_signs_what_the_sandbox_takes() {
    let python = machine::python();
    let mut probe = Command::new(&python);
    probe.args(["-c", "import tweepy"]).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return machine::skips("there is no Python with tweepy here");
    }
    let sandbox = sandbox();
    let (key, secret) = sandbox.client().consumer().expect("it has consumer keys");
    let input = json!({"consumer_key": key, "consumer_secret": secret.expose_secret()});
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/signing_clients.py");
    let mut command = Command::new(python);
    command.args(["-B", script, &sandbox.base_url()]);
    Ran::with_input(&mut command, input.to_string().as_bytes()).succeeds();
    let posts = sandbox.control().posts();
    assert_eq!(posts[0].text, "signed by tweepy: a+b & ü");
    // A bearer token goes on working beside it.
    let scopes = ScopeSet::parse(SCOPES);
    let issued = sandbox.control().issue_grant("alice", &scopes);
    assert_eq!(App::of(&sandbox).me(issued.access_token.expose_secret()), 200);
}
