//! An answer of a token endpoint: tokens, or a failure that shows no secret.
//!
//! An input has a status, headers, an empty line, and the body:
//!
//! ```text
//! 400
//! Retry-After: 5
//!
//! {"error": "invalid_grant"}
//! ```

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde_json::Value;
use xreq::catalog::Catalog;
use xreq::credential::origins::Origins;
use xreq::http::client::{Answer, Http};
use xreq::model::scope::ScopeSet;
use xreq::oauth::client::Client;
use xreq::oauth::token::endpoint::TokenEndpoint;
use xreq::oauth::token::failure::RequestFailure;
use xreq::oauth::token::issue;
use xreq::oauth::token::response::TokenResponse;
use xreq::store::{CredentialId, Grant};
use zeroize::Zeroizing;

/// The refresh token that is sent.
const REFRESH_TOKEN: &str = "sent/refresh+canary";

/// The secret of the client that has one.
const CLIENT_SECRET: &str = "client secret:canary";

/// What xreq says itself is shorter than this beside a server's words, of which it passes on two
/// hundred characters of an error and as many of its description.
const LONGEST_MESSAGE: usize = 500;

/// The shortest text that is taken for a token of an answer: none of xreq's own words is as long.
const SHORTEST_TOKEN: usize = 20;

/// What does not change from one input to the next.
struct Scene {
    catalog: Catalog,
    http: Http,
    clients: [Client; 2],
    refresh_token: SecretString,
}

thread_local! {
    static SCENE: Scene = Scene::new();
}

/// Reads an answer to a refresh, as a client with a secret and as one without.
pub fn check(bytes: &[u8]) {
    let input = Input::of(bytes);
    let answer = input.answer();
    SCENE.with(|scene| {
        for client in &scene.clients {
            match scene.read(client, &answer) {
                Ok(response) => scene.becomes_a_grant(client, response, &answer),
                Err(failure) => shows_no_secret(&failure, client, &answer),
            }
        }
    });
    if let Ok(text) = str::from_utf8(&input.body) {
        is_read_or_refused(text);
    }
}

/// Reads a pasted text as `import` does.
pub fn is_read_or_refused(text: &str) {
    for response in [TokenResponse::parse(text), TokenResponse::bare(text)] {
        match response {
            Ok(response) => is_sound(&response),
            Err(refused) => assert!(refused.to_string().len() < LONGEST_MESSAGE, "{refused}"),
        }
    }
}

struct Input<'a> {
    status: u16,
    headers: Vec<(String, &'a str)>,
    body: Zeroizing<Vec<u8>>,
}

impl<'a> Input<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = end.map_or((&b""[..], bytes), |at| (&bytes[..at], &bytes[at + 2..]));
        let mut lines = str::from_utf8(head).unwrap_or("").lines();
        let status = lines.next().and_then(|line| line.parse().ok()).unwrap_or(200);
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        Self { status, headers, body: Zeroizing::new(body.to_vec()) }
    }

    fn answer(&self) -> Answer {
        let header = |name: &str| {
            self.headers.iter().find(|(named, _)| named == name).map(|(_, value)| *value)
        };
        Answer::new(self.status, header, SystemTime::UNIX_EPOCH, self.body.clone())
    }
}

impl Scene {
    fn new() -> Self {
        let client = |secret: Option<&str>| Client {
            id: "an id".to_owned(),
            secret: secret.map(SecretString::from),
            name: None,
            redirect_uri: "http://127.0.0.1:8080/callback".to_owned(),
            url_values: BTreeMap::new(),
            origins: Origins::default(),
        };
        Self {
            catalog: Catalog::builtin(),
            http: Http::new(),
            clients: [client(Some(CLIENT_SECRET)), client(None)],
            refresh_token: REFRESH_TOKEN.into(),
        }
    }

    fn read(&self, client: &Client, answer: &Answer) -> Result<TokenResponse, RequestFailure> {
        let provider = self.catalog.provider("x").expect("it is built in");
        let endpoint = TokenEndpoint::new(&self.http, provider, client).expect("X takes both");
        endpoint.read(answer, &[&self.refresh_token])
    }

    fn becomes_a_grant(&self, client: &Client, response: TokenResponse, answer: &Answer) {
        assert!((200..300).contains(&answer.status), "tokens with status {}", answer.status);
        is_sound(&response);
        let provider = self.catalog.provider("x").expect("it is built in");
        let now = Timestamp::UNIX_EPOCH;
        let asked = ScopeSet::parse("tweet.read");
        let name = || {
            CredentialId::grant("x".parse().expect("a slug"), "default".parse().expect("a label"))
        };
        let again = self.read(client, answer).expect("the same answer means the same");
        let mut grant = issue::grant(name(), response, &asked, provider, Some(client), now);
        assert_eq!(grant.metadata.refreshable, grant.refresh_token.is_some());
        assert!(!grant.metadata.scopes.is_empty());
        hides_its_tokens(&grant);
        issue::renew(&mut grant, again, provider, client, now);
        assert_eq!(grant.metadata.refreshable, grant.refresh_token.is_some());
        hides_its_tokens(&grant);
    }
}

fn is_sound(response: &TokenResponse) {
    for token in [Some(&response.access_token), response.refresh_token.as_ref()] {
        let token = token.map_or("-", ExposeSecret::expose_secret);
        assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let ten_years = 10 * 366 * 24 * 3_600;
    assert!(response.expires_in.is_none_or(|seconds| seconds < ten_years));
    assert!(response.scopes.as_ref().is_none_or(|scopes| !scopes.is_empty()));
}

fn hides_its_tokens(grant: &Grant) {
    let nothing = || SecretString::from("-");
    let without = Grant {
        metadata: grant.metadata.clone(),
        access_token: nothing(),
        refresh_token: grant.refresh_token.as_ref().map(|_| nothing()),
        token_secret: None,
        source: None,
    };
    assert_eq!(format!("{grant:?}"), format!("{without:?}"));
}

/// Nothing of what was sent, and none of the tokens that the answer holds, is in a failure; and
/// nothing that would do something to a terminal.
fn shows_no_secret(failure: &RequestFailure, client: &Client, answer: &Answer) {
    let what = &failure.what;
    assert!(what.chars().count() < LONGEST_MESSAGE, "{what}");
    assert!(!what.contains(char::is_control), "it gets to the terminal: {what:?}");
    assert!(failure.retry_after.is_none_or(|wait| wait <= Duration::from_hours(1)));
    let of_client = client.secret.as_ref().map(|_| CLIENT_SECRET);
    let sent = [Some(REFRESH_TOKEN), of_client].into_iter().flatten();
    let sent = sent.flat_map(|secret| [secret.to_owned(), as_in_a_form(secret)]);
    for secret in sent.chain(tokens_of(&answer.body)) {
        assert!(!what.contains(&secret), "{secret:?} is shown: {what:?}");
    }
}

fn as_in_a_form(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F").replace('+', "%2B").replace(' ', "+")
}

fn tokens_of(body: &[u8]) -> Vec<String> {
    let fields = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let tokens = ["access_token", "refresh_token"].into_iter();
    let tokens = tokens.filter_map(|name| fields[name].as_str()).map(str::to_owned);
    let is_token = |token: &String| {
        token.len() >= SHORTEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    tokens.filter(is_token).collect()
}
