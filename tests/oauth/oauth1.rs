//! OAuth 1.0a, beside another implementation: `oauthlib` takes what xreq signs, and xreq what it signs.

use std::process::Command;

use age::secrecy::SecretString;
use serde_json::{Value, json};
use xreq::oauth::oauth1::{RequestSigner, SignatureHeader, SignedRequest, SigningSecrets};

use crate::support::random::Random;
use crate::support::{Ran, machine};

const CASES: u64 = 500;

/// Pieces of paths, names, values and secrets: what is encoded, what is not, and what looks encoded.
const PIECES: [&str; 14] =
    ["a", "Z9", "-._~", " ", "+", "&", "=", "%", "%20", "é", "👋", "\"", "'()*!", "\n"];

/// A request, and the keys that sign it.
struct Case {
    method: &'static str,
    url: String,
    form: String,
    consumer_key: String,
    consumer_secret: String,
    /// Empty where there is none.
    token: String,
    token_secret: String,
}

impl Case {
    fn new(random: &mut Random) -> Self {
        let text = |random: &mut Random| -> String {
            (0..=random.below(3)).map(|_| PIECES[below(random, PIECES.len())]).collect()
        };
        let form = |random: &mut Random| {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for _ in 0..random.below(4) {
                form.append_pair(&text(random), &text(random));
            }
            form.finish()
        };
        let origin = ["https://api.x.com", "HTTP://API.X.com:80", "http://127.0.0.1:8080"];
        let path = ["", "/", "/1.1/a.json", "/2/tweets/1%2F2"][below(random, 4)];
        let query = form(random);
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let has_token = random.below(4) > 0;
        let of_token = |text: String| if has_token { text } else { String::new() };
        let method = ["GET", "POST", "PUT", "DELETE"][below(random, 4)];
        let body = form(random);
        Self {
            method,
            url: format!("{}{path}{query}", origin[below(random, 3)]),
            form: if method == "GET" { String::new() } else { body },
            consumer_key: text(random),
            consumer_secret: text(random),
            token: of_token(text(random)),
            token_secret: of_token(text(random)),
        }
    }

    fn request(&self) -> SignedRequest<'_> {
        let form = (!self.form.is_empty()).then_some(self.form.as_bytes());
        SignedRequest { method: self.method, url: &self.url, form }
    }

    /// The header that xreq makes.
    fn header(&self, nonce: &str) -> String {
        let consumer_secret = SecretString::from(self.consumer_secret.as_str());
        let token_secret = SecretString::from(self.token_secret.as_str());
        let token = (!self.token.is_empty()).then_some((self.token.as_str(), &token_secret));
        let signer = RequestSigner {
            consumer_key: &self.consumer_key,
            consumer_secret: &consumer_secret,
            token,
        };
        let header = signer.authorization(&self.request(), &[], nonce, 1_796_012_015);
        header.expect("it is a URL of HTTP")
    }

    /// Whether xreq takes a header.
    fn takes(&self, header: &str) -> bool {
        let consumer = SecretString::from(self.consumer_secret.as_str());
        let token = SecretString::from(self.token_secret.as_str());
        let secrets = SigningSecrets { consumer: &consumer, token: Some(&token) };
        let header = SignatureHeader::parse(header).expect("it is a header");
        header.is_signed(&self.request(), &secrets)
    }
}

#[test]
fn oauthlib_takes_our_signatures_and_we_take_its() {
    let mut probe = Command::new(machine::python());
    let installed = probe.args(["-c", "import oauthlib.oauth1"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return machine::skips("Python has no oauthlib: run tests/python/setup");
    }
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let cases: Vec<_> = (0..CASES).map(|_| Case::new(&mut random)).collect();
    let asked: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            // Each fifth has another token secret than its signature.
            let wrong = if number % 5 == 0 { "wrong" } else { "" };
            json!({
                "method": case.method,
                "url": case.url,
                "form": case.form,
                "consumer_key": case.consumer_key,
                "consumer_secret": case.consumer_secret,
                "token": case.token,
                "token_secret": format!("{}{wrong}", case.token_secret),
                "header": case.header(&format!("nonce{number}")),
            })
        })
        .collect();
    let mut command = Command::new(machine::python());
    command.arg("tests/python/oauth1.py");
    let input = serde_json::to_vec(&asked).expect("they are JSON");
    let answers = Ran::with_input(&mut command, &input).succeeds().json();
    let answers = answers.as_array().expect("a list");
    assert_eq!(answers.len(), cases.len(), "there is an answer for each request");
    for (number, (case, answer)) in cases.iter().zip(answers).enumerate() {
        let is_wrong = number % 5 == 0;
        let shown: &Value = &asked[number];
        assert_eq!(answer["is_right"], !is_wrong, "oauthlib on ours: {shown}");
        let theirs = answer["header"].as_str().expect("a header");
        assert_eq!(case.takes(theirs), !is_wrong, "ours on oauthlib's {theirs}: {shown}");
    }
}

fn below(random: &mut Random, limit: usize) -> usize {
    usize::try_from(random.below(limit as u64)).expect("it is below a size")
}
