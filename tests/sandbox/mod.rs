//! The sandbox, through HTTP: what a client and an account's owner meet.

mod api;
mod commands;
mod consent;
pub mod faces;
mod faults;
mod libraries;
mod oauth1;
mod remote;
mod service_accounts;
mod tokens;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use xreq::sandbox::{Options, RegisteredClient, Sandbox};

use crate::support::http::{Request, Response};

/// A verifier of PKCE, and the scopes that most tests ask for.
const VERIFIER: &str = "a-verifier-that-has-its-forty-three-characters";
const SCOPES: &str = "tweet.read users.read tweet.write offline.access";

fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).expect("the loopback interface has a free port")
}

fn sandbox_with(change: impl FnOnce(&mut Options)) -> Sandbox {
    let mut options = Options::default();
    change(&mut options);
    Sandbox::start(options).expect("the loopback interface has a free port")
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The header by which a confidential client proves itself.
fn basic(client: &RegisteredClient) -> String {
    let encoded = |text: &str| encoded(&[(text, "")]).trim_end_matches('=').to_owned();
    let secret = client.secret().expect("it is confidential");
    let both = format!("{}:{}", encoded(&client.client_id), encoded(secret));
    format!("Basic {}", STANDARD.encode(both))
}

/// What a client with a good memory does: asks for consent, gets it, and exchanges the code.
struct App<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> App<'a> {
    fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    fn send(&self, request: &Request) -> Response {
        request.send(&self.sandbox.base_url()).expect("the sandbox answers")
    }

    /// The parameters of a request for consent.
    fn asking(&self, scopes: &str) -> Vec<(&'static str, String)> {
        let client = self.sandbox.client();
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", client.client_id.clone()),
            ("redirect_uri", client.redirect_uris[0].clone()),
            ("scope", scopes.to_owned()),
            ("state", "a state".to_owned()),
            ("code_challenge", challenge()),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    /// The consent page, or what comes in its place.
    fn page(&self, asked: &[(&str, String)]) -> Response {
        let url = self.authorize_url(asked);
        let path = url.strip_prefix(&self.sandbox.base_url()).expect("a URL of the sandbox");
        self.send(&Request::get(path))
    }

    /// The decision of an account's owner, whose answer redirects.
    fn decide(&self, asked: &[(&str, String)], decision: &[(&str, &str)]) -> Response {
        let page = self.page(asked);
        let token = page.body.split("name=\"form_token\" value=\"").nth(1);
        let token = token.and_then(|rest| rest.split('"').next()).expect("the page has a form");
        let mut fields: Vec<_> =
            asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.push(("form_token", token));
        fields.extend(decision);
        self.send(&Request::form("/i/oauth2/authorize", &fields))
    }

    /// An authorization code of alice's for these scopes.
    fn code(&self, scopes: &str) -> String {
        let mut decision = vec![("account", "alice"), ("decision", "authorize")];
        decision.extend(scopes.split(' ').map(|scope| ("granted", scope)));
        let answer = self.decide(&self.asking(scopes), &decision);
        returned(&answer, "code").expect("the decision gives a code")
    }

    /// The URL of a request for consent.
    fn authorize_url(&self, asked: &[(&str, String)]) -> String {
        let asked: Vec<_> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("{}/i/oauth2/authorize?{}", self.sandbox.base_url(), encoded(&asked))
    }

    /// A request of the token endpoint, with the client's Basic authentication.
    fn token(&self, fields: &[(&str, &str)]) -> Request {
        Request::form("/2/oauth2/token", fields)
            .header("authorization", &basic(self.sandbox.client()))
    }

    fn exchanging(&self, code: &str) -> Request {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.sandbox.client().redirect_uris[0]),
            ("code_verifier", VERIFIER),
        ])
    }

    fn refreshing(&self, token: &str) -> Request {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn exchange(&self, code: &str) -> Response {
        self.send(&self.exchanging(code))
    }

    fn refresh(&self, token: &str) -> Response {
        self.send(&self.refreshing(token))
    }

    /// The tokens of a whole flow.
    fn connect(&self, scopes: &str) -> Response {
        let answer = self.exchange(&self.code(scopes));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// The status of a look-up with this token.
    fn me(&self, token: &str) -> u16 {
        self.send(&Request::get("/2/users/me").bearer(token)).status
    }
}

/// A parameter of the URL that an answer redirects to.
fn returned(answer: &Response, name: &str) -> Option<String> {
    assert_eq!(answer.status, 303, "{answer:?}");
    let (_, query) = answer.header("location")?.split_once('?')?;
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name);
    found.next().map(|(_, value)| value.into_owned())
}
